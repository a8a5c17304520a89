"""Two releases at once, what they do to people, limits that take one back, and shadows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sunmao.answering.models import AnswerRecord
from sunmao.answering.services import give_feedback
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sunmao.core.ids import new_id
from sunmao.evaluation.gates import archive, judging, promoting
from sunmao.evaluation.live import figures, shadowing, tripwires
from sunmao.evaluation.models import Case, ShadowAnswer, Suite
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.evaluation.suites.from_answers import case_from_answer
from sunmao.modelhub import adapters, bases
from sunmao.modelhub.models import AdapterVersion, BaseModel, VersionState
from sunmao.releases.composing import compose
from sunmao.releases.models import Release, ReleaseState, Shift, ShiftKind, Split
from sunmao.releases.promoting import roll_back
from sunmao.releases.refusing import NotReady
from sunmao.releases.selectors import resolve_release, serving
from sunmao.releases.services import resolve
from sunmao.releases.splitting import end_split, meets
from tests.fixtures import Ask, Cast, Ingest, WorkOff, state_of
from tests.fixtures.knowledge import run_waiting_jobs
from tests.sunmao.modelhub import evil

TASK, KEY = "customer_service.ask", ("customer_service", "ask")
QUESTION = "When is a refund paid?"
TEXT = "# Refunds\n\nA refund is paid within three working days.\n"
Made = Callable[..., Release]


@pytest.fixture
def passing(cast: Cast, ingest: Ingest, work_off: WorkOff) -> Made:
    """A release that its gate has passed, over a base with an answer."""
    lin = cast.lin.actor
    ingest(cast.zhou.actor, "refunds.md", TEXT)
    tripwires.change_rules(actor=lin, task_name=TASK, four_eyes=False)
    suite = create_suite(actor=lin, slug="basics", title="Basics", task_name=TASK)
    checks = [{"kind": "contains", "all": ["three working days"]}]
    add_cases(actor=lin, suite=suite, cases=[NewCase(data={"question": QUESTION}, checks=checks)])

    def make(top_k: int = 4) -> Release:
        release = compose(actor=lin, task_name=TASK, changes={"retrieval": {"top_k": top_k}})
        judging.request(actor=lin, release=release)
        work_off(lin)
        with tenancy.scope(lin.organisation_id):
            release.refresh_from_db()
        assert release.state == ReleaseState.PASSED
        return release

    return make


def _serving(cast: Cast) -> Release:
    with tenancy.scope(cast.hemu.pk):
        found = serving(vertical=KEY[0], task=KEY[1])
    assert found is not None
    return found


def _everybody(cast: Cast, split: Split) -> None:
    """Those of whom a test tells belong to the share, whatever chance would have had."""
    with tenancy.scope(cast.hemu.pk):
        Split.objects.filter(pk=split.pk).update(share=100)


def test_an_asker_always_meets_the_same_of_two(cast: Cast, passing: Made) -> None:
    release, control = passing(), _serving(cast)
    split = promoting.start_split(actor=cast.lin.actor, release=release, mode="ab", share=50)
    met = {}
    for person in (cast.mei, cast.zhou, cast.ann, cast.lin):
        with tenancy.scope(cast.hemu.pk):
            seen = {resolve(actor=person.actor, vertical=KEY[0], task=KEY[1]).pk for _ in range(5)}
        (met[person.user.username],) = seen
        expected = release.pk if meets(split=split.pk, subject=person.actor.subject, share=50) else control.pk
        assert seen == {expected}
    end_split(actor=cast.lin.actor, split=split, reason="enough")
    with tenancy.scope(cast.hemu.pk):
        assert resolve(actor=cast.mei.actor, vertical=KEY[0], task=KEY[1]).pk == control.pk


def test_shares_are_what_they_say() -> None:
    split = new_id()
    in_share = sum(meets(split=split, subject=f"user:{new_id()}", share=20) for _ in range(5_000))
    assert 900 < in_share < 1_100
    assert all(meets(split=split, subject=f"user:{number}", share=100) for number in range(200))


def test_a_split_needs_a_release_that_passed_but_a_shadow_does_not(cast: Cast, passing: Made) -> None:
    passing()
    candidate = compose(actor=cast.lin.actor, task_name=TASK, changes={"retrieval": {"top_k": 7}})
    before = state_of(cast.hemu)
    for mode in ("ab", "canary"):
        with pytest.raises(NotReady) as refused:
            promoting.start_split(actor=cast.lin.actor, release=candidate, mode=mode, share=10)
        assert refused.value.code == "not_judged"
    for wrong in (
        {"mode": "both", "share": 10},
        {"mode": "ab", "share": 0},
        {"mode": "ab", "share": 100},
        {"mode": "canary", "share": 100},
        {"mode": "shadow", "share": 101},
    ):
        with pytest.raises(InvalidInput):
            promoting.start_split(actor=cast.lin.actor, release=candidate, **wrong)  # type: ignore[arg-type]
    assert state_of(cast.hemu) == before
    promoting.start_split(actor=cast.lin.actor, release=candidate, mode="shadow", share=100)
    with pytest.raises(Conflict) as second:
        promoting.start_split(actor=cast.lin.actor, release=candidate, mode="shadow", share=100)
    assert second.value.code == "split_open"


def test_the_readout_counts_what_people_met(cast: Cast, passing: Made, ask: Ask) -> None:
    release = passing()
    split = promoting.start_split(actor=cast.lin.actor, release=release, mode="canary", share=99)
    _everybody(cast, split)
    record = ask(cast.mei.actor, QUESTION)
    assert record.release_id == release.pk
    give_feedback(actor=cast.mei.actor, exchange=record.exchange, value="down")
    with tenancy.scope(cast.hemu.pk):
        found = figures.compare(split)
    assert found["control"]["answers"] == 0
    assert (found["release"]["answers"], found["release"]["disliked"]["rate"]) == (1, 1.0)
    assert found["tests"]["disliked"] == {"p": 1.0, "significant": False}


def test_a_tripwire_takes_a_release_back(cast: Cast, passing: Made, ask: Ask) -> None:
    first = _serving(cast)
    release = passing()
    wires = {"disliked": {"at_most": 0.3, "answers": 3, "hours": 24}}
    tripwires.change_rules(actor=cast.lin.actor, task_name=TASK, tripwires=wires)
    promoting.promote(actor=cast.lin.actor, release=release)
    for number in range(3):
        record = ask(cast.mei.actor, QUESTION)
        assert tripwires.look(actor=cast.lin.actor, vertical=KEY[0], task=KEY[1]) == 0, number
        give_feedback(actor=cast.mei.actor, exchange=record.exchange, value="down")
    assert tripwires.watch() == 1
    assert _serving(cast).pk == first.pk
    with tenancy.scope(cast.hemu.pk):
        shift = Shift.objects.filter(release=first).first()
        assert shift is not None
        assert (shift.kind, shift.reason) == (ShiftKind.TRIPPED, "disliked 1.0 > 0.3 (3/3)")
    assert tripwires.watch() == 0


def test_a_tripwire_ends_a_canary_and_leaves_the_rest(cast: Cast, passing: Made, ask: Ask) -> None:
    control, release = _serving(cast), passing()
    wires = {"unanswered": {"at_most": 0.3, "answers": 2, "hours": 1}}
    tripwires.change_rules(actor=cast.lin.actor, task_name=TASK, tripwires=wires)
    split = promoting.start_split(actor=cast.lin.actor, release=release, mode="canary", share=99)
    _everybody(cast, split)
    for _ in range(2):
        ask(cast.mei.actor, "Who painted the Mona Lisa?")
    assert tripwires.watch() == 1
    with tenancy.scope(cast.hemu.pk):
        ended = Split.objects.get(pk=split.pk)
    assert ended.ended_at is not None
    assert ended.ending == "unanswered 1.0 > 0.3 (2/2)"
    assert _serving(cast).pk == control.pk


def test_a_shadow_answers_unseen(cast: Cast, passing: Made, ask: Ask, work_off: WorkOff) -> None:
    release, control = passing(), _serving(cast)
    promoting.start_split(actor=cast.lin.actor, release=release, mode="shadow", share=100)
    record = ask(cast.mei.actor, QUESTION)
    assert record.release_id == control.pk
    assert shadowing.begin() == 1
    assert shadowing.begin() == 0  # the job is there already
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        (shadow,) = ShadowAnswer.objects.all()
        assert (shadow.record_id, shadow.outcome, shadow.same) == (record.pk, "answered", True)
        assert AnswerRecord.objects.count() == 1
    assert shadowing.begin() == 0


def test_rolling_back_needs_something_that_served(cast: Cast, passing: Made) -> None:
    lin, first = cast.lin.actor, _serving(cast)
    candidate = passing()
    before = state_of(cast.hemu)
    with pytest.raises(NotFound) as none:
        roll_back(actor=lin, task=KEY)
    assert none.value.code == "no_earlier_release"
    with pytest.raises(Conflict) as never:
        roll_back(actor=lin, task=KEY, to=candidate)
    assert never.value.code == "never_served"
    assert state_of(cast.hemu) == before
    promoting.promote(actor=lin, release=candidate)
    second = passing(top_k=6)
    promoting.promote(actor=lin, release=second)
    assert roll_back(actor=lin, task=KEY).release.pk == candidate.pk
    assert roll_back(actor=lin, task=KEY).release.pk == first.pk


@pytest.mark.parametrize("person", ["mei", "zhou", "ann"])
def test_who_may_not_promote_changes_nothing(cast: Cast, passing: Made, person: str) -> None:
    release, actor = passing(), getattr(cast, person).actor
    before = state_of(cast.hemu)
    for attempt in (
        lambda: promoting.promote(actor=actor, release=release),
        lambda: promoting.start_split(actor=actor, release=release, mode="ab", share=5),
        lambda: roll_back(actor=actor, task=KEY),
        lambda: compose(actor=actor, task_name=TASK, changes={"retrieval": {"top_k": 9}}),
        lambda: judging.request(actor=actor, release=release),
        lambda: tripwires.change_rules(actor=actor, task_name=TASK, four_eyes=True),
        lambda: create_suite(actor=actor, slug="x", title="x", task_name=TASK),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert state_of(cast.hemu) == before


def test_another_organisations_releases_and_suites_are_not_there(cast: Cast, passing: Made) -> None:
    release, omar = passing(), cast.omar.actor
    with tenancy.scope(cast.qinghe.pk):
        assert Suite.objects.count() == 0
        with pytest.raises(NotFound):
            resolve_release(actor=omar, reference=release.pk)
    before = state_of(cast.hemu)
    with pytest.raises((NotFound, Release.DoesNotExist)):
        promoting.promote(actor=omar, release=release)
    assert state_of(cast.hemu) == before


def test_a_case_of_a_persons_words_goes_with_the_person(cast: Cast, passing: Made, ask: Ask) -> None:
    from sunmao.core.models import PersonKey
    from sunmao.core.people import Person
    from sunmao.evaluation.personal_data import Cases

    passing()
    record = ask(cast.mei.actor, "May I send back a sofa?")
    case = case_from_answer(actor=cast.lin.actor, record=record)
    assert case.checks == [{"kind": "changed", "text": str(record.text)}]
    with pytest.raises(Conflict) as twice:
        case_from_answer(actor=cast.lin.actor, record=record)
    assert twice.value.code == "case_exists"
    with tenancy.scope(cast.hemu.pk):
        keys = list(PersonKey.objects.filter(pk=record.person_key))
        person = Person(
            subject=cast.mei.actor.subject,
            organisation_id=cast.hemu.pk,
            keys=keys,
            going=frozenset({record.person_key}),
        )
        (erased,) = Cases().erase(person)
        assert erased.count == 1
        assert not Case.objects.filter(pk=case.pk).exists()
        assert Case.objects.count() == 1  # the one that was written by hand


def test_a_release_goes_to_another_installation_and_must_pass_there(cast: Cast, passing: Made) -> None:
    release = passing()
    written = json.dumps(archive.export(actor=cast.lin.actor, release=release), ensure_ascii=False)
    brought, remarks = archive.bring_in(actor=cast.omar.actor, given=written)
    assert (brought.state, brought.retrieval) == (ReleaseState.CANDIDATE, {"top_k": 4})
    assert [one["code"] for one in remarks] == ["other_knowledge"]
    with tenancy.scope(cast.qinghe.pk):
        assert Suite.objects.get().cases.count() == 1
    with pytest.raises(NotReady):
        promoting.promote(actor=cast.omar.actor, release=brought)


def test_a_release_takes_its_adapter_along_by_its_content(
    cast: Cast, passing: Made, base_model: BaseModel, settings: Any
) -> None:
    def brought(actor: Actor, base: BaseModel, state: VersionState) -> AdapterVersion:
        made = adapters.import_archive(actor=actor, name="returns", base=base, chunks=[evil.good()])
        with tenancy.scope(actor.organisation_id):
            AdapterVersion.objects.filter(pk=made.pk).update(state=state)
        return made

    lin, omar = cast.lin.actor, cast.omar.actor
    passing()
    own = brought(lin, base_model, VersionState.READY)
    release = compose(actor=lin, task_name=TASK, changes={"adapter": str(own.pk)})
    written = json.dumps(archive.export(actor=lin, release=release), ensure_ascii=False)
    base = bases.add_base(actor=omar, name="tiny", source="base", told={"licence": "Apache-2.0"})
    run_waiting_jobs(omar)
    with tenancy.scope(cast.qinghe.pk):
        base.refresh_from_db()
    theirs = brought(omar, base, VersionState.CANDIDATE)
    before = state_of(cast.qinghe)
    with pytest.raises(InvalidInput) as refused:
        archive.bring_in(actor=omar, given=written)
    assert (refused.value.code, state_of(cast.qinghe)) == ("adapter_missing", before)
    with tenancy.scope(cast.qinghe.pk):
        AdapterVersion.objects.filter(pk=theirs.pk).update(state=VersionState.READY)
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "openai", "another"
    found, remarks = archive.bring_in(actor=omar, given=written)
    assert found.adapter == theirs.pk
    assert [one["code"] for one in remarks] == ["other_knowledge", "other_model"]


@pytest.mark.parametrize(
    "change",
    [{"engine": "openai"}, {"format": "other/1"}, {"prompts": []}, {"number": "one"}, {"sha256": ""}],
)
def test_a_file_that_was_changed_is_no_release(cast: Cast, passing: Made, change: dict[str, object]) -> None:
    body = {**archive.export(actor=cast.lin.actor, release=passing()), **change}
    before = state_of(cast.qinghe)
    with pytest.raises(InvalidInput) as refused:
        archive.bring_in(actor=cast.omar.actor, given=json.dumps(body))
    assert refused.value.code == "invalid_release_file"
    assert state_of(cast.qinghe) == before


def test_the_shell_does_it_all(cast: Cast, passing: Made, capsys: pytest.CaptureFixture[str]) -> None:
    passing()
    base = ["--org", "hemu", "--as", "lin"]

    def said(*arguments: str) -> dict[str, object]:
        call_command(arguments[0], *arguments[1:], *base, "--json")
        told: dict[str, object] = json.loads(capsys.readouterr().out)
        return told

    composed = said("release", "compose", TASK, "--set", "top_k=8")
    name = f"{TASK}@{composed['number']}"
    judged = said("release", "judge", name, "--here")
    assert (judged["state"], judged["blocked"]) == ("passed", None)
    assert said("release", "promote", name)["state"] == "serving"
    assert said("release", "rollback", TASK, "--reason", "a test")["seeded"] is True
    ran = said("suite", "run", "basics", "--here")
    assert ran["figures"]["pass_rate"] == 1.0  # type: ignore[index]
    with pytest.raises((CommandError, SystemExit)):
        call_command("release", "show", f"{TASK}@99", *base)
