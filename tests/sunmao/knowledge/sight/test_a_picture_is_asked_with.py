"""A picture finds pictures like it and the texts near to it, and is forgotten when it was tried."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput, TooLong
from sunmao.guards.images import ProtectedImage
from sunmao.knowledge import by_picture
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.trials import presenting, trying
from sunmao.knowledge.trials.models import Trial, TrialState
from tests.fixtures import Cast, Ingest, Person, WorkOff, state_of
from tests.fixtures.picture_model import COLOURS, plain_picture
from tests.sunmao.knowledge.sight.test_words_find_pictures import SHELF, word

TEXT = "# Red covers\n\nred\n\n# Blue covers\n\nblue\n"


@pytest.fixture(autouse=True)
def _without_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sunmao.knowledge.sandbox.reading.can_recognise", lambda: False)
    monkeypatch.setattr("sunmao.knowledge.by_picture.can_recognise", lambda: False)


@pytest.fixture
def covers(cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str) -> Document:
    shown = [plain_picture(colour, size=160) for colour in COLOURS]
    made = ingest(cast.zhou.actor, "covers.docx", word(*shown), base=SHELF)
    work_off(cast.zhou.actor)
    return made


def _pin(person: Person, slug: str = SHELF) -> BaseVersion:
    with tenancy.scope(person.actor.organisation_id):
        base = KnowledgeBase.objects.get(slug=slug)
    return BaseVersion(base, base.version)


def _tried(person: Person, picture: bytes) -> dict[str, Any]:
    pin = _pin(person)
    result = trying.look_at(actor=person.actor, picture=picture, bases=[pin])
    with tenancy.scope(person.actor.organisation_id):
        return presenting.tried(actor=person.actor, question="", result=result, pins=[pin])


@pytest.mark.parametrize(("place", "colour"), list(enumerate(COLOURS, 1)))
def test_a_picture_finds_the_one_that_is_like_it(
    cast: Cast, covers: Document, place: int, colour: str
) -> None:
    found = _tried(cast.zhou, plain_picture(colour, shade=12, size=90))
    assert found["hits"][0]["passage"]["label"] == f"Figure {place}"
    assert found["hits"][0]["seen"] > 0.9
    assert (found["by_picture"], found["accepted"], found["question"]) == (True, None, "")


def test_it_finds_texts_where_one_encoder_reads_both(
    cast: Cast, covers: Document, ingest: Ingest, work_off: WorkOff, sees_pictures: str, settings: Any
) -> None:
    settings.SUNMAO_ENCODERS = {"*": sees_pictures}
    ingest(cast.zhou.actor, "colours.md", TEXT, base=SHELF)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        assert sorted(Space.objects.values_list("medium", flat=True)) == ["picture", "text"]
    found = _tried(cast.zhou, plain_picture("red", size=90))
    texts = [hit["passage"] for hit in found["hits"] if hit["seen"] is None and hit["dense"] is not None]
    of_colours = [one["text"] for one in texts if one["document_id"] != str(covers.pk)]
    assert of_colours == ["red", "blue"]


def test_what_is_written_in_it_is_asked_too(
    cast: Cast, covers: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_picture, "can_recognise", lambda: True)
    monkeypatch.setattr(by_picture, "_words", lambda data: "several looks")
    found = _tried(cast.zhou, plain_picture("red"))
    assert found["question"] == "several looks"
    stages = [stage["name"] for stage in found["stages"]]
    assert [one for one in stages if one in ("read", "lexical", "seen", "together")] == [
        "read", "lexical", "seen", "seen", "together",
    ]  # fmt: skip
    assert {hit["passage"]["kind"] for hit in found["hits"]} > {"image"}


def test_a_base_whose_pictures_nobody_sees_says_so(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "a.md", "# A\n\nWords.", base=SHELF)
    with pytest.raises(by_picture.NothingSees):
        trying.look_at(actor=cast.zhou.actor, picture=plain_picture("red"), bases=[_pin(cast.zhou)])


def test_faces_are_covered_before_anything_looks(
    cast: Cast, covers: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[bytes, str]] = []

    def protect(data: bytes, mode: str, *, words: str = "") -> ProtectedImage:
        asked.append((data, mode))
        return ProtectedImage(plain_picture("blue"))

    monkeypatch.setattr("sunmao.knowledge.privacy.protect_confined", protect)
    found = _tried(cast.zhou, plain_picture("red"))
    assert [data for data, _ in asked] == [plain_picture("red")]
    assert found["hits"][0]["passage"]["label"] == "Figure 3"


def test_a_worker_tries_it_and_then_nobody_has_it_any_more(cast: Cast, covers: Document) -> None:
    made = trying.ask(actor=cast.zhou.actor, picture=plain_picture("green"), bases=[_pin(cast.zhou)])
    with tenancy.scope(cast.hemu.pk):
        made = Trial.objects.get(pk=made.pk)
        assert str(made.picture).startswith("iVBOR")
    worker = cast.lin.actor
    trying.work(organisation_id=cast.hemu.pk, trial_id=made.pk, worker=worker)
    with tenancy.scope(cast.hemu.pk):
        made = Trial.objects.get(pk=made.pk)
        assert (made.state, made.picture, made.question) == (TrialState.DONE, None, "")
        shown = presenting.trial(actor=cast.zhou.actor, found=made, pins=[_pin(cast.zhou)])
    assert shown["hits"][0]["passage"]["label"] == "Figure 2"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"words, not a picture", InvalidInput),
        (b"GIF89a" + b"0" * 50, InvalidInput),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 5_000_000, TooLong),
    ],
    ids=["text", "another kind", "too large"],
)
def test_what_is_no_picture_or_too_large_is_refused(
    cast: Cast, covers: Document, data: bytes, error: type[Exception]
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(error):
        trying.ask(actor=cast.zhou.actor, picture=data, bases=[_pin(cast.zhou)])
    assert state_of(cast.hemu) == before


def test_whoever_may_not_test_a_base_may_not_ask_it_with_a_picture(cast: Cast, covers: Document) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        trying.ask(actor=cast.mei.actor, picture=plain_picture("red"), bases=[_pin(cast.zhou)])
    with pytest.raises(Forbidden):
        trying.look_at(actor=cast.mei.actor, picture=plain_picture("red"), bases=[_pin(cast.zhou)])
    assert state_of(cast.hemu) == before
