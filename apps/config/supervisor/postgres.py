"""A PostgreSQL server of our own, from the programs inside a wheel.

It listens on a Unix socket in a folder that only its owner can enter; that folder, not a password, is the
boundary. Whether a server runs is decided by asking it, never by the pid file, which outlives a crash.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from psycopg import pq
from psycopg.conninfo import make_conninfo

from apps.config.supervisor import bootstrap, paths, pidfile
from apps.config.supervisor.account import account_for, can_enter
from apps.config.supervisor.folders import make_private
from apps.config.supervisor.programs import postgres_programs
from apps.config.supervisor.spawn import rotate, spawn, tail

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    # A statement that fails holds what somebody wrote, and so may the error itself: neither is for a log.
    # Whoever sent it is told, and what the server does by itself is logged all the same.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
if sys.platform == "linux":  # recovery syncs the file system once instead of each of a thousand files
    _SETTINGS["recovery_init_sync_method"] = "syncfs"
# Faster, and rows still survive a killed process; only a crash of the machine may lose them.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
# What a fresh postmaster says while the remains of a killed one are still leaving.
_PASSING_TROUBLE = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')


class PostgresFailed(RuntimeError):
    """The server did not start; the message ends with the end of its log."""


class EmbeddedPostgres:
    """One data directory and the server on it, started by us or found running."""

    name = "postgres"

    def __init__(
        self, data_dir: Path, socket_dir: Path, *, durable: bool = True, log: Path | None = None
    ) -> None:
        self.data_dir = data_dir
        self.socket_dir = socket_dir
        self.log = log or data_dir.with_name(f"{data_dir.name}.log")
        self._settings = _SETTINGS if durable else _SETTINGS | _NOT_DURABLE
        self._initdb_options = () if durable else ("--no-sync",)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def at_home(cls) -> EmbeddedPostgres:
        """The installation's own database."""
        return cls(
            paths.postgres_data_dir(), paths.postgres_socket_dir(), log=paths.log_dir() / "postgres.log"
        )

    @classmethod
    @contextmanager
    def scratch(cls, *, durable: bool = False) -> Iterator[EmbeddedPostgres]:
        """A server with an empty database, gone afterwards; a fast one unless it must be `durable`.

        The folder is short and open to enter, so that this also works as root and with long temporary paths.
        """
        folder = Path(tempfile.mkdtemp(prefix="sunmao-pg-", dir="/tmp"))  # noqa: S108 - mkdtemp, private data
        folder.chmod(0o755)
        server = cls(folder / "data", folder / "socket", durable=durable)
        try:
            server.start()
            server.bootstrap()
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def is_ours(self) -> bool:
        """Whether this object started the server, rather than found it running."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The postmaster of this data directory, if one is alive."""
        return pidfile.postmaster(self.data_dir)

    def conninfo(self, database: str = "postgres", user: str = "postgres") -> str:
        """Connection string for libpq and psycopg."""
        return make_conninfo(host=str(self.socket_dir), dbname=database, user=user)

    def answers(self) -> bool:
        """Whether a server accepts connections here; a server whose places are all taken counts."""
        return pq.PGconn.ping(self.conninfo().encode()) == pq.Ping.OK

    def start(self, *, patience: float = 60.0) -> None:
        """Make sure that a server answers: adopt a running one, else start one and wait for its recovery."""
        deadline = time.monotonic() + patience
        self._make_data_dir()
        launched, pause = False, 0.02
        while not self.answers():
            if launched and not self.is_ours:
                self._raise_unless_passing()
            if not self.is_ours and not self._another_is_coming_up():
                self._launch()
                launched = True
            if time.monotonic() > deadline:
                raise PostgresFailed(f"PostgreSQL did not answer within {patience:.0f} s.\n{tail(self.log)}")
            time.sleep(pause)
            pause = min(pause * 1.3, 0.3)

    def bootstrap(self, database: str = "sunmao") -> None:
        """Make the roles, the database and the extension; what is there already stays."""
        bootstrap.run(self.conninfo, database)

    def stop(self, *, patience: float = 5.0, even_if_adopted: bool = False) -> None:
        """Stop the server quickly and safely: end sessions and checkpoint; if that takes too long, just stop.

        A server that somebody else started keeps running unless `even_if_adopted`.
        """
        pid = self.pid
        if pid is None or not (self.is_ours or even_if_adopted):
            return
        for sign, wait in ((signal.SIGINT, patience), (signal.SIGQUIT, 5.0)):
            os.kill(pid, sign)
            if self._gone_within(wait):
                break
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()  # reaps our child, which would otherwise stay visible as a zombie
            if self.pid is None:
                return True
            time.sleep(0.02)
        return False

    def _make_data_dir(self) -> None:
        """Run initdb under a passing name and rename, so that a killed start leaves nothing half made."""
        if (self.data_dir / "PG_VERSION").exists():
            return
        account = account_for(self.data_dir)
        if account and not can_enter(account, self.data_dir.parent):
            raise PostgresFailed(f"The account that runs PostgreSQL cannot reach {self.data_dir.parent}.")
        fresh = self._fresh_dir()
        make_private(fresh, account)
        command = [
            postgres_programs(account) / "initdb", "-D", fresh, "-U", "postgres", "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions",
            *self._initdb_options,
        ]  # fmt: skip
        if spawn(command, log=self.log, environment=_plain_environment(), account=account).wait():
            raise PostgresFailed(f"initdb failed.\n{tail(self.log)}")
        if not self.data_dir.exists():
            fresh.rename(self.data_dir)

    def _fresh_dir(self) -> Path:
        """A passing name for a new data directory; half-made ones of dead processes are removed."""
        for left in self.data_dir.parent.glob(f"{self.data_dir.name}.*.new"):
            maker = int(left.suffixes[-2][1:])
            if maker == os.getpid() or not psutil.pid_exists(maker):
                shutil.rmtree(left, ignore_errors=True)
        return self.data_dir.with_name(f"{self.data_dir.name}.{os.getpid()}.new")

    def _another_is_coming_up(self) -> bool:
        """Whether a server that we did not start lives in the data directory and may still answer."""
        pid = self.pid
        if pid is None:
            return False
        if pidfile.says_ready(
            self.data_dir
        ):  # yet silent: its socket was deleted, or lies where we do not look
            os.kill(pid, signal.SIGINT)
        return True

    def _raise_unless_passing(self) -> None:
        """Our server ended while starting: fail, unless another owner answers or the reason goes away."""
        time.sleep(0.3)
        said = tail(self.log, 4)
        if not self.answers() and not any(trouble in said for trouble in _PASSING_TROUBLE):
            raise PostgresFailed(f"PostgreSQL stopped while starting.\n{tail(self.log)}")

    def _launch(self) -> None:
        account = account_for(self.data_dir)
        make_private(self.socket_dir, account)
        pidfile.forget_foreign(self.data_dir)
        rotate(self.log)
        quoted = str(self.socket_dir).replace('"', '""')
        settings = self._settings | {
            "unix_socket_directories": f'"{quoted}"', "unix_socket_permissions": "0700",
        }  # fmt: skip
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._process = spawn(
            [postgres_programs(account) / "postgres", "-D", self.data_dir, *options],
            log=self.log,
            environment=_plain_environment(),
            account=account,
            death_signal=signal.SIGINT,
        )


def _plain_environment() -> dict[str, str]:
    """PG* variables and the user's locale must not reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
