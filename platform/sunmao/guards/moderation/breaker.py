"""A service that keeps failing is left alone for a while, so that questions do not wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Open after `failures` in a row, for `pause` seconds; then one call tries whether it is back."""

    def __init__(self, *, failures: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._failures, self._pause, self._clock = failures, pause, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_again_at = 0.0

    def allows(self) -> bool:
        with self._lock:
            if self._failed < self._failures:
                return True
            if self._clock() < self._closed_again_at:
                return False
            self._closed_again_at = self._clock() + self._pause  # others wait for the one that tries
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            if self._failed >= self._failures:
                self._closed_again_at = self._clock() + self._pause
