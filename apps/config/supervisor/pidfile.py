"""What PostgreSQL's pid file says, and whether that is still true.

The file outlives a crash, and the pid in it may by then belong to anybody.
"""

from __future__ import annotations

from pathlib import Path

import psutil

_NAME = "postmaster.pid"


def postmaster(data_dir: Path) -> int | None:
    """The pid in the file, if that process is a PostgreSQL server working in this directory."""
    try:
        pid = int((data_dir / _NAME).read_text().split("\n", 1)[0])
        return pid if _works_in(psutil.Process(pid), data_dir) else None
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def says_ready(data_dir: Path) -> bool:
    """Whether the running server wrote `ready` as the eighth line of its pid file."""
    try:
        lines = (data_dir / _NAME).read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def forget_foreign(data_dir: Path) -> None:
    """Remove a pid file whose number now belongs to another program, as after a reboot of a container.

    PostgreSQL would take that program for its own server and refuse to start for ever. The file stays while
    any process of this data directory lives, because it also leads to their shared memory.
    """
    if not any(_works_in(process, data_dir) for process in psutil.process_iter()):
        (data_dir / _NAME).unlink(missing_ok=True)


def _works_in(process: psutil.Process, data_dir: Path) -> bool:
    try:
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and Path(process.cwd()) == data_dir.resolve()
        )
    except psutil.Error:
        return False
