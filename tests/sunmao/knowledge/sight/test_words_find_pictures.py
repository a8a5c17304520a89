"""Where an encoder of pictures is configured, words find pictures that nobody described."""

from __future__ import annotations

import io
from typing import Any

import pytest

from sunmao.core import files, tenancy
from sunmao.jobs.models import Job
from sunmao.knowledge import retrieval
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.embedding import spaces, tables
from sunmao.knowledge.embedding.models import Medium, Space
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from tests.fixtures import Cast, Ingest, Person, WorkOff
from tests.fixtures.picture_model import COLOURS, plain_picture

SHELF = "shelf"


@pytest.fixture(autouse=True)
def _without_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sunmao.knowledge.sandbox.reading.can_recognise", lambda: False)


def word(*pictures: bytes) -> bytes:
    """A document whose pictures say nothing of what they show."""
    import docx

    made = docx.Document()
    made.add_heading("Covers", 1)
    made.add_paragraph("Our covers come in several looks.")
    for number, data in enumerate(pictures, 1):
        shown = made.add_picture(io.BytesIO(data))
        shown._inline.docPr.set("descr", f"Figure {number}")
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def _picture(colour: str, shade: int = 0) -> bytes:
    return plain_picture(colour, shade=shade, size=160)


@pytest.fixture
def covers(cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str) -> Document:
    made = ingest(cast.zhou.actor, "covers.docx", word(*map(_picture, COLOURS)), base=SHELF)
    work_off(cast.zhou.actor)
    return made


def _base(cast: Cast, slug: str = SHELF) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=slug)


def _found(person: Person, base: KnowledgeBase, question: str, **how: Any) -> retrieval.Retrieved:
    with tenancy.scope(person.actor.organisation_id):
        version = how.pop("version", base.version)
        return retrieval.retrieve(
            actor=person.actor, question=question, bases=[BaseVersion(base, version)], **how
        )


def _seen(found: retrieval.Retrieved) -> list[str]:
    """The pictures that stood out, by their captions."""
    return [hit.passage.label for hit in found.hits if hit.lexical == 0 and hit.seen is not None]


def _pictures(cast: Cast) -> list[tuple[str, str, int]]:
    with tenancy.scope(cast.hemu.pk):
        found = Space.objects.filter(base__slug=SHELF, medium=Medium.PICTURE).order_by("created_at")
        return [(one.encoder, one.state, tables.count(one.pk)) for one in found]


@pytest.mark.parametrize(("place", "colour"), list(enumerate(COLOURS, 1)))
def test_a_question_finds_the_picture_of_what_it_says(
    cast: Cast, covers: Document, place: int, colour: str
) -> None:
    assert _seen(_found(cast.mei, _base(cast), colour))[:1] == [f"Figure {place}"]


def test_it_comes_after_what_was_found_by_words_and_decides_nothing(cast: Cast, covers: Document) -> None:
    found = _found(cast.mei, _base(cast), "Do they come in several looks, red?", trace=True)
    assert found.hits[0].passage.kind != "image"
    assert _seen(found)
    assert found.trace is not None
    (stage,) = found.trace.named("seen")
    assert stage.found == len(COLOURS)
    unseen = _found(cast.mei, _base(cast), "red")
    assert (unseen.judgement.accepted, unseen.judgement.reason) == (False, "nothing")


def test_words_that_fit_every_picture_bring_up_none(cast: Cast, covers: Document) -> None:
    assert _seen(_found(cast.mei, _base(cast), "a picture")) == []


def test_without_an_encoder_nothing_looks_at_pictures(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    ingest(cast.zhou.actor, "covers.docx", word(_picture("red")), base=SHELF)
    work_off(cast.zhou.actor)
    assert _pictures(cast) == []
    assert _found(cast.mei, _base(cast), "red").hits == ()


def test_a_picture_that_was_seen_is_not_looked_at_again(
    cast: Cast, covers: Document, ingest: Ingest, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    encode = "sunmao.knowledge.encoders.SentenceTransformerEncoder.encode_pictures"
    real = spaces.encoders.SentenceTransformerEncoder.encode_pictures
    monkeypatch.setattr(encode, lambda self, shown: looked.append(len(shown)) or real(self, shown))
    ingest(cast.zhou.actor, "more.docx", word(_picture("red"), _picture("red", 5)), base=SHELF)
    work_off(cast.zhou.actor)
    assert looked == [1]
    assert _pictures(cast)[0][2] == len(COLOURS) + 2


def test_another_organisation_and_people_without_the_right_find_none(
    cast: Cast, covers: Document, ingest: Ingest, work_off: WorkOff
) -> None:
    with tenancy.scope(cast.omar.actor.organisation_id):
        assert Space.objects.filter(medium=Medium.PICTURE).count() == 0
    own = ingest(cast.omar.actor, "own.docx", word(_picture("blue")), base=SHELF)
    work_off(cast.omar.actor)
    with tenancy.scope(cast.omar.actor.organisation_id):
        base = KnowledgeBase.objects.get(slug=SHELF)
        found = retrieval.retrieve(
            actor=cast.omar.actor, question="red", bases=[BaseVersion(base, base.version)]
        )
        assert {hit.passage.document_id for hit in found.hits} <= {own.pk}
    shelf = _base(cast)
    with tenancy.scope(cast.hemu.pk):
        KnowledgeBase.objects.filter(pk=shelf.pk).update(audience="staff")
    assert _found(cast.mei, shelf, "red").hits == ()
    assert _seen(_found(cast.zhou, shelf, "red"))


def test_a_removed_document_shows_none_of_its_pictures_but_its_old_version_is_whole(
    cast: Cast, covers: Document
) -> None:
    version = _base(cast).version
    knowledge.delete_document(actor=cast.zhou.actor, document=covers)
    assert _found(cast.mei, _base(cast), "red").hits == ()
    assert _found(cast.mei, _base(cast), "red", version=version).hits == ()


def test_what_no_decoder_reads_is_marked_and_not_tried_for_ever(
    cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str
) -> None:
    broken = _picture("red")[:60]
    document = ingest(cast.zhou.actor, "covers.docx", word(_picture("blue")), base=SHELF)
    with tenancy.scope(cast.hemu.pk):
        stored = files.store(organisation_id=cast.hemu.pk, chunks=[broken], limit=1000)
        shown = Passage.objects.get(document=document, kind="image")
        shown.image = {"sha256": stored.sha256, "media_type": "image/png"}
        shown.save()
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        shown.refresh_from_db()
        assert shown.image == {"sha256": stored.sha256, "media_type": "image/png", "unseen": True}
        states = Job.objects.filter(kind="embedding.settle").values_list("state", flat=True)
        assert set(states) == {"succeeded"}
    assert _found(cast.mei, _base(cast), "blue").hits == ()


def test_another_encoder_takes_over_when_all_its_vectors_are_there(
    cast: Cast, covers: Document, work_off: WorkOff, sees_pictures: str
) -> None:
    other = f"{sees_pictures}@second"
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder=other, medium=Medium.PICTURE)
    assert [state for _, state, _ in _pictures(cast)] == ["serving", "filling"]
    work_off(cast.zhou.actor)
    assert _pictures(cast) == [(sees_pictures, "kept", 4), (other, "serving", 4)]
    spaces.encoders.encoder(other)
    assert _seen(_found(cast.mei, _base(cast), "red"))[:1] == ["Figure 1"]


def test_the_vectors_of_words_are_another_matter(cast: Cast, covers: Document) -> None:
    with tenancy.scope(cast.hemu.pk):
        assert spaces.serving([_base(cast).pk], "en") == {}
        found = spaces.spaces_of(actor=cast.zhou.actor, base=_base(cast))
    assert [one.medium for one in found] == ["picture"]


def test_a_photo_without_words_is_a_document(
    cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str
) -> None:
    photo = ingest(cast.zhou.actor, "IMG_1.png", _picture("yellow"), base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        shown = Passage.objects.get(document=photo, kind="image")
        assert photo.current is not None
        assert shown.image == {"sha256": photo.current.sha256, "media_type": "image/png"}
    found = _found(cast.mei, _base(cast), "yellow")
    assert [hit.passage.document_id for hit in found.hits] == [photo.pk]


def test_a_picture_that_nobody_described_is_found(
    cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str
) -> None:
    import docx

    made = docx.Document()
    made.add_paragraph("Nothing is said of what follows.")
    made.add_picture(io.BytesIO(_picture("green")))
    held = io.BytesIO()
    made.save(held)
    ingest(cast.zhou.actor, "plain.docx", held.getvalue(), base=SHELF)
    work_off(cast.zhou.actor)
    found = _found(cast.mei, _base(cast), "green")
    assert [(hit.passage.kind, hit.passage.label) for hit in found.hits] == [("image", "")]
