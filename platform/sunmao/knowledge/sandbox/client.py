"""The worker's side: one zygote for each worker process, started when the first file needs it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError

import sunmao
from sunmao.jobs.lease import LostLease
from sunmao.knowledge.sandbox import wire
from sunmao.knowledge.sandbox.limits import READING, Limits

log = structlog.get_logger(__name__)

StillWanted = Callable[[], bool]
_BOOT = "import runpy, sys; sys.path[:0] = {paths!r}; runpy.run_module({module!r}, run_name='__main__')"
_MODULE = "sunmao.knowledge.sandbox.zygote"
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
}
_TICK, _GRACE, _CHUNK = 1.0, 10.0, 1 << 20
_SILENCE = 2 * READING.seconds + _GRACE
"""A reading process that says no more is ended by its own clock before this."""


class NotWanted(LostLease):
    """The job was cancelled or taken over while its file was being read."""


class Broke(Exception):
    """The reading process ended without an answer. `signal` is what ended it, 0 when it was no signal."""

    def __init__(self, ended: int) -> None:
        self.signal = max(0, -ended)
        super().__init__(ended)


class Zygote:
    """A process to ask for copies. Not shared between threads or across a fork."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                _command(theirs.fileno()),
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        ours.settimeout(_SILENCE)
        self._channel = ours
        self.peak = 0
        """Bytes of memory that the last reading process held at most."""

    @property
    def is_alive(self) -> bool:
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(
        self,
        *,
        name: str,
        data: bytes,
        recognise: bool,
        limits: Limits,
        still_wanted: StillWanted,
        reader: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer of a reading process, decoded but not yet checked. `reader` names another function than
        `parse`, as `module:function`, and `given` what it is told besides.

        Raises `Broke`, `wire.Garbled`, `NotWanted`, or `OSError` when the zygote itself has gone.
        """
        reading, writing = os.pipe()
        try:
            try:
                header = {"name": name, "recognise": recognise, "reader": reader, "roots": _roots(reader)}
                header["given"] = dict(given or {})
                wire.send(self._channel, header, data, descriptor=writing)
            finally:
                os.close(writing)
            deadline = time.monotonic() + 2 * limits.seconds * limits.pages + _GRACE
            said = self._collect(reading, deadline, limits.output, still_wanted)
        finally:
            os.close(reading)
        return self._judge(said)

    def _collect(self, reading: int, deadline: float, most: int, still_wanted: StillWanted) -> bytes:
        held, asked = bytearray(), time.monotonic()
        while True:
            if select.select([reading], [], [], _TICK)[0]:
                part = os.read(reading, _CHUNK)
                if not part:
                    return bytes(held)
                held += part
            if len(held) > most or time.monotonic() > deadline:
                self.end()
                raise Broke(-signal.SIGXCPU)
            if time.monotonic() - asked > _TICK:
                asked = time.monotonic()
                if not _is_wanted(still_wanted):
                    self.end()
                    raise NotWanted

    def _judge(self, said: bytes) -> Any:
        answer = wire.receive(self._channel)
        if answer is None:
            raise ConnectionResetError
        ended = answer[0]["ended"]
        self.peak = answer[0]["peak"]
        if ended:
            raise Broke(ended)
        try:
            return json.loads(said)
        except (ValueError, RecursionError) as error:
            raise wire.Garbled from error

    def end(self) -> None:
        """End the zygote and whatever reads for it: its group is all its own, and it is not yet reaped."""
        self._channel.close()
        if self.owner != os.getpid():
            return
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _is_wanted(still_wanted: StillWanted) -> bool:
    try:
        return still_wanted()
    except DatabaseError:
        # It may be restarting. Whether the result may be kept is asked again when it is published.
        log.warning("cannot_ask_whether_wanted", exc_info=True)
        return True


def _roots(reader: str) -> list[str]:
    """Where the package of a reader is found; a zygote knows only where ours is."""
    package = import_module(reader.partition(".")[0]) if reader else sunmao
    return [str(Path(path).parent) for path in package.__path__]


def _command(channel: int) -> list[str]:
    boot = _BOOT.format(paths=_roots(""), module=_MODULE)
    return [
        sys.executable,
        "-I",
        "-c",
        boot,
        str(channel),
        json.dumps([str(path) for path in settings.LOCALE_PATHS]),
    ]


_lock = threading.Lock()
_zygote: Zygote | None = None


def ask(**question: Any) -> Any:
    """Ask this process's zygote; a dead one is replaced, once."""
    with _lock:
        for attempt in (1, 2):
            zygote = current()
            try:
                return zygote.ask(**question)
            except (OSError, EOFError):
                zygote.end()
                if attempt == 2:
                    raise
                log.warning("reading_process_gone", exc_info=True)
    raise AssertionError


def current() -> Zygote:
    global _zygote
    if _zygote is None or not _zygote.is_alive:
        _zygote = Zygote()
    return _zygote


__all__ = ["Broke", "NotWanted", "Zygote", "ask", "current"]
