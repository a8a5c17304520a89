"""Ending what a killed supervisor left, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from apps.config.supervisor.records import MARK, Record, Records
from tests.apps.config.stack import eventually, is_alive

_SLEEP = "import time; time.sleep(60)"
_LEADER_WITH_CHILD = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('ready', flush=True); time.sleep(60)"
)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "processes.json", tmp_path)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", _SLEEP], start_new_session=True)
    yield started
    started.kill()
    started.wait()


def test_a_recorded_process_is_ended(records: Records, process: subprocess.Popen[bytes]) -> None:
    records.keep("web", process.pid)
    assert records.end_orphans() == ["web"]
    assert not is_alive(process.pid)
    assert records.read() == {}


def test_a_foreign_process_that_got_the_pid_lives_on(
    records: Records, process: subprocess.Popen[bytes]
) -> None:
    earlier = psutil.Process(process.pid).create_time() - 3600
    records._write({"web": Record("web", process.pid, earlier)})
    assert records.end_orphans() == []
    assert process.poll() is None


def test_a_foreign_session_with_the_same_number_lives_on(records: Records) -> None:
    """The leader is gone and its number belongs to a session that does not carry our mark."""
    leader = subprocess.Popen(
        [sys.executable, "-c", _LEADER_WITH_CHILD], start_new_session=True, stdout=subprocess.PIPE
    )
    assert leader.stdout is not None
    leader.stdout.readline()
    member = psutil.Process(leader.pid).children()[0]
    records._write({"web": Record("web", leader.pid, 0.0)})
    leader.kill()
    leader.wait()
    assert records.end_orphans() == []
    assert member.is_running()
    member.kill()


def test_what_an_ended_leader_left_in_its_session_is_ended(records: Records) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", _LEADER_WITH_CHILD],
        env=os.environ | {MARK: records.home},
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert leader.stdout is not None
    leader.stdout.readline()
    member = psutil.Process(leader.pid).children()[0].pid
    records.keep("bulk", leader.pid)
    leader.kill()
    leader.wait()
    assert records.end_orphans() == ["bulk"]
    assert eventually(lambda: not is_alive(member))


def test_a_forgotten_process_is_left_alone(records: Records, process: subprocess.Popen[bytes]) -> None:
    records.keep("web", process.pid)
    records.forget("web")
    assert records.end_orphans() == []
    assert process.poll() is None
