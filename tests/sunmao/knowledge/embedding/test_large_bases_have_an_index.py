"""A base that grows over the limit is searched through an index; one that shrinks loses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import localdate

from sunmao.core import tenancy
from sunmao.jobs.models import Job
from sunmao.knowledge import retrieval
from sunmao.knowledge.embedding import by_vector, questions, spaces
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.purging import purge
from tests.fixtures import Cast, Ingest, WorkOff
from tests.fixtures.embedding_server import EmbeddingServer

SHELF = "shelf"


def _text(first: int, count: int) -> str:
    return "\n\n".join(
        f"# Model {n}\n\nSofa number{n} has shade{n % 7}." for n in range(first, first + count)
    )


@pytest.fixture
def base(
    cast: Cast,
    ingest: Ingest,
    work_off: WorkOff,
    embedding_server: EmbeddingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> KnowledgeBase:
    monkeypatch.setattr(spaces, "EXACT_UP_TO", 40)
    monkeypatch.setattr(spaces, "EXACT_BELOW", 25)
    ingest(cast.zhou.actor, "a.md", _text(0, 30), base=SHELF)
    ingest(cast.zhou.actor, "b.md", _text(30, 30), base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=SHELF)


def _nodes(statement: str, values: dict[str, Any]) -> list[str]:
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):  # sixty rows are scanned and sorted sooner
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        found = cursor.fetchone()
    assert found is not None
    plan = found[0] if isinstance(found[0], list) else json.loads(found[0])
    return [node.get("Index Name", node["Node Type"]) for node in _flat(plan[0]["Plan"])]


def _flat(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(inner for child in node.get("Plans", []) for inner in _flat(child))]


def _near(base: KnowledgeBase, question: str = "sofa number7") -> questions.Near:
    found = questions.encode(question, [base.pk], wait=True).of(base.pk)
    assert found is not None
    return found


def _values(base: KnowledgeBase, near: questions.Near) -> dict[str, Any]:
    return {
        "base": base.pk,
        "version": base.version,
        "on": localdate(),
        "internal": False,
        "lexical": "{}/536870912",
        "limit": 20,
        "width": 40,
        "effort": near.effort,
        **by_vector.parameters(near),
    }


def test_the_index_is_made_beside_and_takes_over(cast: Cast, base: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        space = Space.objects.get()
        assert (space.state, space.indexed, space.vectors) == ("serving", True, 60)
        done = Job.objects.filter(kind="embedding.settle").latest("created_at")
        assert (done.result["indexed"], done.state) == (1, "succeeded")
        near = _near(base)
        name = f"embedding_vector_{space.pk.hex}_near"
        values = _values(base, near)
        assert name in _nodes(by_vector.indexed(retrieval.DENSE, near.dimensions), values)
        assert name not in _nodes(retrieval.DENSE, values)


def test_it_finds_what_a_scan_finds(cast: Cast, base: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        for number in range(0, 60, 7):
            near = _near(base, f"sofa number{number}")
            values = _values(base, near)
            by_index = retrieval._scored(by_vector.indexed(retrieval.DENSE, near.dimensions), values)
            assert by_index == retrieval._scored(retrieval.DENSE, values)
            assert len(by_index) == 20


def test_passages_that_died_take_nobodys_place(cast: Cast, base: KnowledgeBase, ingest: Ingest) -> None:
    """The document is uploaded again and again: most of its vectors are of versions that are over."""
    for edition in range(3):
        ingest(
            cast.zhou.actor, "b.md", _text(30, 30) + f"\n\n# Edition\n\nIt is number{edition}.", base=SHELF
        )
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        near = _near(base, "sofa number33")
        found = by_vector.nearest(
            near, retrieval.DENSE, _values(base, near) | {"limit": 50}, retrieval._scored
        )
        assert (near.vectors, len(found)) == (153, 50)
        everything = retrieval._scored(retrieval.DENSE, _values(base, near) | {"width": None, "limit": 50})
        assert sorted(far for _, far in found.values()) == sorted(far for _, far in everything.values())


def test_a_base_that_shrinks_loses_its_index(
    cast: Cast, base: KnowledgeBase, ingest: Ingest, work_off: WorkOff
) -> None:
    with tenancy.scope(cast.hemu.pk):
        for document in Document.objects.filter(base=base):
            purge(document=document)
    ingest(cast.zhou.actor, "c.md", _text(0, 10), base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        space = Space.objects.get()
        assert (space.indexed, space.vectors) == (False, 10)
        near = _near(base)
        nodes = _nodes(by_vector.indexed(retrieval.DENSE, near.dimensions), _values(base, near))
        assert not [node for node in nodes if node.endswith("_near")]


def test_a_question_reads_through_it(cast: Cast, base: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        pins = [BaseVersion(base, base.version)]
        found = retrieval.retrieve(actor=cast.mei.actor, question="sofa number42", bases=pins)
        assert found.hits[0].passage.text.endswith("Sofa number42 has shade0.")
        assert found.hits[0].dense is not None


def test_a_flat_neighbourhood_is_looked_at_exactly() -> None:
    from uuid import UUID

    def scored(*near: float) -> by_vector.Scored:
        return {UUID(int=place): (0.0, 1 - far) for place, far in enumerate(near)}

    assert by_vector.is_flat(scored(*[0.90 + place / 1000 for place in range(20)]))
    assert not by_vector.is_flat(scored(*[0.1 + place / 50 for place in range(20)]))
    assert not by_vector.is_flat(scored(*[0.9] * 5))
