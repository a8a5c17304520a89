"""Document frequencies are counted up and down with every change and always equal a recount."""

from __future__ import annotations

from collections import Counter

from django.db import connection

from sunmao.core import tenancy
from sunmao.knowledge import services
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, Ingest
from tests.fixtures.files import RETURNS, RETURNS_LATER, RETURNS_ZH


def _kept(base: KnowledgeBase) -> Counter[int]:
    with tenancy.scope(base.organisation_id), connection.cursor() as cursor:
        cursor.execute("SELECT dimension, passages FROM knowledge_term WHERE base_id = %s", [base.pk])
        return Counter({dimension: passages for dimension, passages in cursor.fetchall() if passages})


def _recounted(base: KnowledgeBase) -> Counter[int]:
    with tenancy.scope(base.organisation_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexical::text FROM knowledge_passage_vector WHERE base_id = %s AND died IS NULL",
            [base.pk],
        )
        vectors = [row[0].partition("/")[0].strip("{}") for row in cursor.fetchall()]
    return Counter(int(entry.partition(":")[0]) for vector in vectors for entry in vector.split(","))


def _living(base: KnowledgeBase) -> int:
    with tenancy.scope(base.organisation_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM knowledge_passage WHERE base_id = %s AND died IS NULL", [base.pk]
        )
        return int(cursor.fetchone()[0])  # type: ignore[index]


def test_after_adding_changing_and_removing_the_counts_equal_a_recount(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    base = document.base
    alone = _kept(base)
    assert alone == _recounted(base)
    assert sum(alone.values()) > 10

    ingest(cast.zhou.actor, "returns.zh.md", RETURNS_ZH)
    ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    assert _kept(base) == _recounted(base) != alone

    services.delete_document(actor=cast.zhou.actor, document=document)
    assert _kept(base) == _recounted(base)
    with tenancy.scope(base.organisation_id):
        base.refresh_from_db()
    assert (base.passage_count, _living(base), base.version) == (2, 2, 4)


def test_bases_do_not_count_each_others_words(cast: Cast, ingest: Ingest) -> None:
    first = ingest(cast.zhou.actor, "returns.md", RETURNS)
    before = _kept(first.base)
    ingest(cast.zhou.actor, "returns.md", RETURNS, base="another-base")
    ingest(cast.omar.actor, "returns.md", RETURNS)
    assert _kept(first.base) == before
