"""A connection of each web process on which PostgreSQL tells of changed rights."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from django.conf import settings
from django.db import connections

CHANNEL = "sunmao_access"
BEAT_SECONDS = 3.0
DEAF_AFTER_SECONDS = 2.5 * BEAT_SECONDS
RECONNECT_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Ear(threading.Thread):
    """Listens until it is stopped, and connects again whenever the connection is lost.

    A connection that hangs looks like one on which nothing happens: without a round trip in the last seconds
    it counts as deaf.
    """

    def __init__(self, *, heard: Callable[[str], None], deaf: Callable[[], None]) -> None:
        super().__init__(name="access", daemon=True)
        self._heard, self._deaf = heard, deaf
        self._good_until = 0.0
        self._stopped = threading.Event()
        self.process = os.getpid()

    @property
    def is_good(self) -> bool:
        return time.monotonic() < self._good_until

    def stop(self) -> None:
        self._good_until = 0.0
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except (psycopg.Error, OSError) as error:
                if not self._stopped.is_set():
                    log.warning("access_listener_lost", reason=str(error).strip())
            self._good_until = 0.0
            if not self._stopped.wait(RECONNECT_SECONDS):
                self._deaf()

    def _listen(self) -> None:
        parameters = connections["default"].get_connection_params()
        plain = {name: parameters[name] for name in parameters if name not in ("context", "cursor_factory")}
        plain["application_name"] = "sunmao access"
        with psycopg.connect(**plain, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._deaf()  # whatever happened while nobody listened
            while not self._stopped.is_set():
                self._good_until = time.monotonic() + DEAF_AFTER_SECONDS
                for notice in connection.notifies(timeout=BEAT_SECONDS):
                    self._heard(notice.payload)
                connection.execute("SELECT 1")


class Listener:
    """Begins on first use, so that a server that forks has its own in each process."""

    def __init__(self, *, heard: Callable[[str], None], deaf: Callable[[], None]) -> None:
        self._heard, self._deaf = heard, deaf
        self._ear: Ear | None = None
        self._lock = threading.Lock()

    def is_listening(self) -> bool:
        if not settings.SUNMAO_ACCESS_CACHE_SECONDS:
            return False
        ear = self._ear
        if ear is None or ear.process != os.getpid():
            ear = self._begin()
        return ear.is_good

    def _begin(self) -> Ear:
        with self._lock:
            if self._ear is None or self._ear.process != os.getpid():
                self._ear = Ear(heard=self._heard, deaf=self._deaf)
                self._ear.start()
            return self._ear

    def stop(self) -> None:
        """For tests: the next use begins anew."""
        if self._ear:
            self._ear.stop()
        self._ear = None
