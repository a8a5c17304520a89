from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.ids import new_id
from sunmao.evaluation.judging import judges
from sunmao.evaluation.judging.asking import JudgeUnreadable
from sunmao.evaluation.judging.models import Calibration, Judge, Mode, Round
from sunmao.evaluation.models import Run, Suite
from sunmao.inference.engine import Capabilities, GenerationRequest, Token
from sunmao.modelhub.models import Adapter, AdapterVersion, BaseModel
from sunmao.releases.models import Release
from sunmao.training.datasets.models import DataSet, Row
from sunmao.training.runs import collecting, judging, starting
from sunmao.training.runs.errors import TrainingConflict
from sunmao.training.runs.models import Collection, Training
from sunmao.training.runs.starting import Wanted
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of
from tests.fixtures.training import SETTINGS, dataset, right
from tests.sunmao.inference.strategies.ruled import Ruled

pytestmark = pytest.mark.django_db
_QUOTED = re.compile(r'<passage-\w+ n="\d" title="([^"]*)">\n(.*?)\n</passage', re.DOTALL)


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


def longer(request: GenerationRequest) -> str:
    """Prefers the longer answer, and grades one of more than three signs with a 4."""
    seen = dict(_QUOTED.findall(request.prompt))
    if "Answer" in seen:
        return json.dumps({"reasons": "counted", "score": 4 if len(seen["Answer"]) > 3 else 1})
    choice = "A" if len(seen["Answer A"]) > len(seen["Answer B"]) else "B"
    return json.dumps({"reasons": "it says more", "choice": choice})


def first(_request: GenerationRequest) -> str:
    return '{"reasons": "it came first", "choice": "A"}'


RULES = {"longer": longer, "wordy": longer, "first": first, "dumb": lambda _request: "I would rather not."}


@pytest.fixture
def engines(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, Ruled]:
    """A judge of the organisation for each rule, whose engine follows it."""
    made = {name: Ruled(rule) for name, rule in RULES.items()}
    for name in RULES:
        judges.create_judge(actor=cast.lin.actor, slug=name, engine="openai", criteria=name)
    monkeypatch.setattr(collecting, "engine", lambda name: Says())
    ready = judges.ready

    def as_ruled(judge: Judge) -> Any:
        monkeypatch.setattr(judges, "engine_named", lambda _name: made[judge.slug])
        return ready(judge)

    monkeypatch.setattr(judges, "ready", as_ruled)
    return made


def confirm(cast: Cast, slug: str, *, kappa: float = 0.9, model: str = "ruled-1") -> None:
    """As if people had rated thirty answers and the judge had been held against them."""
    with tenancy.scope(cast.hemu.pk):
        judge = Judge.objects.get(slug=slug)
        suite = Suite.objects.create(slug=f"s-{slug}", title="S", vertical="customer_service", task="ask")
        release = Release.objects.get(vertical="customer_service", task="ask", state="serving")
        run = Run.objects.create(suite=suite, version=1, release=release, finished_at=now())
        for mode in Mode.values:
            rated = Round.objects.create(title="R", mode=mode, run=run, state="closed", closed_at=now())
            Calibration.objects.create(
                judge=judge, version=judge.version, round=rated, model=model, finished_at=now(),
                figures={"items": 30, "kappa": kappa},
            )  # fmt: skip


def collected(cast: Cast, source: str, into: str, named: list[str]) -> tuple[Collection, list[Row]]:
    questions = dataset(cast.lin.actor, "prompts", count=4)
    with tenancy.scope(cast.hemu.pk):
        target = DataSet.objects.create(slug="made", title="Made", kind=into)
    made = collecting.collect(
        actor=cast.lin.actor, source=source, questions=questions, dataset=target, judges=named
    )
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        made.refresh_from_db()
        return made, list(Row.objects.filter(dataset=target))


def test_a_judge_that_agrees_with_itself_makes_preferences(cast: Cast, engines: dict[str, Ruled]) -> None:
    made, rows = collected(cast, "judges", "preference", ["longer"])

    assert made.figures == {"questions": 4, "examples": 4, "left_out": 0, "version": 1}
    assert {(one.origin, one.review) for one in rows} == {("judge", "waiting")}
    assert all(one.data["chosen"] == one.data["rejected"] + " and more" for one in rows)
    assert (rows[0].source["judges"], rows[0].source["unconfirmed"]) == (["longer"], ["longer"])
    assert rows[0].source["reasons"] == ["it says more"]


def test_three_judges_debate_and_the_majority_decides(cast: Cast, engines: dict[str, Ruled]) -> None:
    confirm(cast, "longer")
    made, rows = collected(cast, "judges", "preference", ["longer", "first", "wordy"])

    assert made.figures["examples"] == 4
    assert rows[0].source["before"] == rows[0].source["after"] == ["second", "tie", "second"]
    assert (rows[0].source["rebutted"], rows[0].source["unanimous"]) == (True, False)
    assert rows[0].source["unconfirmed"] == ["first", "wordy"]


@pytest.mark.parametrize("judge", ["first", "dumb"])
def test_a_judge_that_prefers_a_place_or_cannot_be_read_decides_nothing(
    judge: str, cast: Cast, engines: dict[str, Ruled]
) -> None:
    made, rows = collected(cast, "judges", "preference", [judge])

    assert made.figures["left_out"] == 4
    assert rows == []


def test_only_traces_that_arrive_at_the_right_answer_are_kept(cast: Cast, engines: dict[str, Ruled]) -> None:
    made, rows = collected(cast, "traces", "chat", [])

    assert (made.figures["examples"], made.figures["left_out"]) == (1, 3)
    assert (rows[0].origin, rows[0].review) == ("trace", "waiting")
    assert rows[0].data["messages"][-1]["content"].startswith("First this, then that.")
    assert [one["role"] for one in rows[0].data["messages"]] == ["user", "assistant"]


def test_what_was_made_of_somebodys_words_is_still_theirs(cast: Cast, engines: dict[str, Ruled]) -> None:
    questions, whose = dataset(cast.lin.actor, "prompts", count=2), new_id()
    with tenancy.scope(cast.hemu.pk):
        Row.objects.filter(dataset=questions.dataset).update(person_key=whose)
        target = DataSet.objects.create(slug="made", title="Made", kind="preference")
    for _twice in range(2):
        collecting.collect(
            actor=cast.lin.actor, source="judges", questions=questions, dataset=target, judges=["longer"]
        )
        run_waiting_jobs(cast.lin.actor)

    with tenancy.scope(cast.hemu.pk):
        assert [one.person_key for one in Row.objects.filter(dataset=target)] == [whose, whose]


@pytest.mark.parametrize(
    ("named", "error"),
    [
        (["longer", "longer"], InvalidInput), (["longer", "first", "wordy", "dumb"], InvalidInput),
        ([], InvalidInput), (["nobody"], NotFound),
    ],
)  # fmt: skip
def test_judges_that_cannot_decide_are_refused(
    named: list[str], error: type[Exception], cast: Cast, engines: dict[str, Ruled]
) -> None:
    with pytest.raises(error):
        collected(cast, "judges", "preference", named)
    with tenancy.scope(cast.hemu.pk):
        assert Collection.objects.count() == 0


def test_an_adapter_of_somebody_else_writes_nothing(cast: Cast, engines: dict[str, Ruled]) -> None:
    questions = dataset(cast.lin.actor, "prompts", count=4)
    with tenancy.scope(cast.qinghe.pk):
        base = BaseModel.objects.create(slug="theirs")
        adapter = Adapter.objects.create(base=base, slug="theirs")
        version = AdapterVersion.objects.create(
            adapter=adapter,
            number=1,
            name="qinghe.theirs.v1",
            state="ready",
            size=1,
            rank=1,
            alpha=1,
            parameters=1,
        )
    with tenancy.scope(cast.hemu.pk):
        target = DataSet.objects.create(slug="made", title="Made", kind="chat")
    for named in (version.name, str(version.pk)):
        with pytest.raises(NotFound):
            collecting.collect(
                actor=cast.lin.actor, source="traces", questions=questions, dataset=target, adapter=named
            )
    with tenancy.scope(cast.hemu.pk):
        assert Collection.objects.count() == 0


def worth(cast: Cast, judge: str, *texts: str) -> list[float]:
    question = [{"role": "user", "content": "How long is the warranty?"}]
    given = [{"prompt": question, "text": one, "answer": None} for one in texts]
    return judging.worth_of({"judge": judge}, given, organisation_id=cast.hemu.pk)


def test_a_grade_of_a_judge_is_a_reward(cast: Cast, engines: dict[str, Ruled]) -> None:
    confirm(cast, "longer")
    assert worth(cast, "longer", "ab", "abcd") == [0.0, 0.75]


def test_an_answer_that_was_not_graded_teaches_nothing(cast: Cast, engines: dict[str, Ruled]) -> None:
    confirm(cast, "longer")
    engines["longer"].rule = lambda one: "?" if "odd" in one.prompt else longer(one)
    assert worth(cast, "longer", "ab", "odd", "abcd") == [0.0, 0.375, 0.75]
    with pytest.raises(JudgeUnreadable):
        worth(cast, "longer", "odd")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "judge_not_calibrated"),
        ({"kappa": 0.2}, "judge_below_bound"),
        ({"model": "ruled-0"}, "judge_model_changed"),
    ],
)
def test_a_reward_asks_only_judges_that_people_have_confirmed(
    given: dict[str, Any] | None, why: str, cast: Cast, engines: dict[str, Ruled]
) -> None:
    if given is not None:
        confirm(cast, "longer", **given)
    with pytest.raises(TrainingConflict) as refused:
        worth(cast, "longer", "ab")
    assert (refused.value.code, refused.value.fields["why"]) == ("judge_not_confirmed", why)
    assert engines["longer"].asked == []


@pytest.mark.parametrize(("judge", "code"), [("nobody", "unknown_judge"), ("longer", "judge_not_confirmed")])
def test_no_training_begins_with_a_judge_that_may_not_reward(
    judge: str, code: str, cast: Cast, engines: dict[str, Ruled], trained_on: BaseModel
) -> None:
    version, before = dataset(cast.lin.actor, "prompts"), state_of(cast.hemu)
    wanted = Wanted(
        name="graded",
        base=trained_on,
        version=version,
        objective="grpo",
        settings={**SETTINGS, "rewards": [{"name": "judge", "judge": judge}]},
    )
    with pytest.raises((NotFound, TrainingConflict)) as refused:
        starting.start(actor=cast.lin.actor, wanted=wanted)
    assert refused.value.code == code
    assert state_of(cast.hemu) == before
    with tenancy.scope(cast.hemu.pk):
        assert Training.objects.count() == 0
