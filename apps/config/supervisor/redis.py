"""A Redis server of our own, on a private Unix socket, with an append-only file.

The file is written before a reply is sent, so a killed server loses nothing that was acknowledged.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from apps.config.supervisor import paths
from apps.config.supervisor.folders import make_private
from apps.config.supervisor.programs import redis_server
from apps.config.supervisor.spawn import rotate, spawn, tail


class RedisFailed(RuntimeError):
    """The server did not start; the message ends with the end of its log."""


class EmbeddedRedis:
    """One data directory and the server on it, started by us or found running."""

    name = "redis"

    def __init__(
        self, data_dir: Path, socket_path: Path, *, durable: bool = True, log: Path | None = None
    ) -> None:
        self.data_dir = data_dir
        self.socket_path = socket_path
        self.log = log or data_dir.with_name(f"{data_dir.name}.log")
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def at_home(cls) -> EmbeddedRedis:
        """The installation's own broker."""
        return cls(paths.redis_dir(), paths.redis_socket(), log=paths.log_dir() / "redis.log")

    @classmethod
    @contextmanager
    def scratch(cls) -> Iterator[EmbeddedRedis]:
        """A fast, empty server, gone afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="sunmao-redis-", dir="/tmp"))  # noqa: S108 - mkdtemp is private
        server = cls(folder / "data", folder / "redis.sock", durable=False)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """What REDIS_URL would say."""
        return f"unix://{quote(str(self.socket_path))}"

    @property
    def is_ours(self) -> bool:
        """Whether this object started the server, rather than found it running."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process, when this object started it."""
        return self._process.pid if self._process is not None and self.is_ours else None

    def answers(self) -> bool:
        """Whether a server says PONG; one that is still loading its data does not."""
        return self._ask(b"PING").startswith(b"+PONG")

    def start(self, *, patience: float = 60.0) -> None:
        """Make sure that a server answers: adopt a running one, else start one."""
        if not self.answers() and not self.is_ours:
            self._launch()
        deadline = time.monotonic() + patience
        while not self.answers():
            if self._process is not None and self._process.poll() is not None:
                raise RedisFailed(f"The broker stopped while starting.\n{tail(self.log)}")
            if time.monotonic() > deadline:
                raise RedisFailed(f"The broker did not answer within {patience:.0f} s.\n{tail(self.log)}")
            time.sleep(0.02)

    def stop(self, *, patience: float = 5.0, even_if_adopted: bool = False) -> None:
        """Stop the server after it has written everything; one that somebody else started keeps running."""
        if self._process is None:
            if even_if_adopted and self.answers():
                self._ask(b"SHUTDOWN")
            return
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _launch(self) -> None:
        make_private(self.data_dir)
        rotate(self.log)
        append = "yes" if self._durable else "no"
        command: list[str | Path] = [
            redis_server(), "--port", "0", "--unixsocket", self.socket_path, "--unixsocketperm", "700",
            "--dir", self.data_dir, "--appendonly", append, "--save", "", "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
        self._process = spawn(command, log=self.log)

    def _ask(self, command: bytes) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(2.0)
                connection.connect(str(self.socket_path))
                connection.sendall(command + b"\r\n")
                return connection.recv(64)
        except OSError:
            return b""
