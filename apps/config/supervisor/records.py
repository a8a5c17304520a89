"""A record on disk of the processes that a supervisor started, so that its successor can end what it left.

A pid alone proves nothing, since the kernel gives it to somebody else later. A recorded process is recognised
by its pid and start time; its descendants by their session and by a mark in their environment.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

MARK = "SUNMAO_SUPERVISED_HOME"

_CLOCK_SLACK = 2.0  # start times are counted from boot, and the clock may have been set since
_PATIENCE = 3.0


@dataclass(frozen=True)
class Record:
    """One process, leader of a session of its own."""

    name: str
    pid: int
    started: float

    @classmethod
    def of(cls, name: str, pid: int) -> Record:
        return cls(name, pid, psutil.Process(pid).create_time())

    def is_alive(self) -> bool:
        """Whether the recorded process itself still runs."""
        return psutil.pid_exists(self.pid) and self.describes(psutil.Process(self.pid), "")

    def describes(self, process: psutil.Process, home: str) -> bool:
        """Whether `process` is the recorded one or a member of its session."""
        try:
            if process.status() == psutil.STATUS_ZOMBIE:  # dead; only its parent can clear it away
                return False
            if process.pid == self.pid:
                return abs(process.create_time() - self.started) < _CLOCK_SLACK
            return os.getsid(process.pid) == self.pid and process.environ().get(MARK) == home
        except (psutil.Error, ProcessLookupError, PermissionError):
            return False


class Records:
    """The file of records."""

    def __init__(self, file: Path, home: Path) -> None:
        self.file = file
        self.home = str(home)

    def read(self) -> dict[str, Record]:
        """What was recorded, by name."""
        if not self.file.exists():
            return {}
        return {entry["name"]: Record(**entry) for entry in json.loads(self.file.read_text())}

    def keep(self, name: str, pid: int) -> None:
        """Record a process just started, in place of an earlier one of that name."""
        self._write(self.read() | {name: Record.of(name, pid)})

    def forget(self, name: str) -> None:
        """Strike out a process that has ended."""
        self._write({key: record for key, record in self.read().items() if key != name})

    def end_orphans(self) -> list[str]:
        """End what a dead supervisor left running, politely first; gives the names of what was found."""
        found = {
            process: record.name
            for record in self.read().values()
            for process in psutil.process_iter()
            if record.describes(process, self.home)
        }
        for process in found:
            _send(process, kill=False)
        _gone, stubborn = psutil.wait_procs(list(found), timeout=_PATIENCE)
        for process in stubborn:
            _send(process, kill=True)
        self._write({})
        return sorted(set(found.values()))

    def _write(self, records: dict[str, Record]) -> None:
        passing = self.file.with_suffix(".new")
        passing.write_text(json.dumps([asdict(record) for record in records.values()]))
        passing.replace(self.file)


def _send(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
