"""Entries that are committed and sealed, and an operator who may do anything to their tables."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from apps.config.supervisor import paths
from apps.config.supervisor.postgres import EmbeddedPostgres
from sunmao.audit import services as audit
from sunmao.audit.models import Entry
from sunmao.audit.sealing import seal
from sunmao.audit.subject import AuditLog
from sunmao.core import tenancy
from tests.fixtures import Standing

NAMES = ("one", "two", "three", "four", "five", "six")


def note(standing: Standing, *names: str, verb: str = "thing.noted", **detail: Any) -> list[uuid.UUID]:
    """Entries, each in a transaction of its own; their ids."""
    written = []
    for name in names:
        with tenancy.scope(standing.organisation.pk):
            subject = AuditLog(standing.organisation.pk)
            entry = audit.record(actor=standing.actor, verb=verb, subject=subject, name=name, **detail)
            written.append(entry.pk)
    return written


def sealed(standing: Standing, *names: str, at_once: int = 2) -> list[uuid.UUID]:
    """Entries in seals of `at_once` each, after the one about the organisation's making."""
    seal(standing.organisation.pk)
    written: list[uuid.UUID] = []
    for start in range(0, len(names), at_once):
        written += note(standing, *names[start : start + at_once])
        seal(standing.organisation.pk)
    return written


def names_of(standing: Standing, ids: Sequence[uuid.UUID]) -> list[str]:
    with tenancy.scope(standing.organisation.pk):
        found = Entry.objects.in_bulk(ids)
    return [found[one].detail.get("name", "") for one in ids]


@contextmanager
def operator() -> Iterator[psycopg.Connection[Any]]:
    """A superuser who has switched the triggers off, as whoever runs the database can."""
    server = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir(), durable=False)
    with psycopg.connect(server.conninfo("sunmao", "postgres"), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@contextmanager
def owner(standing: Standing) -> Iterator[psycopg.Connection[Any]]:
    """The role that migrates, in the organisation."""
    server = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir(), durable=False)
    with psycopg.connect(server.conninfo("sunmao", "sunmao_owner"), autocommit=True) as connection:
        connection.execute(
            "SELECT set_config('app.organisation_id', %s, false)", [str(standing.organisation.pk)]
        )
        yield connection
