"""`python -m apps.config.supervisor [run|stop|status]`."""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Sequence

from apps.config.supervisor import commands, health, paths, ports, preparing, secret
from apps.config.supervisor.console import row, say, word
from apps.config.supervisor.folders import UnsafeFolder, make_home
from apps.config.supervisor.lock import Lock
from apps.config.supervisor.postgres import EmbeddedPostgres, PostgresFailed
from apps.config.supervisor.records import Records
from apps.config.supervisor.redis import EmbeddedRedis, RedisFailed
from apps.config.supervisor.supervisor import Server, StartFailed, Supervisor, signals_as_interrupt

_Failure = (
    PostgresFailed, RedisFailed, StartFailed, preparing.PreparationFailed,
    paths.MissingBinaries, ports.NoPort, UnsafeFolder, PermissionError,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen verb; the result is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m apps.config.supervisor", description=__doc__)
    parser.add_argument("verb", nargs="?", default="run", choices=["run", "stop", "status"])
    verb = parser.parse_args(arguments).verb
    try:
        return {"run": run, "stop": stop, "status": status}[verb]()
    except _Failure as failure:
        say(str(failure))
        return 1


def run() -> int:
    """Start everything and stay until interrupted; a second supervisor leaves at once."""
    make_home()
    lock = Lock(paths.run_dir() / "supervisor.lock")
    if not lock.acquire(patience=0.3):  # `status` and `stop` take it for an instant to see whether it is free
        _say_running(lock.holder())
        return 0
    with signals_as_interrupt():
        try:
            return _serve()
        except KeyboardInterrupt:
            return 0
        finally:
            lock.release()


def stop() -> int:
    """Stop the running supervisor; if there is none, end what a killed one may have left."""
    make_home()
    lock = Lock(paths.run_dir() / "supervisor.lock")
    if lock.acquire():
        _end_leftovers()
        for server in reversed(_servers()):
            server.stop(even_if_adopted=True)
        say(word("not_running"))
        return 0
    return _stop_holder(lock)


def status() -> int:
    """Show what runs; the exit status is 0 when the web server answers and 3 when it does not."""
    port = ports.announced()
    for server in _servers():
        row(server.name, word("running" if server.answers() else "down"))
    for name, pid in _living().items():
        row(name, f"{word('running')} ({pid})")
    if port is None or not health.answers(port):
        say(word("not_running"))
        return 3
    say("  " + word("open", address=ports.address(port)))
    return 0


def _serve() -> int:
    _end_leftovers()
    secret.ensure(paths.secret_key_file())
    if not _is_set("SUNMAO_ENCRYPTION_KEYS"):
        secret.ensure_encryption_key(paths.encryption_keys_file())
    if not _is_set("SUNMAO_AUDIT_KEYS"):
        secret.ensure(paths.audit_key_file())
    port = ports.choose()
    supervisor = Supervisor(
        servers=_servers(),
        prepare=commands.prepare(),
        programs=commands.programs(port),
        records=_records(),
        after=_bootstrap,
    )
    started = time.monotonic()
    try:
        ports.announce(port)
        prepared = supervisor.start(port)
        _say_address(port, prepared.first_run_path, time.monotonic() - started)
        supervisor.watch()
    finally:
        _stop(supervisor)
    return 0


def _stop(supervisor: Supervisor) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    started = time.monotonic()
    say()
    say(word("stopping"))
    supervisor.stop()
    paths.port_file().unlink(missing_ok=True)
    say(word("stopped", seconds=time.monotonic() - started))


def _servers() -> list[Server]:
    """The servers to embed: none where a URL names one that is managed elsewhere."""
    servers: list[Server] = []
    if not _is_set("DATABASE_URL"):
        servers.append(EmbeddedPostgres.at_home())
    if not _is_set("REDIS_URL"):
        servers.append(EmbeddedRedis.at_home())
    return servers


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def _bootstrap(server: Server) -> None:
    if isinstance(server, EmbeddedPostgres):
        server.bootstrap()


def _records() -> Records:
    return Records(paths.run_dir() / "processes.json", paths.home())


def _end_leftovers() -> None:
    names = _records().end_orphans()
    if names:
        say("  " + word("leftover", names=", ".join(names)))


def _living() -> dict[str, int]:
    return {name: record.pid for name, record in _records().read().items() if record.is_alive()}


def _stop_holder(lock: Lock) -> int:
    pid = lock.holder()
    if pid is None:
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline, started = time.monotonic() + 15.0, time.monotonic()
    while lock.holder() is not None:
        if time.monotonic() > deadline:
            say(word("not_stopped", pid=pid))
            return 1
        time.sleep(0.1)
    say(word("stopped", seconds=time.monotonic() - started))
    return 0


def _say_running(pid: int | None) -> None:
    port = ports.announced()
    if port is not None and health.answers(port):
        say(word("already", address=ports.address(port)))
    else:
        say(word("already_starting", pid=pid))


def _say_address(port: int, first_run_path: str | None, seconds: float) -> None:
    row(word("total"), "", seconds)
    say()
    say("  " + word("open", address=ports.address(port)))
    if first_run_path:
        say("  " + word("first_run", address=ports.address(port, first_run_path)))
    say("  " + word("hint", logs=os.path.relpath(paths.log_dir())))
