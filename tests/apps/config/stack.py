"""A supervisor under test, in a process of its own with a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[3]
STUB = Path(__file__).with_name("stub_stack.py")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_alive(pid: int) -> bool:
    """Whether a process runs; a dead one that its parent has not cleared away yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass
class Stack:
    home: Path
    port: int = field(default_factory=free_port)

    def environment(self) -> dict[str, str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in {"DATABASE_URL", "REDIS_URL", "LANG"}
        }
        roots = [str(REPOSITORY), str(REPOSITORY / "platform"), kept.get("PYTHONPATH", "")]
        return kept | {
            "SUNMAO_HOME": str(self.home),
            "SUNMAO_PORT": str(self.port),
            "PYTHONPATH": os.pathsep.join(root for root in roots if root),
            "LC_ALL": "C.UTF-8",
        }

    def call(self, verb: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(STUB), verb]
        return subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, timeout=60, check=False
        )

    def start(self) -> subprocess.Popen[str]:
        """Start a supervisor and wait until it has said where to go."""
        process = subprocess.Popen(
            [sys.executable, str(STUB), "run"], env=self.environment(), stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                return process
        raise AssertionError(f"The supervisor ended with {process.wait()}.")

    def pid_of(self, name: str) -> int | None:
        if name == "postgres":
            return self.postmaster()
        recorded = json.loads((self.home / "run" / "processes.json").read_text())
        return next((entry["pid"] for entry in recorded if entry["name"] == name), None)

    def postmaster(self) -> int | None:
        file = self.home / "postgres" / "postmaster.pid"
        return int(file.read_text().split()[0]) if file.exists() and file.read_text() else None

    def everything(self) -> list[int]:
        found = [self.pid_of(name) for name in ("postgres", "web", "interactive")]
        return [pid for pid in found if pid is not None]


@contextmanager
def stack() -> Iterator[Stack]:
    """A home that every account can enter, also when the tests run as root; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="sunmao-run-", dir="/tmp"))
    folder.chmod(0o755)
    made = Stack(folder / "home")
    try:
        yield made
    finally:
        made.call("stop")
        shutil.rmtree(folder, ignore_errors=True)


def end(process: subprocess.Popen[str], sign: signal.Signals = signal.SIGINT) -> int:
    process.send_signal(sign)
    return process.wait(20)
