"""A bad answer becomes a case, the case stops a release, a change passes it, and the way back is exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from sunmao.answering.models import AnswerRecord
from sunmao.answering.people.services import erase
from sunmao.answering.rehearsing import rehearse
from sunmao.answering.services import give_feedback
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict
from sunmao.evaluation.gates import judging, promoting
from sunmao.evaluation.live.tripwires import change_rules
from sunmao.evaluation.models import Suite
from sunmao.evaluation.suites.editing import NewCase, add_cases, change_case
from sunmao.evaluation.suites.from_answers import case_from_answer
from sunmao.knowledge.models import KnowledgeBase
from sunmao.releases.composing import compose
from sunmao.releases.judging import decide
from sunmao.releases.models import Release, ReleaseState
from sunmao.releases.promoting import roll_back
from sunmao.releases.refusing import NotReady
from sunmao.releases.selectors import last_report, serving
from tests.fixtures import Ask, Cast, Ingest, ModelServer, WorkOff, state_of, verbs_of

TASK = "customer_service.ask"
QUESTION = "How long is the warranty on a sofa frame?"
BEFORE = "# Warranty\n\nThe warranty on a sofa frame is two years from delivery.\n"
CITES = [{"kind": "citation", "documents": ["warranty.md"]}]
AFTER = "# Warranty\n\nThe warranty on a sofa frame is five years from delivery.\n"


@pytest.fixture
def judged(work_off: WorkOff) -> Callable[[Actor, Release], Release]:
    """Have the gate judge a release, and give the release as it then is."""

    def put(actor: Actor, release: Release) -> Release:
        judging.request(actor=actor, release=release)
        work_off(actor)
        with tenancy.scope(actor.organisation_id):
            release.refresh_from_db()
        return release

    return put


def _served(actor: Actor) -> int:
    with tenancy.scope(actor.organisation_id):
        found = serving(vertical="customer_service", task="ask")
        assert found is not None
        return found.number


def test_the_whole_circle(
    cast: Cast, ask: Ask, ingest: Ingest, judged: Callable[[Actor, Release], Release]
) -> None:
    lin = cast.lin.actor
    # given a release that is pinned to the knowledge of today, and serves
    ingest(cast.zhou.actor, "warranty.md", BEFORE)
    change_rules(actor=lin, task_name=TASK, four_eyes=False)
    with tenancy.scope(lin.organisation_id):
        suite = Suite.objects.create(
            slug="basics", title="Basics", vertical="customer_service", task="ask", limits={"pass_rate": 1.0}
        )
    (basic,) = add_cases(
        actor=lin,
        suite=suite,
        cases=[
            NewCase(data={"question": QUESTION}, checks=[{"kind": "citation", "documents": ["warranty.md"]}])
        ],
    )
    first = judged(lin, compose(actor=lin, task_name=TASK))
    assert first.state == ReleaseState.PASSED
    promoting.promote(actor=lin, release=first)

    # when it answers badly and the reader says so, one click makes a case of it
    bad: AnswerRecord = ask(cast.mei.actor, QUESTION)
    assert "two years" in bad.text
    give_feedback(actor=cast.mei.actor, exchange=bad.exchange, value="down")
    case = case_from_answer(actor=lin, record=bad, correction="The warranty on a sofa frame is five years.")
    change_case(
        actor=lin,
        case=case,
        changed=NewCase(
            data=case.data, checks=[*case.checks, {"kind": "contains", "all": ["five years"]}], slices=["en"]
        ),
    )

    # then a release that does not mend it fails the gate, and cannot serve
    hurried = judged(lin, compose(actor=lin, task_name=TASK, changes={"retrieval": {"top_k": 3}}))
    assert hurried.state == ReleaseState.FAILED
    with tenancy.scope(lin.organisation_id):
        report = last_report(hurried)
        assert report is not None
        assert [(one["suite"], one["code"]) for one in report.reasons] == [
            ("customer-service-ask-from-feedback", "pass_rate")
        ]
    with pytest.raises(NotReady) as refused:
        promoting.promote(actor=lin, release=hurried)
    assert refused.value.code == "gate_failed"
    assert _served(lin) == first.number

    # when the knowledge is mended and pinned, the gate passes and the better answer is given
    ingest(cast.zhou.actor, "warranty.md", AFTER)
    assert "two years" in ask(cast.mei.actor, QUESTION).text  # the pinned release did not move
    with tenancy.scope(lin.organisation_id):
        version = KnowledgeBase.objects.get(slug="customer-service").version
    mended = judged(lin, compose(actor=lin, task_name=TASK, changes={"bases": {"customer-service": version}}))
    assert mended.state == ReleaseState.PASSED
    promoting.promote(actor=lin, release=mended)
    better = ask(cast.mei.actor, QUESTION)
    assert "five years" in better.text
    assert better.release_id == mended.pk

    # and the way back restores the old answer exactly; both accounts stay, in a chain that verifies
    roll_back(actor=lin, task=("customer_service", "ask"), reason="only for the test")
    again = ask(cast.mei.actor, QUESTION)
    assert (again.text, again.release_id) == (bad.text, first.pk)
    assert [one["passage_id"] for one in again.citations] == [one["passage_id"] for one in bad.citations]
    assert again.knowledge == bad.knowledge
    with tenancy.scope(lin.organisation_id):
        assert str(AnswerRecord.objects.get(pk=bad.pk).text) == bad.text
        assert str(AnswerRecord.objects.get(pk=better.pk).text) == better.text
    assert basic.pk != case.pk
    verbs = verbs_of(cast.hemu)
    for verb in (
        "release.composed",
        "gate.requested",
        "release.judged",
        "release.promoted",
        "release.rolled_back",
    ):
        assert verb in verbs


def test_a_suite_that_changed_since_makes_the_report_stale(
    cast: Cast, ingest: Ingest, judged: Callable[[Actor, Release], Release]
) -> None:
    lin, release = cast.lin.actor, _passing(cast, ingest, judged)
    with tenancy.scope(lin.organisation_id):
        suite = Suite.objects.get()
    add_cases(
        actor=lin,
        suite=suite,
        cases=[NewCase(data={"question": "Anything else?"}, checks=[{"kind": "refusal", "expected": True}])],
    )
    before = _served(lin)
    with pytest.raises(Conflict) as refused:
        promoting.promote(actor=lin, release=release)
    assert refused.value.code == "gate_stale"
    assert _served(lin) == before


def _refused_as_stale(cast: Cast, release: Release, what: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        promoting.promote(actor=cast.lin.actor, release=release)
    assert (refused.value.code, set(refused.value.fields)) == ("gate_stale", {what})
    assert state_of(cast.hemu) == before


def test_of_two_that_passed_the_second_is_compared_with_the_first_before_it_serves(
    cast: Cast, ingest: Ingest, judged: Callable[[Actor, Release], Release]
) -> None:
    lin, first = cast.lin.actor, _passing(cast, ingest, judged)
    second = judged(lin, compose(actor=lin, task_name=TASK, changes={"retrieval": {"top_k": 3}}))
    promoting.promote(actor=lin, release=first)
    _refused_as_stale(cast, second, "baseline")
    promoting.promote(actor=lin, release=judged(lin, second))
    assert _served(lin) == second.number


def test_knowledge_that_moved_under_a_release_makes_the_report_stale(
    cast: Cast, ingest: Ingest, judged: Callable[[Actor, Release], Release]
) -> None:
    lin = cast.lin.actor
    _passing(cast, ingest, judged)
    newest = {"bases": {"customer-service": "latest"}}
    release = judged(lin, compose(actor=lin, task_name=TASK, changes=newest))
    assert release.state == ReleaseState.PASSED
    ingest(cast.zhou.actor, "warranty.md", AFTER)
    _refused_as_stale(cast, release, "knowledge")


def test_another_model_behind_the_engine_is_asked_every_case_anew(
    cast: Cast, ingest: Ingest, judged: Callable[[Actor, Release], Release], settings: Any
) -> None:
    lin, release = cast.lin.actor, _passing(cast, ingest, judged)
    with tenancy.scope(lin.organisation_id):
        before = last_report(release)
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "openai", "another"
    _refused_as_stale(cast, release, "engine")
    again = judged(lin, release)
    with tenancy.scope(lin.organisation_id):
        report = last_report(release)
        assert before is not None
        assert report is not None
        assert {one["run"] for one in before.suites} & {one["run"] for one in report.suites} == set()
    assert again.state == ReleaseState.FAILED  # nobody answers at that address


def test_without_a_suite_nothing_passes(cast: Cast, judged: Callable[[Actor, Release], Release]) -> None:
    lin = cast.lin.actor
    release = judged(lin, compose(actor=lin, task_name=TASK, changes={"retrieval": {"top_k": 3}}))
    assert release.state == ReleaseState.FAILED
    with tenancy.scope(lin.organisation_id):
        report = last_report(release)
        assert report is not None
        assert report.reasons == [{"code": "no_suite"}]


def test_a_second_person_must_have_looked(
    cast: Cast, ingest: Ingest, judged: Callable[[Actor, Release], Release]
) -> None:
    lin, release = cast.lin.actor, _passing(cast, ingest, judged, four_eyes=True)
    for verb, code in ((promoting.promote, "not_approved"),):
        with pytest.raises(NotReady) as refused:
            verb(actor=lin, release=release)
        assert refused.value.code == code
    with pytest.raises(Conflict) as own:
        decide(actor=lin, release=release, verdict="approved")
    assert own.value.code == "own_release"
    from sunmao.accounts import services as accounts
    from sunmao.accounts.roles import BuiltIn
    from sunmao.accounts.selectors import actor_of_user

    user = accounts.add_member(actor=accounts.system_actor(cast.hemu), username="ravi", role=BuiltIn.REVIEWER)
    decide(actor=actor_of_user(user, language="en"), release=release, verdict="approved", note="read it")
    promoting.promote(actor=lin, release=release)
    assert _served(lin) == release.number

    # and when they are erased the decision stays; who it was and what they said goes
    report = erase(actor=lin, subject=f"user:{user.pk}")
    with translation.override("en"):
        assert "Decisions about releases" in [str(one.what) for one in report.kept if one.count == 1]
    with tenancy.scope(lin.organisation_id):
        (word,) = release.approvals.all()
        assert str(word) == f"{release} approved"
        assert word.note == word.decided_by_name == persons.Erased()
        assert [one.by_name for one in release.shifts.all()] == [lin.name]
    with connection.cursor() as cursor:
        cursor.execute("SELECT decided_by_name || note FROM releases_approval")
        assert not [row for row in cursor.fetchall() if "ravi" in row[0] or "read it" in row[0]]


def _passing(
    cast: Cast, ingest: Ingest, judged: Callable[[Actor, Release], Release], *, four_eyes: bool = False
) -> Release:
    lin = cast.lin.actor
    ingest(cast.zhou.actor, "warranty.md", BEFORE)
    change_rules(actor=lin, task_name=TASK, four_eyes=four_eyes)
    with tenancy.scope(lin.organisation_id):
        suite = Suite.objects.create(
            slug="basics", title="Basics", vertical="customer_service", task="ask", limits={"pass_rate": 1.0}
        )
    checks: list[dict[str, Any]] = [{"kind": "contains", "all": ["two years"]}]
    add_cases(actor=lin, suite=suite, cases=[NewCase(data={"question": QUESTION}, checks=checks)])
    release = judged(lin, compose(actor=lin, task_name=TASK))
    assert release.state == ReleaseState.PASSED
    return release


def test_a_rehearsal_with_a_model_leaves_nothing_behind(
    cast: Cast, ingest: Ingest, model_server: ModelServer
) -> None:
    ingest(cast.zhou.actor, "warranty.md", BEFORE)
    model_server.pieces = ["The warranty is two years ", "from delivery [1]."]
    with tenancy.scope(cast.hemu.pk):
        release = serving(vertical="customer_service", task="ask")
    assert release is not None
    before = state_of(cast.hemu)
    told = rehearse(actor=cast.lin.actor, release=release, data={"question": QUESTION})
    assert (told.outcome, told.engine, told.cited) == ("answered", "openai", ["warranty.md"])
    assert told.text == "The warranty is two years from delivery [1]."
    assert state_of(cast.hemu) == before
