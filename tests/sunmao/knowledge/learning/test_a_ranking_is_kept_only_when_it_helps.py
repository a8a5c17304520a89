"""A base with enough confirmed questions may train its own order; one that does not help is not used."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, Forbidden, InvalidInput
from sunmao.jobs.models import Job
from sunmao.knowledge import ranking_training, retrieval
from sunmao.knowledge.learning import confirming, ranking
from sunmao.knowledge.learning.models import Ranking
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of

Questions = Callable[[random.Random], list[tuple[str, int]]]
TOPICS, EACH = 42, 6
SYLLABLES = ("ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pe", "ra", "so", "tu", "ve", "zo")


def _word(*numbers: int) -> str:
    return "".join(SYLLABLES[number % len(SYLLABLES)] for number in numbers) + "x"


def _formal(topic: int) -> str:
    return _word(topic, topic // 14, 3, 5)


def _lay(topic: int) -> str:
    return _word(7, topic // 14, topic, 2)


def _handbook() -> str:
    """Rules in official words, which nobody uses who asks."""
    rules = (
        f"## Rule {topic}\n\nThe {_formal(topic)} is governed by rule {topic}, see {_formal(topic + 1)}.\n"
        for topic in range(TOPICS)
    )
    return "# Handbook\n\n" + "\n".join(rules)


def _questions(draw: random.Random) -> list[tuple[str, int]]:
    """Everyday words, each time beside an official word that leads astray."""
    return [
        (f"what about the {_lay(topic)} {_noise(draw, n)} {_formal(draw.randrange(TOPICS))}", topic)
        for topic in range(TOPICS)
        for n in range(EACH)
    ]


def _plain_questions(draw: random.Random) -> list[tuple[str, int]]:
    """The official words themselves: search alone finds the rule."""
    return [
        (f"which rule governs the {_formal(topic)} {_noise(draw, n)}?", topic)
        for topic in range(TOPICS)
        for n in range(EACH)
    ]


def _noise(draw: random.Random, number: int) -> str:
    return _word(draw.randrange(14), number, 9)


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "handbook.md", _handbook(), base="handbook").base


def _teach(
    cast: Cast, base: KnowledgeBase, questions: Questions = _questions, *, count: int | None = None
) -> None:
    with tenancy.scope(cast.hemu.pk):
        by_label = {one.label: one for one in Passage.objects.filter(base_id=base.pk)}
    pairs = [
        (question, by_label[f"Rule {topic}"])
        for question, topic in questions(random.Random(5))  # noqa: S311
    ]
    confirming.import_pairs(actor=cast.zhou.actor, base=base, pairs=pairs[:count])


def _train(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> Ranking:
    ranking_training.request(actor=cast.zhou.actor, base=base)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        return Ranking.objects.get(base=base)


def _first(actor: Actor, base: KnowledgeBase, question: str, version: int) -> str:
    with tenancy.scope(actor.organisation_id):
        pin = BaseVersion(base, version)
        return retrieval.retrieve(actor=actor, question=question, bases=[pin], limit=3).hits[0].passage.label


def test_it_helps_is_used_from_the_next_version_on_and_taken_out_of_use_still_serves_its_own(
    cast: Cast, base: KnowledgeBase, work_off: WorkOff
) -> None:
    _teach(cast, base)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
    before = base.version
    made = _train(cast, base, work_off)
    assert (made.state, made.number, made.questions) == ("active", 1, TOPICS * EACH)
    assert made.metrics["mrr_after"] > made.metrics["mrr_before"] + 0.1
    assert (made.born, base.version) == (before + 1, before + 1)
    assert verbs_of(cast.hemu)[-1] == "ranking.trained"
    with tenancy.scope(cast.hemu.pk):
        serving = [ranking.active(BaseVersion(base, version)) for version in (before, base.version)]
    assert serving == [None, made.pk]
    asked = [(f"tell me of the {_lay(topic)} {_formal(topic + 20)}", f"Rule {topic}") for topic in range(10)]
    assert [_first(cast.mei.actor, base, question, base.version) for question, _ in asked] == [
        label for _, label in asked
    ]

    then = base.version
    ranking_training.retire(actor=cast.zhou.actor, base=base)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        assert ranking.active(BaseVersion(base, then)) == made.pk
        assert ranking.active(BaseVersion(base, base.version)) is None
    assert (base.version, verbs_of(cast.hemu)[-1]) == (then + 1, "ranking.retired")


def test_where_nothing_is_left_to_gain_it_is_refused(
    cast: Cast, base: KnowledgeBase, work_off: WorkOff
) -> None:
    _teach(cast, base, _plain_questions)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
    before = base.version
    made = _train(cast, base, work_off)
    assert (made.state, made.born, base.version) == ("refused", None, before)
    with tenancy.scope(cast.hemu.pk):
        assert ranking.active(BaseVersion(base, base.version)) is None


def test_two_trainings_at_once_make_no_sense(cast: Cast, base: KnowledgeBase) -> None:
    _teach(cast, base)
    ranking_training.request(actor=cast.zhou.actor, base=base)
    with pytest.raises(Conflict):
        ranking_training.request(actor=cast.zhou.actor, base=base)
    with tenancy.scope(cast.hemu.pk):
        assert Job.objects.filter(kind="learning.train_ranking").count() == 1


@pytest.fixture
def unchanged(cast: Cast, base: KnowledgeBase) -> Iterator[None]:
    _teach(cast, base, count=199)
    before = state_of(cast.hemu)
    yield
    assert state_of(cast.hemu) == before


@pytest.mark.usefixtures("unchanged")
def test_a_few_questions_are_not_enough(cast: Cast, base: KnowledgeBase) -> None:
    with pytest.raises(InvalidInput) as caught:
        ranking_training.request(actor=cast.zhou.actor, base=base)
    assert (caught.value.code, caught.value.fields) == ("too_few_questions", {"questions": "199"})


@pytest.mark.usefixtures("unchanged")
def test_who_only_asks_trains_nothing(cast: Cast, base: KnowledgeBase) -> None:
    with pytest.raises(Forbidden):
        ranking_training.request(actor=cast.mei.actor, base=base)
    with pytest.raises(Forbidden):
        ranking_training.retire(actor=cast.mei.actor, base=base)
