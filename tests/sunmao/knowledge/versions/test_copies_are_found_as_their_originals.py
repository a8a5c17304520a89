"""A passage that lives again, or says what another says, has its vectors, its place in word lists and what it
refers to; nothing is encoded twice, and what is erased leaves none of it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.knowledge import dating, retrieval, rollback, services
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.graph import extraction, walking
from sunmao.knowledge.graph.models import Link, Mention, Place
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion, pinned
from sunmao.knowledge.postings import search, segments
from sunmao.knowledge.purging import purge
from sunmao.knowledge.versions.dates import Dates
from sunmao.knowledge.versions.windows import Window
from tests.fixtures import Cast, Ingest, WorkOff
from tests.fixtures.embedding_server import EmbeddingServer, embedding_server

__all__ = ["embedding_server"]

SHELF, OTHER = "shelf", "returns-desk"
RULES = """# Rules

## 1 Orders

An order is paid as section 3 says.

## 2 Delivery

Delivery takes nine days.

## 3 Payment

Within thirty days of the invoice.
"""


def _filler(count: int = 40) -> str:
    return "\n\n".join(f"# Model {n}\n\nSofa number{n} has shade{n % 7}." for n in range(count))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of large bases, at sizes of a test."""
    for name, value in (("LISTED_FROM", 20), ("LEAST_NEWER", 10), ("BLOCK", 64), ("READ", 32)):
        monkeypatch.setattr(segments, name, value)
    monkeypatch.setattr(spaces, "EXACT_UP_TO", 30)
    monkeypatch.setattr(spaces, "EXACT_BELOW", 5)
    search.kept.clear()


def _base(cast: Cast, slug: str = SHELF) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=slug)


def _vectors(cast: Cast, slug: str = SHELF) -> dict[str, str]:
    """Of the living passages that have one, by their text, in the space that serves the base."""
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.text, e.dense::text FROM knowledge_passage p
               JOIN embedding_space s ON s.base_id = p.base_id AND s.state = 'serving'
               JOIN embedding_vector e ON e.space_id = s.id AND e.passage_id = p.id
               JOIN knowledge_knowledgebase b ON b.id = p.base_id
               WHERE b.slug = %s AND p.died IS NULL""",
            [slug],
        )
        return dict(cursor.fetchall())


def _read(cast: Cast, question: str, *, day: date | None = None, version: int | None = None) -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        pins = pinned(actor=cast.mei.actor, bases={SHELF: "latest"}, on=day, version=version)
        found = retrieval.retrieve(actor=cast.mei.actor, question=question, bases=pins, limit=3)
        assert all(hit.dense is not None for hit in found.hits)
        return [hit.passage.text.split("\n")[-1] for hit in found.hits]


def test_another_base_begins_with_the_vectors_of_the_first(
    cast: Cast, ingest: Ingest, embedding_server: EmbeddingServer
) -> None:
    ingest(cast.zhou.actor, "rules.md", RULES, base=SHELF)
    embedding_server.asked.clear()
    ingest(cast.zhou.actor, "rules.md", RULES, base=OTHER)
    assert embedding_server.texts == []
    assert len(_vectors(cast)) == 3
    assert _vectors(cast, OTHER) == _vectors(cast)
    with tenancy.scope(cast.hemu.pk):
        space = Space.objects.get(base__slug=OTHER)
        assert (space.encoder, space.state, space.vectors, space.language) == (
            "openai:first", "serving", 3, "",
        )  # fmt: skip


def test_words_that_only_another_encoder_has_read_are_encoded(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer
) -> None:
    ingest(cast.zhou.actor, "rules.md", RULES, base=SHELF)
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    work_off(cast.zhou.actor)
    ingest(cast.zhou.actor, "sofas.md", _filler(2), base=OTHER)
    embedding_server.asked.clear()
    ingest(cast.zhou.actor, "copy.md", RULES, base=SHELF)
    assert embedding_server.texts == [], "the base has them by the encoder that serves it now"
    ingest(cast.zhou.actor, "sofas.md", _filler(2), base=SHELF)
    assert {body["model"] for body in embedding_server.asked} == {"second"}
    assert len(embedding_server.texts) == 2


def test_a_base_that_goes_back_encodes_nothing_and_is_searched_as_before(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer, large: None
) -> None:
    ingest(cast.zhou.actor, "sofas.md", _filler(), base=SHELF)
    document = ingest(cast.zhou.actor, "rules.md", RULES, base=SHELF)
    work_off(cast.zhou.actor)
    before, version = _vectors(cast), _base(cast).version
    found = _read(cast, "How long does delivery take?")
    assert found[0] == "Delivery takes nine days."
    services.delete_document(actor=cast.zhou.actor, document=document)
    assert _read(cast, "How long does delivery take?")[:1] != ["Delivery takes nine days."]
    embedding_server.asked.clear()
    with tenancy.scope(cast.hemu.pk):
        assert Space.objects.get(state="serving").indexed
        assert segments.covered(_base(cast).pk).passages == 40
    rollback.roll_back(actor=cast.zhou.actor, base=_base(cast), to=version)
    work_off(cast.zhou.actor)
    assert embedding_server.texts == []
    assert _vectors(cast) == before
    assert _read(cast, "How long does delivery take?") == found
    assert _read(cast, "How long does delivery take?", version=version) == found
    with tenancy.scope(cast.hemu.pk):
        assert Space.objects.get(state="serving").vectors == 46, "the dead ones and the living"


def test_each_day_reads_its_revision_through_the_indexes_of_a_large_base(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer, large: None
) -> None:
    ingest(cast.zhou.actor, "sofas.md", _filler(), base=SHELF)
    for text, since in ((RULES, date(2020, 1, 1)), (RULES.replace("nine", "four"), date(2026, 3, 1))):
        services.receive(
            actor=cast.zhou.actor, base=_base(cast), name="rules.md", chunks=[text.encode()],
            dates=Dates(since, None),
        )  # fmt: skip
        work_off(cast.zhou.actor)
    embedding_server.asked.clear()
    with tenancy.scope(cast.hemu.pk):
        assert Space.objects.get(state="serving").indexed
        document = Document.objects.get(name="rules.md")
    asked = "How many days does delivery take?"
    assert _read(cast, asked, day=date(2026, 2, 28))[0] == "Delivery takes nine days."
    assert _read(cast, asked, day=date(2026, 3, 1))[0] == "Delivery takes four days."
    dating.set_dates(
        actor=cast.zhou.actor, document=document, revision=1, dates=Dates(date(2021, 1, 1), None)
    )
    embedding_server.asked.clear()
    work_off(cast.zhou.actor)
    assert embedding_server.texts == []
    assert "Delivery takes nine days." not in _read(cast, asked, day=date(2020, 6, 1))
    assert _read(cast, asked, day=date(2021, 1, 1))[0] == "Delivery takes nine days."
    assert len([text for text in _vectors(cast) if "Delivery" in text]) == 2


def _edges(cast: Cast) -> tuple[list[tuple[str, str]], ...]:
    """What the living passages refer to and are."""
    with tenancy.scope(cast.hemu.pk):
        living = Passage.objects.filter(died=None)
        return tuple(
            sorted(table.objects.filter(passage__in=living).values_list("passage__text", "key"))
            for table in (Place, Link, Mention)
        )


def test_references_follow_a_passage_that_lives_again(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer
) -> None:
    document = ingest(cast.zhou.actor, "rules.md", RULES, base=SHELF)
    removed = ingest(cast.zhou.actor, "more.md", RULES.replace("nine", "four"), base=SHELF)
    version = _base(cast).version
    services.delete_document(actor=cast.zhou.actor, document=removed)
    extraction.turn_on(actor=cast.zhou.actor, base=_base(cast))
    work_off(cast.zhou.actor)
    places, links, _mentions = _edges(cast)
    assert ([key for _, key in places], [key for _, key in links]) == (
        ["section:1", "section:2", "section:3"], ["section:3"],
    )  # fmt: skip
    services.delete_document(actor=cast.zhou.actor, document=document)
    assert _edges(cast) == ([], [], [])
    rollback.roll_back(actor=cast.zhou.actor, base=_base(cast), to=version)
    again = _edges(cast)
    assert (len(again[0]), len(again[1])) == (6, 2), "of both, though one was gone when it was turned on"
    assert _led_to(cast) == ["Within thirty days of the invoice."]


def _led_to(cast: Cast, day: date | None = None) -> list[str]:
    """What the passage on orders refers to, as it stands in the base now."""
    base = _base(cast)
    with tenancy.scope(cast.hemu.pk):
        pin = BaseVersion(base, base.version, day or date(2026, 4, 1))
        pair = Passage.objects.filter(text__contains="An order", died=None, document__name="rules.md")
        seeds = [one.pk for one in pair if Window(one.applies_from, one.applies_until).holds(pin.on)]
        assert len(seeds) == 1
        reached = walking.expand(actor=cast.mei.actor, pin=pin, seeds=seeds)
        found = Passage.objects.filter(pk__in=[one.passage for one in reached])
        return [one.text.split("\n")[-1] for one in found]


def test_references_are_those_of_the_day(
    cast: Cast, work_off: WorkOff, embedding_server: EmbeddingServer, ingest: Ingest
) -> None:
    ingest(cast.zhou.actor, "sofas.md", _filler(3), base=SHELF)
    extraction.turn_on(actor=cast.zhou.actor, base=_base(cast))
    for text, since in ((RULES, date(2020, 1, 1)), (RULES.replace("thirty", "ten"), date(2026, 3, 1))):
        services.receive(
            actor=cast.zhou.actor, base=_base(cast), name="rules.md", chunks=[text.encode()],
            dates=Dates(since, None),
        )  # fmt: skip
        work_off(cast.zhou.actor)
    assert _led_to(cast, date(2026, 1, 1)) == ["Within thirty days of the invoice."]
    assert _led_to(cast, date(2026, 4, 1)) == ["Within ten days of the invoice."]


def test_what_is_purged_after_it_lived_twice_leaves_nothing(
    cast: Cast, ingest: Ingest, work_off: WorkOff, embedding_server: EmbeddingServer, large: None
) -> None:
    ingest(cast.zhou.actor, "sofas.md", _filler(), base=SHELF)
    extraction.turn_on(actor=cast.zhou.actor, base=_base(cast))
    document = ingest(cast.zhou.actor, "rules.md", RULES, base=SHELF)
    version = _base(cast).version
    services.delete_document(actor=cast.zhou.actor, document=document)
    rollback.roll_back(actor=cast.zhou.actor, base=_base(cast), to=version)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        gone = list(Passage.objects.filter(document=document).values_list("pk", flat=True))
        assert len(gone) == 6
        purge(document=Document.objects.get(pk=document.pk))
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM embedding_vector WHERE passage_id = ANY(%s)", [gone])
        assert cursor.fetchone() == (0,)
        for table in (Place, Link, Mention):
            assert not table.objects.filter(passage__in=gone).exists()
        base = _base(cast)
        assert segments.covered(base.pk).passages == 40
        keys = b"".join(bytes(keys) for keys in base.segments.values_list("keys", flat=True))
        assert not any(one.bytes in keys for one in gone)
