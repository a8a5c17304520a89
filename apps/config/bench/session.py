"""A connection that asks one statement at a time, and the CPU time of the process that serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg


def server_cpu(connection: psycopg.Connection[Any]) -> Callable[[], float]:
    """Reads the seconds of CPU of the process that serves a connection; 0 where the system does not tell."""
    file = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    return lambda: int(file.read_text().split()[0]) / 1e9 if file.exists() else 0.0


class Session:
    """Parameters are merged into the statement by the client, as Django does it."""

    def __init__(self, conninfo: str, **settings: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True, cursor_factory=psycopg.ClientCursor)
        for name, value in settings.items():
            self.rows("SELECT set_config(%(name)s, %(value)s, false)", {"name": name, "value": value})
        self.cpu = server_cpu(self._connection)

    def rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            return cursor.execute(statement.encode(), parameters).fetchall()

    def close(self) -> None:
        self._connection.close()
