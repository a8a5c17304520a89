"""`kill -9` of anything, at any moment: the product comes back by itself or at the next start, with its data.

`tests/apps/config` tries the supervisor with stand-ins; here is the whole product, with people's data in it.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator

import httpx
import psutil
import pytest

from tests.fixtures.stack import (
    PASSWORD,
    REPOSITORY,
    Member,
    Stack,
    documents_of,
    eventually,
    home_of_a_stack,
    sign_up,
    unread,
)
from tests.journeys.desk import RETURNS

pytestmark = [pytest.mark.stack, pytest.mark.slow]

BASES = ("customer-service", "medical", "investment-advisory", "contract-review")
BACK_SECONDS = 90
PIDS: dict[str, Callable[[Stack], int | None]] = {
    "web": lambda stack: stack.recorded().get("web"),
    "interactive": lambda stack: stack.recorded().get("interactive"),
    "bulk": lambda stack: stack.recorded().get("bulk"),
    "gpu": lambda stack: stack.recorded().get("gpu"),
    "postgres": lambda stack: stack.postmaster(),
    "redis": lambda stack: stack.broker(),
}


@pytest.fixture(scope="module")
def own() -> Iterator[Stack]:
    """A stack that may be killed."""
    with home_of_a_stack() as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def member(own: Stack) -> Member:
    found = sign_up(own, own.first_run_url, "administrator")
    assert eventually(lambda: not unread(found), seconds=120, pause=0.5)
    return found


@pytest.fixture(scope="module")
def key(own: Stack, member: Member) -> str:
    return own.api_key("recovery")


def knowledge(member: Member) -> dict[str, str]:
    """Every document with its content, its revision and its state."""
    return {
        f"{base}/{name}": f"{one['sha256']} {one['revision']} {one['state']}"
        for base in BASES
        for name, one in documents_of(member, base).items()
    }


def answers(stack: Stack, key: str) -> bool:
    try:
        reply = httpx.post(
            f"{stack.address}/api/v1/qa",
            json={"query": RETURNS["zh"]},
            headers={"X-API-Key": key},
            timeout=30,
        )
    except httpx.HTTPError:
        return False
    return reply.status_code == 200 and bool(reply.json()["citations"])


def pid_of(stack: Stack, name: str) -> int | None:
    """The pid as it is now; None while there is none."""
    try:
        return PIDS[name](stack)
    except (OSError, IndexError, ValueError):
        return None


@pytest.mark.parametrize("name", PIDS)
def test_a_killed_process_comes_back_with_everything_in_place(
    name: str, own: Stack, member: Member, key: str
) -> None:
    before = knowledge(member)
    old = pid_of(own, name)
    assert old
    os.kill(old, signal.SIGKILL)
    assert eventually(lambda: pid_of(own, name) not in (None, old), seconds=BACK_SECONDS), own.output
    assert eventually(own.is_well, seconds=BACK_SECONDS), own.output
    assert eventually(lambda: answers(own, key), seconds=BACK_SECONDS, pause=0.5), own.output
    assert knowledge(member) == before
    assert psutil.pid_exists(own.pid)


def test_a_second_start_names_the_address_and_changes_nothing(own: Stack, member: Member) -> None:
    processes = {one.pid for one in own.processes()}
    before = knowledge(member)
    second = own.supervise("run")
    assert second.returncode == 0
    assert own.address in second.stdout
    assert "first-run" not in second.stdout
    assert {one.pid for one in own.processes()} >= {own.pid, *own.recorded().values()}
    assert {one.pid for one in own.processes()} & processes >= {own.pid, own.postmaster(), own.broker()}
    assert knowledge(member) == before


def test_the_next_start_recovers_from_a_killed_supervisor(own: Stack, member: Member, key: str) -> None:
    before = knowledge(member)
    asked = own.manage("task", "customer_service.ask", "--input", '{"question": "可以退吗？"}')
    assert asked.returncode == 0, asked.stderr
    os.kill(own.pid, signal.SIGKILL)
    own.process.wait()
    printed = own.start()
    assert "First run" not in printed
    assert answers(own, key)
    assert knowledge(member) == before  # and whoever was signed in still is
    fresh = httpx.Client(base_url=own.address)
    token = fresh.get("/sign-in/").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"username": "administrator", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert fresh.post("/sign-in/", data=form, headers={"Referer": own.address}).status_code == 302


def test_make_run_twice_and_ctrl_c_between(tmp_path: object) -> None:
    """As the README has it: start, first-run link, Ctrl-C within five seconds, and again."""
    with home_of_a_stack() as made:
        links = [_make_run(made) for _time in range(2)]
        assert all(links)
        assert links[0] != links[1]  # nobody used the first one, so there is a new one
        assert not made.processes()


def _make_run(stack: Stack) -> str:
    before = len(stack.output)
    with stack.said.open("ab") as stream:
        started = subprocess.Popen(
            ["make", "run"], cwd=REPOSITORY, env=stack.env, stdin=subprocess.DEVNULL,
            stdout=stream, stderr=stream, start_new_session=True,
        )  # fmt: skip
    assert eventually(lambda: "Ctrl-C" in stack.output[before:], seconds=180), stack.output
    assert eventually(stack.is_well, seconds=30)
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does
    started.wait(10)
    assert eventually(lambda: not stack.processes(), seconds=5)
    said = stack.output[before:]
    assert "Stopped in" in said
    return said.split("First run")[1].split()[0]
