"""The supervisor as a whole, with a real database and broker and stand-ins for our own processes."""

from __future__ import annotations

import os
import signal
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.apps.config.stack import Stack, end, eventually, is_alive, stack


@pytest.fixture
def made() -> Iterator[Stack]:
    with stack() as stack_:
        yield stack_


def answers(stack_: Stack) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{stack_.port}/", timeout=2)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def test_everything_stops_within_five_seconds_of_ctrl_c_and_nothing_is_left(made: Stack) -> None:
    process = made.start()
    running = made.everything()
    assert len(running) == 3
    assert answers(made)
    started = time.monotonic()
    assert end(process) == 0
    assert time.monotonic() - started < 5
    assert not [pid for pid in running if is_alive(pid)]


def test_a_second_start_changes_nothing_and_names_the_address(made: Stack) -> None:
    process = made.start()
    before = made.everything()
    second = made.call("run")
    assert second.returncode == 0
    assert f"http://127.0.0.1:{made.port}/" in second.stdout
    assert made.everything() == before
    assert end(process) == 0


@pytest.mark.parametrize("name", ["web", "interactive", "postgres"])
def test_a_killed_process_is_started_again(made: Stack, name: str) -> None:
    process = made.start()
    before = made.pid_of(name)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: made.pid_of(name) not in {before, None})
    assert eventually(lambda: answers(made))
    assert end(process) == 0


def test_a_start_after_the_supervisor_was_killed_leaves_no_process_twice(made: Stack) -> None:
    process = made.start()
    before = made.everything()
    process.kill()
    process.wait()
    again = made.start()
    assert not [pid for pid in before if is_alive(pid) and pid not in made.everything()]
    assert answers(made)
    assert end(again) == 0


def test_stop_ends_a_supervisor_in_another_terminal(made: Stack) -> None:
    process = made.start()
    assert made.call("status").returncode == 0
    assert made.call("stop").returncode == 0
    assert process.wait(5) == 0
    assert made.call("status").returncode == 3


def test_a_busy_port_is_an_error_that_says_so(made: Stack) -> None:
    process = made.start()
    with stack() as other:
        other.port = made.port
        refused = other.call("run")
    assert refused.returncode == 1
    assert f"Port {made.port} is in use" in refused.stdout
    assert end(process) == 0


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(made: Stack) -> None:
    key = made.home / "secret_key"
    end(made.start())
    first = key.read_text()
    end(made.start())
    assert key.read_text() == first
    assert len(first) > 50
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
