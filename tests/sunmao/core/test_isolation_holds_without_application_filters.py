"""Row-level security alone keeps organisations apart."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from sunmao.core import tenancy
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast

TENANT_TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
"""


def test_every_table_with_an_organisation_is_under_forced_row_security(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TENANT_TABLES)
        tables = cursor.fetchall()
    assert len(tables) >= 15
    assert [name for name, enabled, forced in tables if not (enabled and forced)] == []


def test_without_an_organisation_nothing_is_visible(cast: Cast) -> None:
    assert KnowledgeBase.objects.count() == 0


def test_an_unfiltered_query_sees_only_the_own_organisation(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        assert {base.organisation_id for base in KnowledgeBase.objects.all()} == {cast.hemu.pk}


def test_a_row_for_another_organisation_cannot_be_written(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            KnowledgeBase.objects.create(organisation_id=cast.qinghe.pk, slug="stolen", name="Stolen")
        assert not KnowledgeBase.objects.filter(slug="stolen").exists()
    with tenancy.scope(cast.qinghe.pk):
        assert not KnowledgeBase.objects.filter(slug="stolen").exists()


def test_the_setting_does_not_outlive_the_scope(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk), tenancy.scope(cast.qinghe.pk):
        pass
    assert KnowledgeBase.objects.count() == 0


def test_the_runtime_role_may_neither_bypass_nor_own(cast: Cast) -> None:
    from sunmao.core.checks import runtime_role_is_bound_by_row_security

    assert runtime_role_is_bound_by_row_security(databases=["default"]) == []
