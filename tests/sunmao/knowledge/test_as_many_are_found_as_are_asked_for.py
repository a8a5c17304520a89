"""Whoever wants a hundred passages gets a hundred, though an answer is made of eight."""

from __future__ import annotations

from sunmao.core import tenancy
from sunmao.knowledge import retrieval
from sunmao.knowledge.pins import BaseVersion
from tests.fixtures import Cast, Ingest

SECTIONS = 60
POLICY = "\n\n".join(f"## Model {number}\n\nThis sofa number {number} is oak." for number in range(SECTIONS))


def test_more_than_an_answer_needs_are_found(cast: Cast, ingest: Ingest) -> None:
    base = ingest(cast.zhou.actor, "sofas.md", POLICY).base
    with tenancy.scope(cast.hemu.pk):
        pin = [BaseVersion(base, base.version)]
        few = retrieval.retrieve(actor=cast.mei.actor, question="oak sofa", bases=pin)
        all_of_them = retrieval.retrieve(actor=cast.mei.actor, question="oak sofa", bases=pin, limit=100)
    assert len(few.hits) == 8
    assert len(all_of_them.hits) == SECTIONS
