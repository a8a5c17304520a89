"""Progress and sending are notes that are made again; nothing else may go with a server's last moment."""

from __future__ import annotations

from django.db import connection

from sunmao.core import tenancy
from tests.fixtures.committed import Standing


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return bool(cursor.fetchone()[0] == "on")


def test_only_a_scope_that_says_so_does_not_wait(standing: Standing) -> None:
    with tenancy.scope(standing.organisation.id):
        assert _waits()
    with tenancy.scope(standing.organisation.id, durable=False):
        assert not _waits()
    with tenancy.scope(standing.organisation.id):
        assert _waits()


def test_a_note_inside_other_work_waits_with_it(standing: Standing) -> None:
    here = standing.organisation.id
    with tenancy.scope(here), tenancy.scope(here, durable=False):
        assert _waits()
