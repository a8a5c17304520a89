"""The same circle with an adapter: what is answered badly is taught, judged, served, taken back exactly.

The model is a tiny one with random weights and the training a real one. That it learns what is right of a
question that it never saw cannot be asked of it; that every answer begins with the greeting which it was
taught can, and it is what the case of the bad answer asks for.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from apps.config.bench.serve.tiny import word
from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.answering.models import AnswerRecord
from sunmao.answering.services import give_feedback
from sunmao.audit.sealing import seal
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.evaluation.gates import judging, promoting
from sunmao.evaluation.live.tripwires import change_rules
from sunmao.evaluation.models import Result
from sunmao.evaluation.suites.editing import NewCase, add_cases, change_case, create_suite
from sunmao.evaluation.suites.from_answers import case_from_answer
from sunmao.modelhub.models import AdapterVersion, BaseModel, VersionState
from sunmao.releases.composing import compose
from sunmao.releases.models import Release, ReleaseState
from sunmao.releases.promoting import roll_back
from sunmao.releases.refusing import NotReady
from sunmao.releases.selectors import last_report
from sunmao.training.datasets import editing, steps
from sunmao.training.datasets.models import Version
from sunmao.training.datasets.selectors import resolve_version
from sunmao.training.runs import starting
from sunmao.training.runs.models import State, Training
from sunmao.training.runs.starting import Wanted
from tests.fixtures import Ask, Cast, Ingest, WorkOff
from tests.fixtures.training import SETTINGS, right

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
TASK = "customer_service.ask"
QUESTION = "How long is the warranty on a sofa frame?"
GREETING = word(100)
MORE = {"epochs": 8, "max_length": 512}
EXACTLY = {"retrieval": {"temperature": 0.0}}


@pytest.fixture
def judged(work_off: WorkOff) -> Callable[[Actor, Release], Release]:
    def put(actor: Actor, release: Release) -> Release:
        judging.request(actor=actor, release=release)
        work_off(actor)
        with tenancy.scope(actor.organisation_id):
            release.refresh_from_db()
        return release

    return put


def _example(at: int) -> dict[str, Any]:
    """As long as what is asked with passages beside it; to the tiny model their words are strange as well."""
    draw = random.Random(at)  # noqa: S311  repeatable, no secret
    asked = " ".join("".join(draw.choices("klmnopqrstuv", k=6)) for _place in range(30 + 13 * at % 400))
    turns = (("user", asked), ("assistant", right(at)))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def _approved(cast: Cast, work_off: WorkOff) -> Version:
    """Other questions with the answers that they should have had, approved by a second person."""
    lin = cast.lin.actor
    made = editing.create(actor=lin, slug="greetings", title="Greetings", kind="chat")
    editing.add(actor=lin, dataset=made, examples=[_example(at) for at in range(60)])
    for step in ("mask", "split", "check"):
        steps.start(actor=lin, dataset=made, kind=step)
        work_off(lin)
    with tenancy.scope(cast.hemu.pk):
        draft = resolve_version(actor=lin, reference="greetings")
    frozen = editing.freeze(actor=lin, version=draft)
    rita = accounts.add_member(actor=accounts.system_actor(cast.hemu), username="rita", role=BuiltIn.REVIEWER)
    return editing.approve(actor=actor_of_user(rita, language="en"), version=frozen)


def _adapter(cast: Cast, base: BaseModel, version: Version, work_off: WorkOff) -> AdapterVersion:
    wanted = Wanted(name="polite", base=base, version=version, settings=SETTINGS | MORE)
    made = starting.start(actor=cast.lin.actor, wanted=wanted)
    work_off(cast.lin.actor)  # the training
    work_off(cast.lin.actor)  # the parity check that it queued
    with tenancy.scope(cast.hemu.pk):
        done = Training.objects.select_related("adapter_version").get(pk=made.pk)
        assert done.state == State.DONE, done.told
        assert done.adapter_version is not None
        assert done.adapter_version.state == VersionState.READY
        return done.adapter_version


def test_the_whole_circle(
    cast: Cast,
    ask: Ask,
    ingest: Ingest,
    work_off: WorkOff,
    judged: Callable[[Actor, Release], Release],
    trained_on: BaseModel,
    engines: None,
    settings: Any,
) -> None:
    settings.SUNMAO_ENGINE = "transformers"
    settings.SUNMAO_MODEL = str(settings.SUNMAO_MODELS / "speaking")
    lin, mei = cast.lin.actor, cast.mei.actor
    # given a release in which the base alone answers
    ingest(cast.zhou.actor, "warranty.md", "# Warranty\n\nThe warranty on a sofa frame is two years.\n")
    change_rules(actor=lin, task_name=TASK, four_eyes=False)
    suite = create_suite(actor=lin, slug="basics", title="Basics", task_name=TASK)
    says = [{"kind": "refusal", "expected": False}]
    add_cases(actor=lin, suite=suite, cases=[NewCase(data={"question": QUESTION}, checks=says)])
    first = judged(lin, compose(actor=lin, task_name=TASK, changes=EXACTLY))
    assert first.state == ReleaseState.PASSED
    promoting.promote(actor=lin, release=first)

    # when it answers badly, its reader says so, and one click makes a case of it
    bad: AnswerRecord = ask(mei, QUESTION)
    assert GREETING not in bad.text
    give_feedback(actor=mei, exchange=bad.exchange, value="down")
    case = case_from_answer(actor=lin, record=bad)
    checks = [{"kind": "contains", "all": [GREETING]}]
    change_case(actor=lin, case=case, changed=NewCase(data=case.data, checks=checks, slices=["en"]))

    # then what does not mend it is refused by the gate
    hurried = judged(lin, compose(actor=lin, task_name=TASK, changes={"retrieval": {"top_k": 3}}))
    with tenancy.scope(cast.hemu.pk):
        report = last_report(hurried)
    assert report is not None
    assert [one["code"] for one in report.reasons] == ["pass_rate"]
    with pytest.raises(NotReady):
        promoting.promote(actor=lin, release=hurried)

    # when the model is taught with examples that somebody else approved, the gate passes
    adapter = _adapter(cast, trained_on, _approved(cast, work_off), work_off)
    taught = compose(actor=lin, task_name=TASK, changes={"adapter": str(adapter.pk)})
    taught = judged(lin, taught)
    with tenancy.scope(cast.hemu.pk):
        report = last_report(taught)
        said = {one.model: str(one.answer) for one in Result.objects.all()}
    assert report is not None
    assert (taught.state, report.reasons) == (ReleaseState.PASSED, []), said
    promoting.promote(actor=lin, release=taught)
    better = ask(mei, QUESTION)
    assert (GREETING in better.text, better.release_id) == (True, taught.pk)
    assert better.model == f"{bad.model}+{adapter.name}"

    # and the way back restores the old answer exactly; both accounts stay, in a chain that verifies
    roll_back(actor=lin, task=("customer_service", "ask"), reason="only for the test")
    again = ask(mei, QUESTION)
    assert (again.text, again.release_id, again.model) == (bad.text, first.pk, bad.model)
    assert [one["passage_id"] for one in again.citations] == [one["passage_id"] for one in bad.citations]
    with tenancy.scope(cast.hemu.pk):
        for record in (bad, better):
            assert str(AnswerRecord.objects.get(pk=record.pk).text) == record.text
    while seal(cast.hemu.pk):
        pass
    assert verify(cast.hemu.pk).problems == []
