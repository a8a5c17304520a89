"""The lock that makes the supervisor the only one of its home.

The kernel frees it when its holder dies, so it never has to be cleaned up.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


class Lock:
    """An exclusive lock on a file that names its holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, patience: float = 0.0) -> bool:
        """Take the lock if nobody else holds it, or gives it back within `patience` seconds."""
        deadline = time.monotonic() + patience
        while not (taken := self._try()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return taken

    def _try(self) -> bool:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """The process that holds the lock, if one does."""
        if not self.path.exists():
            return None
        if self.acquire():
            self.release()
            return None
        text = self.path.read_text().strip()
        return int(text) if text else None
