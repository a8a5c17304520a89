"""Roles, database and extension: what a superuser prepares once, and migrations then rely on.

The same SQL files serve the containers in `docker-compose.yml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

OWNER_ROLE = "sunmao_owner"
APP_ROLE = "sunmao_app"

_SQL = Path(__file__).with_name("sql")


class ConnInfo(Protocol):
    """Gives the superuser's connection string for a database."""

    def __call__(self, database: str) -> str: ...


def run(conninfo: ConnInfo, database: str) -> None:
    """Prepare the server for `database`; running it again changes nothing."""
    with psycopg.connect(conninfo("postgres"), autocommit=True) as connection:
        connection.execute(_statements("roles"))
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not known:
            command = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(command.format(sql.Identifier(database), sql.Identifier(OWNER_ROLE)))
    for each in ("template1", database):
        with psycopg.connect(conninfo(each), autocommit=True) as connection:
            connection.execute(_statements("extensions"))


def _statements(name: str) -> bytes:
    return (_SQL / f"{name}.sql").read_bytes()
