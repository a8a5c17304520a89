"""The order in which things start, how they are watched, and the order in which they stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from apps.config.supervisor import health, paths, preparing, spawn
from apps.config.supervisor.console import say, step, word
from apps.config.supervisor.process import Child, Program
from apps.config.supervisor.records import Records

_TICK = 0.25
_COLD_STOP_AFTER, _KILL_AFTER, _ALL_STOPPED_AFTER = 1.5, 3.2, 5.0
_WEB_PATIENCE = 180.0


class StartFailed(RuntimeError):
    """One of our processes died before it was ready; the message is the end of its log."""


class Server(Protocol):
    """The database or the broker."""

    name: str

    @property
    def is_ours(self) -> bool: ...
    def answers(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self, *, patience: float = ..., even_if_adopted: bool = ...) -> None: ...


class Supervisor:
    """Servers first, then the preparation, then our own processes together; stopped in the reverse order."""

    def __init__(
        self,
        *,
        servers: Sequence[Server],
        prepare: Program,
        programs: Sequence[Program],
        records: Records,
        after: Callable[[Server], None] = lambda server: None,
        cwd: Path = paths.REPOSITORY,
    ) -> None:
        self.servers = servers
        self.children = [
            Child(program, log=self.log_of(program.name), records=records, cwd=cwd) for program in programs
        ]
        self._prepare = prepare
        self._after = after
        self._cwd = cwd

    @staticmethod
    def log_of(name: str) -> Path:
        """The log file of one process."""
        return paths.log_dir() / f"{name}.log"

    def start(self, port: int) -> preparing.Preparation:
        """Start everything and return when the web server answers."""
        for server in self.servers:
            with step(server.name):
                server.start()
                self._after(server)
        with step(self._prepare.name):
            prepared = preparing.run(self._prepare, log=self.log_of(self._prepare.name), cwd=self._cwd)
        with step("web"):
            for child in self.children:
                child.start()
            self._wait_for_web(port)
        return prepared

    def watch(self) -> None:
        """Start again whatever dies, until interrupted."""
        while True:
            for server in self.servers:
                if not server.is_ours and not server.answers():
                    say("  " + word("again_server", name=server.name))
                    server.start()
                    say("  " + word("back", name=server.name))
            for child in self.children:
                _revive(child)
            time.sleep(_TICK)

    def stop(self) -> None:
        """Stop web and workers together, then the broker, and the database last."""
        deadline = time.monotonic() + _ALL_STOPPED_AFTER
        self._stop_children()
        for server in reversed(self.servers):
            # A database that is not given the time to write everything out pays for it at the next start.
            server.stop(patience=max(1.0, deadline - time.monotonic()), even_if_adopted=True)

    def _wait_for_web(self, port: int) -> None:
        deadline = time.monotonic() + _WEB_PATIENCE
        while not health.answers(port):
            for child in self.children:
                if child.has_died():
                    raise StartFailed(
                        f"{word('failed', name=child.name, log=child.log)}\n{spawn.tail(child.log)}"
                    )
            if time.monotonic() > deadline:
                raise StartFailed(word("failed", name="web", log=self.log_of("web")))
            time.sleep(0.05)

    def _stop_children(self) -> None:
        started = time.monotonic()
        for child in self.children:
            child.signal(signal.SIGTERM)
        asked_again = False
        while running := [child for child in self.children if not child.has_stopped()]:
            waited = time.monotonic() - started
            if waited > _COLD_STOP_AFTER and not asked_again:
                asked_again = True
                for child in running:
                    child.signal(child.program.cold_stop)
            if waited > _KILL_AFTER:
                for child in running:
                    child.kill()
            time.sleep(0.05)


def _revive(child: Child) -> None:
    if child.has_died():
        say("  " + word("again", name=child.name, status=child.status, seconds=child.pause))
    elif child.is_due():
        child.start()
        say("  " + word("back", name=child.name))


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal interrupt like Ctrl-C, once: stopping is not interrupted again."""

    def interrupt(signum: int, frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, interrupt)
    yield
