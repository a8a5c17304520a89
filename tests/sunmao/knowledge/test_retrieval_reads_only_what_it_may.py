"""The access filter is inside the query, and the database itself would not give more."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from sunmao.accounts import services as accounts
from sunmao.accounts.selectors import actor_of_key
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden
from sunmao.knowledge import retrieval, services
from sunmao.knowledge.models import Audience, Document, KnowledgeBase
from sunmao.knowledge.pins import BaseVersion, pinned
from sunmao.knowledge.vectors import dense_literal, sparse_literal
from sunmao.releases.models import Release
from tests.fixtures import Ask, Cast, Ingest
from tests.fixtures.files import RETURNS

QUESTION = "When is a refund paid?"
PUBLIC, INTERNAL = "customer-service", "staff-handbook"


@pytest.fixture
def public(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=PUBLIC)


@pytest.fixture
def internal(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    services.create_base(actor=cast.zhou.actor, slug=INTERNAL, audience=Audience.STAFF)
    return ingest(cast.zhou.actor, "secret.md", RETURNS.replace("three", "thirty"), base=INTERNAL).base


def _partition(base: KnowledgeBase) -> str:
    return f"knowledge_passage_vector_{base.pk.hex}"


def _parameters(base: KnowledgeBase, *, internal: bool = False) -> dict[str, Any]:
    return {
        "base": base.pk,
        "version": base.version,
        "on": date(2026, 1, 31),
        "internal": internal,
        "lexical": sparse_literal({17: 1.5, 4711: 0.5}),
        "dense": dense_literal([0.6, 0.8]),
        "space": None,
        "width": 2 * retrieval.CANDIDATES,
        "limit": retrieval.CANDIDATES,
    }


def _plan(statement: str, parameters: dict[str, Any], *, without: list[str]) -> list[dict[str, Any]]:
    """All nodes of the plan of the very statement that retrieval runs, made without some ways to scan."""
    with connection.cursor() as cursor:
        for way in without:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON, VERBOSE) {statement}", parameters)
        found = cursor.fetchone()
    assert found is not None
    plan = found[0] if isinstance(found[0], list) else json.loads(found[0])
    return _nodes(plan[0]["Plan"])


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(inner for child in node.get("Plans", []) for inner in _nodes(child))]


def _conditions(node: dict[str, Any]) -> str:
    """All that a scan of one table asks of its rows, whichever way the planner reads them.

    A bitmap scan names what it read from an index as ``Recheck Cond``, an index scan as ``Index Cond``.
    """
    return "".join(node.get(kind, "") for kind in ("Filter", "Recheck Cond", "Index Cond"))


# The planner chooses by how many rows it believes there are; the filters hold whichever way it goes.
@pytest.mark.parametrize("without", [[], ["seqscan"], ["seqscan", "indexscan"], ["bitmapscan"]], ids="-".join)
@pytest.mark.parametrize("statement", ["LEXICAL", "DENSE"])
def test_one_partition_is_scanned_with_every_filter_inside(
    cast: Cast, public: KnowledgeBase, internal: KnowledgeBase, statement: str, without: list[str]
) -> None:
    with tenancy.scope(cast.hemu.pk):
        nodes = _plan(getattr(retrieval, statement), _parameters(public), without=without)
    scanned = {node["Relation Name"] for node in nodes if "Relation Name" in node}
    assert scanned == {_partition(public), "knowledge_knowledgebase"}
    vectors = next(node for node in nodes if node.get("Relation Name") == _partition(public))
    asked = _conditions(vectors)
    assert "born" in asked
    assert "died" in asked
    assert "applies_from" in asked
    assert "applies_until" in asked
    assert "organisation_id = (InitPlan" in asked  # read once, not once a row
    bases = next(node for node in nodes if node.get("Relation Name") == "knowledge_knowledgebase")
    assert "'everyone'" in _conditions(bases)
    assert "organisation_id = (InitPlan" in _conditions(bases)
    # The question about the audience is asked once, before a passage is looked at.
    assert any("InitPlan" in node.get("Subplan Name", "") for node in nodes)


def test_a_staff_base_does_not_reach_a_customer_even_when_it_is_pinned_by_force(
    cast: Cast, internal: KnowledgeBase
) -> None:
    with tenancy.scope(cast.hemu.pk):
        pin = [BaseVersion(internal, internal.version)]
        found = retrieval.retrieve(actor=cast.zhou.actor, question=QUESTION, bases=pin)
        assert found.hits[0].passage.text.endswith("within thirty working days.")
        assert retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=pin).hits == ()
        assert pinned(actor=cast.mei.actor, bases={INTERNAL: "latest"}) == []


def test_an_article_of_a_staff_base_does_not_either(cast: Cast, ingest: Ingest) -> None:
    services.create_base(actor=cast.zhou.actor, slug=INTERNAL, audience=Audience.STAFF)
    law = "\n\n".join(f"第{number}条　内部规定{number}。" for number in "一二三四五六")
    base = ingest(cast.zhou.actor, "内部规定.md", law, base=INTERNAL).base
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        pin = [BaseVersion(base, base.version)]
        for_staff = retrieval.retrieve(actor=cast.zhou.actor, question="第三条", bases=pin)
        assert [hit.passage.label for hit in for_staff.hits if hit.by_reference] == ["第三条"]
        assert retrieval.retrieve(actor=cast.mei.actor, question="第三条", bases=pin).hits == ()


def test_a_release_that_names_a_staff_base_tells_customers_nothing_of_it(
    cast: Cast, ask: Ask, internal: KnowledgeBase
) -> None:
    with tenancy.scope(cast.hemu.pk):
        serving = Release.objects.get(vertical="customer_service", state="serving")
        Release.objects.filter(pk=serving.pk).update(state="retired")
        Release.objects.create(
            vertical="customer_service",
            task="ask",
            number=serving.number + 1,
            state="serving",
            engine="default",
            prompts=serving.prompts,
            bases={PUBLIC: "latest", INTERNAL: "latest"},
        )
    told_staff = ask(cast.zhou.actor, QUESTION)
    assert "thirty working days" in told_staff.text
    assert told_staff.knowledge == {PUBLIC: 0, INTERNAL: 1}
    told_mei = ask(cast.mei.actor, QUESTION)
    assert (told_mei.outcome, told_mei.read, told_mei.knowledge) == ("unanswered", [], {PUBLIC: 0})


def test_a_base_that_turns_internal_is_closed_to_the_next_question(cast: Cast, public: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        pin = [BaseVersion(public, public.version)]
        assert retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=pin).hits
        KnowledgeBase.objects.filter(pk=public.pk).update(audience=Audience.STAFF)
        assert retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=pin).hits == ()


def _with_key(cast: Cast, bases: list[str]) -> Actor:
    issued = accounts.create_api_key(actor=cast.lin.actor, name="narrow", bases=bases)
    return actor_of_key(issued.secret, language="en")


def test_a_key_narrowed_to_a_base_reads_no_other(
    cast: Cast, public: KnowledgeBase, internal: KnowledgeBase
) -> None:
    services.create_base(actor=cast.zhou.actor, slug="another")
    with tenancy.scope(cast.hemu.pk):
        for bases, seen in (([PUBLIC], [PUBLIC]), ([], [PUBLIC]), (["another"], []), ([INTERNAL], [])):
            pins = pinned(actor=_with_key(cast, bases), bases={PUBLIC: "latest", INTERNAL: "latest"})
            assert [pin.base.slug for pin in pins] == seen


def test_who_may_not_read_passages_may_not_search(cast: Cast, public: KnowledgeBase) -> None:
    nobody = Actor(kind="user", id=None, organisation_id=cast.hemu.pk, name="nobody", language="en")
    with tenancy.scope(cast.hemu.pk), pytest.raises(Forbidden):
        retrieval.retrieve(actor=nobody, question=QUESTION, bases=[BaseVersion(public, public.version)])


def test_another_organisation_gets_nothing_from_the_database_itself(
    cast: Cast, public: KnowledgeBase
) -> None:
    """Every filter of ours left out: row-level security alone, on the table and on the partition."""
    counts = {}
    for name, organisation in (("hemu", cast.hemu), ("qinghe", cast.qinghe)):
        for table in ("knowledge_passage_vector", _partition(public), "knowledge_term", "knowledge_passage"):
            with tenancy.scope(organisation.pk), connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
                counts[name, table] = cursor.fetchone()[0]  # type: ignore[index]
    assert counts["hemu", "knowledge_passage_vector"] == counts["hemu", _partition(public)] == 2
    assert counts["hemu", "knowledge_term"] > 0
    assert [count for (name, _), count in counts.items() if name == "qinghe"] == [0, 0, 0, 0]


def test_a_partition_for_a_foreign_base_cannot_be_made(cast: Cast, public: KnowledgeBase) -> None:
    refused = pytest.raises(DatabaseError, match="is not of this organisation")
    with tenancy.scope(cast.qinghe.pk), connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute("SELECT knowledge_make_partition(%s)", [public.pk])


def test_a_question_in_the_others_scope_finds_nothing(cast: Cast, public: KnowledgeBase) -> None:
    with tenancy.scope(cast.qinghe.pk):
        pin = [BaseVersion(public, public.version)]
        assert retrieval.retrieve(actor=cast.omar.actor, question=QUESTION, bases=pin).hits == ()
        assert Document.objects.count() == 0
