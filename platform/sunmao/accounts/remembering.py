"""Rights that a web process has looked up, for some seconds, as long as it hears of every change.

PostgreSQL tells of changes when they are committed (`sunmao_access_changed`, migration 0004). While nobody
listens nothing is kept, so that a right that was taken away is gone at once either way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.conf import settings
from django.db import connection

Kept = TypeVar("Kept")
MOST = 10_000


@dataclass(frozen=True)
class _Entry(Generic[Kept]):
    value: Kept
    tags: frozenset[str]
    until: float


class Memory(Generic[Kept]):
    """Values under names. Each has tags; what happens to a tag makes its values be looked up again."""

    def __init__(self, listening: Callable[[], bool]) -> None:
        self._listening = listening
        self._entries: dict[str, _Entry[Kept]] = {}
        self._changes = 0
        self._lock = threading.Lock()

    def recall(self, name: str, look_up: Callable[[], tuple[Kept, frozenset[str]]]) -> Kept:
        # What a transaction sees of its own changes may still be taken back.
        if connection.in_atomic_block or not self._listening():
            return look_up()[0]
        entry = self._entries.get(name)
        if entry and entry.until > time.monotonic():
            return entry.value
        changes = self._changes
        value, tags = look_up()
        with self._lock:
            # What was read before a change must not be kept after it.
            if changes == self._changes and self._listening():
                if len(self._entries) >= MOST:
                    self._entries.clear()
                until = time.monotonic() + settings.SUNMAO_ACCESS_CACHE_SECONDS
                self._entries[name] = _Entry(value, tags, until)
        return value

    def forget(self, tag: str) -> None:
        with self._lock:
            self._changes += 1
            for name in [name for name, entry in self._entries.items() if tag in entry.tags]:
                del self._entries[name]

    def forget_all(self) -> None:
        with self._lock:
            self._changes += 1
            self._entries.clear()
