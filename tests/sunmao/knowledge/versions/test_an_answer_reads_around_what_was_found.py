"""A small span is found and quoted; a writing engine reads the wider span around it."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.knowledge import ingestion, quarantine
from sunmao.knowledge.models import Passage, Quarantine
from sunmao.knowledge.surroundings import texts_around
from sunmao.knowledge.text.splitting import PARENT_CHILD, split
from tests.fixtures import Cast, Ingest

LONG = "".join(
    f"Step {number} of the assembly takes some minutes and needs two people. " for number in range(40)
)
GUIDE = f"# Assembly\n\n## Table\n\n{LONG}\n\n## Chair\n\nThe chair needs no tools.\n"


@pytest.fixture
def guide(cast: Cast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> list[Passage]:
    monkeypatch.setattr(ingestion, "split", lambda parsed: split(parsed, way=PARENT_CHILD))
    ingest(cast.zhou.actor, "assembly.md", GUIDE)
    with tenancy.scope(cast.hemu.pk):
        return list(Passage.objects.select_related("revision").order_by("ordinal"))


def test_the_wider_span_is_kept_and_cut_from_the_text(cast: Cast, guide: list[Passage]) -> None:
    assert len(guide) > 3
    with tenancy.scope(cast.hemu.pk):
        around = texts_around(guide)
    for passage in guide:
        assert around[passage.pk] == passage.revision.text[passage.parent_start : passage.parent_end]
        assert passage.text in around[passage.pk]
    assert len(around[guide[0].pk]) > 2 * len(guide[0].text)


def test_a_span_with_something_held_back_is_not_read(cast: Cast, guide: list[Passage]) -> None:
    with tenancy.scope(cast.hemu.pk):
        Passage.objects.filter(pk=guide[1].pk).update(quarantine=Quarantine.HELD)
        around = texts_around(guide)
    assert guide[0].pk not in around
    assert guide[-1].pk in around
    with tenancy.scope(cast.hemu.pk):
        held = quarantine.visible_held_passage(actor=cast.zhou.actor, passage_id=guide[1].pk)
    quarantine.remove(actor=cast.zhou.actor, passage=held)
    with tenancy.scope(cast.hemu.pk):
        assert guide[0].pk not in texts_around(guide)
