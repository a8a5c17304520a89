"""A statement that fails holds somebody's words; the log of the embedded server must not."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection

from apps.config.supervisor import paths
from apps.config.supervisor.postgres import EmbeddedPostgres
from sunmao.accounts.models import User
from sunmao.core import tenancy
from tests.fixtures.committed import Standing

MARK = "katzenberg-1957"


def test_an_error_of_a_statement_is_logged_without_it(standing: Standing) -> None:
    log = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir()).log
    before = log.stat().st_size
    with tenancy.scope(standing.organisation.pk):
        User.objects.create(username=MARK)
    with pytest.raises(DatabaseError), tenancy.scope(standing.organisation.pk):
        User.objects.create(username=MARK)
    with pytest.raises(DatabaseError), tenancy.scope(standing.organisation.pk), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [MARK])
    with log.open("rb") as file:
        file.seek(before)
        assert MARK.encode() not in file.read()
