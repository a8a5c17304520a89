from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.inference.engine import Capabilities, GenerationRequest, Token
from sunmao.training.datasets.models import DataSet, Row
from sunmao.training.runs import collecting, judging
from sunmao.training.runs.judging import Verdict
from sunmao.training.runs.models import Collection
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.training import dataset, right

pytestmark = pytest.mark.django_db


class Says:
    """An engine whose first answer is short and whose second is long; it reasons when it is told to."""

    capabilities = Capabilities()

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Any]]:
        for place, one in enumerate(requests):
            asked = one.messages[-1].content
            if one.messages[0].role == "system":
                yield place, Token(text=f"First this, then that. {right(0)} for {asked}")
            else:
                yield place, Token(text=asked + (" and more" if one.seed else ""))


class Longer:
    def compare(self, prompt: Any, a: str, b: str) -> Verdict:
        return Verdict("a" if len(a) > len(b) else "b", "it says more")

    def score(self, prompt: Any, text: str, answer: Any) -> float:
        return float(len(text) > 3)


class First(Longer):
    """Prefers a place, not an answer."""

    def compare(self, prompt: Any, a: str, b: str) -> Verdict:
        return Verdict("a", "it came first")


JUDGES = {"longer": Longer(), "first": First()}


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "engine", lambda name: Says())
    monkeypatch.setattr(collecting, "judge_of", lambda name, **_: JUDGES[name])


def collected(cast: Cast, source: str, into: str, judges: list[str]) -> tuple[Collection, list[Row]]:
    questions = dataset(cast.lin.actor, "prompts", count=4)
    with tenancy.scope(cast.hemu.pk):
        target = DataSet.objects.create(slug="made", title="Made", kind=into)
    made = collecting.collect(
        actor=cast.lin.actor, source=source, questions=questions, dataset=target, judges=judges
    )
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        made.refresh_from_db()
        return made, list(Row.objects.filter(dataset=target))


def test_judges_that_agree_with_themselves_make_preferences(cast: Cast) -> None:
    made, rows = collected(cast, "judges", "preference", ["longer", "first", "longer"])

    assert made.figures == {"questions": 4, "examples": 4, "left_out": 0, "version": 1}
    assert {(one.origin, one.review) for one in rows} == {("judge", "waiting")}
    assert all(one.data["chosen"] == one.data["rejected"] + " and more" for one in rows)
    assert rows[0].source["votes"] == [0, 2]


def test_a_judge_that_prefers_a_place_decides_nothing(cast: Cast) -> None:
    made, rows = collected(cast, "judges", "preference", ["first"])

    assert made.figures["left_out"] == 4
    assert rows == []


def test_only_traces_that_arrive_at_the_right_answer_are_kept(cast: Cast) -> None:
    made, rows = collected(cast, "traces", "chat", [])

    assert (made.figures["examples"], made.figures["left_out"]) == (1, 3)
    assert (rows[0].origin, rows[0].review) == ("trace", "waiting")
    assert rows[0].data["messages"][-1]["content"].startswith("First this, then that.")
    assert [one["role"] for one in rows[0].data["messages"]] == ["user", "assistant"]


def test_an_even_number_of_judges_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        collected(cast, "judges", "preference", ["longer", "first"])
    with tenancy.scope(cast.hemu.pk):
        assert Collection.objects.count() == 0


def test_a_judge_gives_rewards_where_one_is_named(cast: Cast, settings: Any) -> None:
    settings.SUNMAO_TRAINING_JUDGE = f"{__name__}.make"

    found = judging.worth_of(
        {"judge": "longer"},
        [{"prompt": [], "text": one, "answer": None} for one in ("ab", "abcd")],
        organisation_id=cast.hemu.pk,
    )

    assert found == [0.0, 1.0]


def make(name: str, **_organisation: object) -> Longer:
    return JUDGES[name]
