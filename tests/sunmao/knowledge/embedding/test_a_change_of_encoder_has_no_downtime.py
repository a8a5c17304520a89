"""New vectors are filled beside the old ones, and take over in one moment."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden, NotFound
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import run
from sunmao.knowledge import faults, reembedding, retrieval
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.embedding import spaces, tables
from sunmao.knowledge.embedding.models import Space, SpaceState
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of
from tests.fixtures.embedding_server import EmbeddingServer

SHELF = "shelf"
COLOURS = ("red", "green", "blue", "black", "white", "brown")


def _text(*colours: str) -> str:
    """One passage for each colour."""
    return "\n\n".join(f"# {colour}\n\nThe {colour} sofa has {colour} legs." for colour in colours)


@pytest.fixture
def document(cast: Cast, ingest: Ingest, embedding_server: EmbeddingServer) -> Document:
    return ingest(cast.zhou.actor, "sofas.md", _text(*COLOURS), base=SHELF)


def _base(cast: Cast) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=SHELF)


def _spaces(cast: Cast) -> list[tuple[str, str, int]]:
    with tenancy.scope(cast.hemu.pk):
        found = Space.objects.filter(base__slug=SHELF).order_by("created_at")
        counted = [(one.encoder, one.state, tables.count(one.pk), one.vectors) for one in found]
    assert all(rows == said for *_, rows, said in counted)
    return [(encoder, state, rows) for encoder, state, rows, _ in counted]


def _dense(cast: Cast, question: str = "a green sofa") -> dict[str, float | None]:
    """What a question finds, by the beginning of the passage."""
    base = _base(cast)
    with tenancy.scope(cast.hemu.pk):
        found = retrieval.retrieve(
            actor=cast.mei.actor, question=question, bases=[BaseVersion(base, base.version)]
        )
        return {(hit.passage.text.split() * 2)[1]: hit.dense for hit in found.hits}


class _Killed(BaseException):
    """What a SIGKILL would be, in this process."""


def _kill_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def point(here: str, _about: object = "") -> None:
        if here == name:
            raise _Killed

    monkeypatch.setattr(faults, "point", point)


def test_the_first_vectors_of_a_base_say_whose_they_are(cast: Cast, document: Document) -> None:
    assert _spaces(cast) == [("openai:first", "serving", 6)]
    with tenancy.scope(cast.hemu.pk):
        assert str(Space.objects.get().identity) == "first@-/64/l2"
    assert _dense(cast)["green"] == pytest.approx(max(filter(None, _dense(cast).values())))


def test_questions_keep_the_old_vectors_until_all_new_ones_are_there(
    cast: Cast, document: Document, work_off: WorkOff, embedding_server: EmbeddingServer
) -> None:
    before = _dense(cast)
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    assert _spaces(cast) == [("openai:first", "serving", 6), ("openai:second", "filling", 0)]
    assert _dense(cast) == before
    work_off(cast.zhou.actor)
    assert _spaces(cast) == [("openai:first", "kept", 6), ("openai:second", "serving", 6)]
    embedding_server.asked.clear()
    after = _dense(cast)
    assert after.keys() == before.keys()
    assert after != before
    assert [body["model"] for body in embedding_server.asked] == ["second"]
    assert verbs_of(cast.hemu)[-2:] == ["space.requested", "space.served"]


@pytest.mark.parametrize("point", ["between_batches", "before_change_over"])
def test_a_killed_worker_is_continued_and_nothing_is_encoded_twice(
    cast: Cast,
    document: Document,
    embedding_server: EmbeddingServer,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    point: str,
) -> None:
    monkeypatch.setattr(reembedding, "BATCH", 4)
    monkeypatch.setattr(reembedding, "LAST", 0)
    embedding_server.asked.clear()
    job = spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    with monkeypatch.context() as killing:
        _kill_at(killing, point)
        with pytest.raises(_Killed):
            run(str(cast.hemu.pk), str(job.pk))
    assert _dense(cast)["green"] is not None  # still by the old ones
    assert [state for _, state, _ in _spaces(cast)] == ["serving", "filling"]
    with tenancy.scope(cast.hemu.pk):
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    run(str(cast.hemu.pk), str(job.pk))
    assert _spaces(cast) == [("openai:first", "kept", 6), ("openai:second", "serving", 6)]
    second = [body for body in embedding_server.asked if body["model"] == "second"]
    texts = [text for body in second for text in body["input"] if "sofa has" in text]
    assert len(texts) == len(set(texts)) == 6


def test_what_is_uploaded_meanwhile_is_in_both(
    cast: Cast, document: Document, ingest: Ingest, work_off: WorkOff
) -> None:
    job = spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    with tenancy.scope(cast.hemu.pk):
        Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED)  # not yet
    ingest(cast.zhou.actor, "more.md", _text("pink", "grey"), base=SHELF)
    assert _spaces(cast) == [("openai:first", "serving", 8), ("openai:second", "filling", 0)]
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    work_off(cast.zhou.actor)
    assert _spaces(cast) == [("openai:first", "kept", 8), ("openai:second", "serving", 8)]
    assert _dense(cast, "a pink sofa")["pink"] is not None


def test_going_back_encodes_only_what_has_come_since(
    cast: Cast,
    document: Document,
    ingest: Ingest,
    work_off: WorkOff,
    embedding_server: EmbeddingServer,
) -> None:
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    work_off(cast.zhou.actor)
    ingest(cast.zhou.actor, "more.md", _text("pink"), base=SHELF)
    assert _spaces(cast) == [("openai:first", "kept", 6), ("openai:second", "serving", 7)]
    embedding_server.asked.clear()
    spaces.go_back(actor=cast.zhou.actor, base=_base(cast))
    work_off(cast.zhou.actor)
    assert _spaces(cast) == [("openai:first", "serving", 7), ("openai:second", "kept", 7)]
    assert [" ".join(text.split()[-5:]) for text in embedding_server.texts] == ["pink sofa has pink legs."]


def test_of_three_encoders_the_last_and_the_one_before_stay(
    cast: Cast, document: Document, work_off: WorkOff
) -> None:
    for encoder in ("openai:second", "openai:third"):
        spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder=encoder)
        work_off(cast.zhou.actor)
    assert _spaces(cast) == [("openai:second", "kept", 6), ("openai:third", "serving", 6)]


def test_vectors_of_other_weights_are_never_compared(
    cast: Cast, document: Document, ingest: Ingest, embedding_server: EmbeddingServer
) -> None:
    """The same name now stands for a model of another size."""
    from sunmao.knowledge import encoders

    embedding_server.dimensions = 32
    encoders.forget()
    assert set(_dense(cast).values()) == {None}
    ingest(cast.zhou.actor, "more.md", _text("pink"), base=SHELF)
    assert _spaces(cast) == [("openai:first", "serving", 6)]
    assert _dense(cast, "a pink sofa")["pink"] is None  # found by its words


def test_a_question_does_not_fail_with_the_server_of_its_encoder(
    cast: Cast, document: Document, embedding_server: EmbeddingServer
) -> None:
    embedding_server.statuses = [401]
    assert set(_dense(cast).values()) == {None}
    assert _dense(cast)["green"] is not None


def test_a_document_that_is_purged_leaves_no_vector(
    cast: Cast, document: Document, work_off: WorkOff
) -> None:
    from sunmao.knowledge.purging import purge

    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        purge(document=document)
        counts = [tables.count(space.pk) for space in Space.objects.all()]
        assert (counts, Passage.objects.count()) == ([0, 0], 0)


def test_an_encoder_for_english_alone_leaves_chinese_passages_where_they_are(
    cast: Cast, ingest: Ingest, embedding_server: EmbeddingServer, work_off: WorkOff
) -> None:
    ingest(
        cast.zhou.actor, "sofas.md", _text("red", "green") + "\n\n# 沙发\n\n沙发的保修期是三年。", base=SHELF
    )
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second", language="en")
    work_off(cast.zhou.actor)
    assert _spaces(cast) == [("openai:first", "serving", 3), ("openai:second", "serving", 2)]
    embedding_server.asked.clear()
    _dense(cast, "a green sofa")
    _dense(cast, "沙发的保修期")
    assert [body["model"] for body in embedding_server.asked] == ["second", "first"]


@pytest.mark.parametrize(
    ("what", "encoder", "code"),
    [("the one that serves", "openai:first", "encoder_in_use")],
)
def test_what_cannot_be_is_refused(
    cast: Cast, document: Document, what: str, encoder: str, code: str
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder=encoder)
    assert refused.value.code == code
    with pytest.raises(NotFound) as nothing:
        spaces.go_back(actor=cast.zhou.actor, base=_base(cast))
    assert nothing.value.code == "no_kept_vectors"
    assert state_of(cast.hemu) == before


def test_one_change_at_a_time(cast: Cast, document: Document) -> None:
    spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:second")
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        spaces.reembed(actor=cast.zhou.actor, base=_base(cast), encoder="openai:third")
    assert refused.value.code == "reembedding_under_way"
    assert state_of(cast.hemu) == before


def test_whoever_may_not_changes_nothing(cast: Cast, document: Document) -> None:
    before = state_of(cast.hemu)
    for person in (cast.mei, cast.ann):
        with pytest.raises(Forbidden):
            spaces.reembed(actor=person.actor, base=_base(cast), encoder="openai:second")
    assert state_of(cast.hemu) == before


def test_a_partition_in_use_cannot_be_dropped(cast: Cast, document: Document) -> None:
    from django.db import DatabaseError, transaction

    with tenancy.scope(cast.hemu.pk):
        space = Space.objects.get(state=SpaceState.SERVING)
        with pytest.raises(DatabaseError, match="is in use"), transaction.atomic():
            tables.drop_partition(space.pk, patience="1s")
    with (
        tenancy.scope(cast.qinghe.pk),
        pytest.raises(DatabaseError, match="not of this"),
        transaction.atomic(),
    ):
        tables.drop_partition(space.pk, patience="1s")
    assert _dense(cast)["green"] is not None


def test_a_new_base_of_the_same_house_has_vectors_of_its_own(
    cast: Cast, document: Document, ingest: Ingest
) -> None:
    knowledge.create_base(actor=cast.zhou.actor, slug="other")
    ingest(cast.zhou.actor, "sofas.md", _text("red"), base="other")
    with tenancy.scope(cast.hemu.pk):
        assert sorted(Space.objects.values_list("base__slug", "vectors")) == [("other", 1), (SHELF, 6)]
