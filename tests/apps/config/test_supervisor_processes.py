"""One supervised process: its log, its pauses, its group."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from apps.config.supervisor.process import Child, Program
from apps.config.supervisor.records import Records
from apps.config.supervisor.spawn import rotate, tail
from tests.apps.config.stack import eventually

_WITH_CHILD = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "time.sleep(60)"
)


def child(tmp_path: Path, code: str) -> Child:
    program = Program("worker", (sys.executable, "-c", code), dict(os.environ))
    records = Records(tmp_path / "processes.json", tmp_path)
    return Child(program, log=tmp_path / "worker.log", records=records, cwd=tmp_path)


def test_its_output_goes_to_its_log(tmp_path: Path) -> None:
    started = child(tmp_path, "print('hello')")
    started.start()
    assert eventually(started.has_died)
    assert tail(started.log) == "hello"


def test_a_process_that_keeps_dying_is_started_less_and_less_often(tmp_path: Path) -> None:
    started = child(tmp_path, "raise SystemExit(3)")
    pauses = []
    for _ in range(7):
        started.start()
        assert eventually(started.has_died)
        pauses.append(started.pause)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert started.status == 3
    assert not started.is_due()


def test_when_the_leader_is_killed_its_children_go_too(tmp_path: Path) -> None:
    started = child(tmp_path, _WITH_CHILD)
    started.start()
    assert started.pid is not None
    leader = psutil.Process(started.pid)
    assert eventually(lambda: bool(leader.children()))
    below = leader.children()[0]
    leader.send_signal(signal.SIGKILL)
    assert eventually(started.has_died)
    assert eventually(lambda: not below.is_running() or below.status() == psutil.STATUS_ZOMBIE)


def test_a_process_that_ignores_polite_requests_can_be_killed(tmp_path: Path) -> None:
    started = child(
        tmp_path,
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
    )
    started.start()
    assert eventually(lambda: tail(started.log) == "deaf")
    started.signal(signal.SIGTERM)
    assert not started.has_stopped()
    started.kill()
    assert started.has_stopped()


@pytest.mark.parametrize(("size", "kept"), [(100, False), (11 * 1024 * 1024, True)])
def test_only_a_large_log_is_put_aside(tmp_path: Path, size: int, kept: bool) -> None:
    log = tmp_path / "worker.log"
    log.write_bytes(b"x" * size)
    rotate(log)
    assert (tmp_path / "worker.log.1").exists() is kept
