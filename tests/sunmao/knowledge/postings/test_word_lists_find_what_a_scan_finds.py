"""Large bases are searched through word lists: the same passages, the same scores, the same access."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.knowledge import retrieval
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.embedding import by_vector
from sunmao.knowledge.models import Document, KnowledgeBase, Passage, Quarantine
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.postings import by_word, search, segments
from sunmao.knowledge.postings.models import Segment
from sunmao.knowledge.text.lexical import query_dimensions, query_vector
from sunmao.knowledge.vectors import sparse_literal
from sunmao.knowledge.wording import document_frequencies
from tests.fixtures import Cast, Ingest, WorkOff

SHELF, LIMIT = "shelf", 10
WORDS = [
    f"{a}{b}{c}" for a in ("ba", "ke", "lo", "mi") for b in ("da", "fe", "ro", "su") for c in ("n", "x", "t")
]
EXACT = 1e-3


def _book(seed: int, chapters: int) -> str:
    """Common words at the front of the list, rare ones at its end; every chapter is a passage."""
    chance = random.Random(seed)  # noqa: S311  reproducible, not secret
    return "\n\n".join(
        f"# Chapter {seed}-{number}\n\n"
        + " ".join(WORDS[min(int(chance.expovariate(0.12)), len(WORDS) - 1)] for _ in range(25))
        + "."
        for number in range(chapters)
    )


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of large bases, at sizes of a test."""
    for name, value in (("LISTED_FROM", 50), ("LEAST_NEWER", 30), ("BLOCK", 64), ("READ", 32)):
        monkeypatch.setattr(segments, name, value)
    monkeypatch.setattr(search, "FEW", 12)
    search.kept.clear()


@pytest.fixture
def base(cast: Cast, ingest: Ingest, work_off: WorkOff) -> KnowledgeBase:
    for seed in range(3):
        ingest(cast.zhou.actor, f"book-{seed}.md", _book(seed, 60), base=SHELF)
        work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        found = KnowledgeBase.objects.get(slug=SHELF)
        assert segments.covered(found.pk).passages == 180
        return found


def _values(base: KnowledgeBase, question: str, **more: Any) -> tuple[dict[int, float], dict[str, Any]]:
    terms = query_dimensions(question)
    pin = BaseVersion(base, base.version)
    weights = query_vector(terms, document_frequencies(pin, terms), base.passage_count)
    values = {
        "base": base.pk,
        "version": base.version,
        "on": pin.on,
        "internal": False,
        "lexical": sparse_literal(weights),
        **by_vector.parameters(None),
        "limit": LIMIT,
        **more,
    }
    return weights, values


def _both(base: KnowledgeBase, question: str, **more: Any) -> tuple[by_word.Scored, by_word.Scored]:
    weights, values = _values(base, question, **more)
    listed = by_word.best(weights, retrieval.LEXICAL, retrieval.NAMED, values, retrieval._scored)
    return listed, retrieval._scored(retrieval.LEXICAL, values)


def _same(listed: by_word.Scored, scanned: by_word.Scored) -> None:
    """The same scores in the same order; passages of equal score may change places."""
    right = sorted((score for score, _ in scanned.values() if score > 0), reverse=True)
    ours = sorted((score for score, _ in listed.values() if score > 0), reverse=True)
    assert ours[: len(right)] == pytest.approx(right, abs=EXACT)
    for passage in listed.keys() & scanned.keys():
        assert listed[passage][0] == pytest.approx(scanned[passage][0], abs=EXACT)


def _questions(count: int) -> list[str]:
    chance = random.Random(7)  # noqa: S311  reproducible, not secret
    return [" ".join(chance.sample(WORDS, chance.randint(1, 8))) for _ in range(count)]


def test_the_best_are_those_of_a_scan(cast: Cast, base: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        for question in _questions(40):
            listed, scanned = _both(base, question)
            assert len([score for score, _ in scanned.values() if score > 0]) > 0
            _same(listed, scanned)


def test_long_lists_are_left_unread_where_they_change_nothing(
    cast: Cast, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = search._entries

    def counting(segment: Any, words: Any) -> Any:
        read.extend(word.passages for word in words)
        return real(segment, words)

    monkeypatch.setattr(search, "_entries", counting)
    with tenancy.scope(cast.hemu.pk):
        weights, values = _values(base, f"{WORDS[0]} {WORDS[30]} {WORDS[35]}", limit=2)
        by_word.best(weights, retrieval.LEXICAL, retrieval.NAMED, values, retrieval._scored)
        known = search.look_up(base=base.pk, weights=weights)
    assert 0 < sum(read) < sum(word.passages for segment in known for word in segment.words)


def test_newer_passages_are_found_before_they_are_listed(
    cast: Cast, base: KnowledgeBase, ingest: Ingest, work_off: WorkOff
) -> None:
    ingest(cast.zhou.actor, "news.md", "# News\n\nThe zebra sleeps.", base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        assert segments.covered(base.pk).passages == 180
        listed, scanned = _both(base, f"zebra {WORDS[3]} {WORDS[20]}")
        _same(listed, scanned)
        zebra = Passage.objects.get(text__contains="zebra")
        assert max(listed, key=lambda passage: listed[passage][0]) == zebra.pk


def test_removed_and_held_passages_take_nobodys_place(cast: Cast, base: KnowledgeBase) -> None:
    """Two of three books go: many of those that score most may not be read any more."""
    with tenancy.scope(cast.hemu.pk):
        for name in ("book-0.md", "book-1.md"):
            knowledge.delete_document(actor=cast.zhou.actor, document=Document.objects.get(name=name))
        base.refresh_from_db()
        held = Passage.objects.filter(document__name="book-2.md")[0]
        Passage.objects.filter(pk=held.pk).update(quarantine=Quarantine.HELD)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE knowledge_passage_vector SET held = true WHERE passage_id = %s", [held.pk])
        living = set(Passage.objects.filter(died=None).exclude(pk=held.pk).values_list("pk", flat=True))
        for question in _questions(15):
            listed, scanned = _both(base, question)
            _same(listed, scanned)
            assert set(listed) <= living
            old, old_scan = _both(base, question, version=base.version - 2)
            _same(old, old_scan)


def test_a_base_for_staff_stays_closed(cast: Cast, base: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        KnowledgeBase.objects.filter(pk=base.pk).update(audience="staff")
        base.refresh_from_db()
        assert _both(base, WORDS[3])[0] == {}
        assert _both(base, WORDS[3], internal=True)[0] != {}
    with tenancy.scope(cast.qinghe.pk):
        weights, values = _values(base, WORDS[3])
        assert (
            by_word.best(weights or {1: 1.0}, retrieval.LEXICAL, retrieval.NAMED, values, retrieval._scored)
            == {}
        )


def test_what_is_purged_is_in_no_list_any_more(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    from sunmao.knowledge.purging import purge

    with tenancy.scope(cast.hemu.pk):
        purge(document=Document.objects.get(name="book-0.md"))
        assert not Segment.objects.exists()
        base.refresh_from_db()
        _same(*_both(base, WORDS[3]))
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        assert segments.covered(base.pk).passages == 120
        _same(*_both(base, WORDS[3]))


def test_many_small_lists_become_few(
    cast: Cast, base: KnowledgeBase, ingest: Ingest, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 3)
    ingest(cast.zhou.actor, "book-9.md", _book(9, 60), base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        assert segments.covered(base.pk) == segments.Covered(upto=base.version, passages=240, segments=4)
        assert Segment.objects.filter(upto=base.version).count() == 4  # blocks of 64, made anew
        _same(*_both(base, WORDS[3]))
