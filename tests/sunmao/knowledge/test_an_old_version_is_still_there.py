"""A version of a base is a filter: what an old answer read can be searched and opened for ever."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import NotFound
from sunmao.knowledge import retrieval, services
from sunmao.knowledge.models import Passage
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.selectors import visible_document, visible_passage
from tests.fixtures import Cast, Ingest
from tests.fixtures.files import RETURNS, RETURNS_LATER

BASE = "customer-service"
QUESTION = "Within how many days may goods be sent back after delivery?"


def _found(cast: Cast, version: int | str, question: str = QUESTION, limit: int = 8) -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        pins = pinned(actor=cast.mei.actor, bases={BASE: version})
        hits = retrieval.retrieve(actor=cast.mei.actor, question=question, bases=pins, limit=limit).hits
        return [hit.passage.label for hit in hits]


def test_each_version_finds_its_own_passages(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    assert _found(cast, 1)[0] == "Seven days"
    assert _found(cast, 2)[0] == "Thirty days"
    assert _found(cast, "latest")[0] == "Thirty days"
    assert "Seven days" not in _found(cast, "latest")
    assert _found(cast, 0) == []


def test_an_old_passage_can_still_be_opened(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    with tenancy.scope(cast.hemu.pk):
        old = Passage.objects.get(label="Seven days")
        opened = visible_passage(actor=cast.mei.actor, passage_id=old.pk)
    assert opened.died == 2
    assert opened.revision.number == 1
    assert opened.revision.text[opened.start : opened.end] == opened.text


def test_words_that_only_the_old_version_has_still_find_it(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "wood.md", "# Wood\n\n## Sofas\n\nWalnut.\n")
    ingest(cast.zhou.actor, "wood.md", "# Metal\n\n## Chairs\n\nSteel.\n")
    assert _found(cast, 1, "walnut") == ["Sofas"]
    assert _found(cast, 2, "walnut") == []


def test_a_removed_document_does_not_take_the_place_of_others(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "other.md", "# Other\n\n## Kept\n\nRefunds take a while.\n")
    removed = ingest(cast.zhou.actor, "refunds.md", "# Refunds\n\n## Refunds\n\nRefunds, refunds, refunds.\n")
    assert _found(cast, 2, "refunds", limit=1) == ["Refunds"]
    services.delete_document(actor=cast.zhou.actor, document=removed)
    assert _found(cast, 2, "refunds", limit=1) == ["Kept"]


def test_a_deleted_document_is_found_by_nobody_at_once(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.get(label="Seven days")
    services.delete_document(actor=cast.zhou.actor, document=document)
    assert _found(cast, "latest") == []
    assert _found(cast, 1) == []
    with tenancy.scope(cast.hemu.pk):
        with pytest.raises(NotFound):
            visible_passage(actor=cast.lin.actor, passage_id=passage.pk)
        with pytest.raises(NotFound):
            visible_document(actor=cast.lin.actor, document_id=document.pk)
