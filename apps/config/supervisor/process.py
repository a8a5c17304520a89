"""A process of our own code, kept running: started again after a pause when it dies, ended with its group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from apps.config.supervisor.records import Records
from apps.config.supervisor.spawn import rotate, spawn

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LONG_LIFE = 60.0  # seconds after which a death is bad luck rather than a fault that will repeat


@dataclass(frozen=True)
class Program:
    """What to run, under which name."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    cold_stop: signal.Signals = signal.SIGTERM


class Child:
    """One program as a supervised process, the leader of its own session and group."""

    def __init__(self, program: Program, *, log: Path, records: Records, cwd: Path) -> None:
        self.program = program
        self.name = program.name
        self.log = log
        self.status: int | None = None
        self.pause = 0.0
        self._records = records
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0

    @property
    def pid(self) -> int | None:
        """The running process, if any."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the program and record it."""
        rotate(self.log)
        self._process = spawn(
            self.program.command, log=self.log, environment=self.program.environment, cwd=self._cwd
        )
        self._started = time.monotonic()
        self._records.keep(self.name, self._process.pid)

    def has_died(self) -> bool:
        """Notice a death once: end what is left of the group and set the time of the next start."""
        if self._process is None or not _has_ended(self._process.pid):
            return False
        lived = time.monotonic() - self._started
        self._bury()
        longer = min(max(_FIRST_PAUSE, self.pause * 2), _LONGEST_PAUSE)
        self.pause = _FIRST_PAUSE if lived > _LONG_LIFE else longer
        self._due = time.monotonic() + self.pause
        return True

    def is_due(self) -> bool:
        """Whether a dead process should be started again now."""
        return self._process is None and time.monotonic() >= self._due

    def signal(self, sign: signal.Signals) -> None:
        """Send a signal to the process alone; it tells its own children."""
        if self._process is not None and not _has_ended(self._process.pid):
            self._process.send_signal(sign)

    def has_stopped(self) -> bool:
        """Whether the process is gone; its group is cleared as soon as it is."""
        if self._process is not None and _has_ended(self._process.pid):
            self._bury()
        return self._process is None

    def kill(self) -> None:
        """End the whole group at once."""
        if self._process is not None:
            self._bury()

    def _bury(self) -> None:
        """Kill the group, then reap its leader: until then nobody else can get the group's number."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self.status = self._process.wait()
        self._process = None
        self._records.forget(self.name)


def _has_ended(pid: int) -> bool:
    """Whether our child is dead, without reaping it."""
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
