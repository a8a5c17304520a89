"""The gate reviews contracts with a candidate and judges what is found; it asks as the role it is told."""

from __future__ import annotations

import pytest

from sunmao.answering.rehearsing import can_rehearse, rehearse
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound
from sunmao.core.vertical import config_of
from sunmao.evaluation.gates import judging
from sunmao.evaluation.suites import running
from sunmao.evaluation.suites.editing import NewCase, add_cases, change_suite, create_suite
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Audience
from sunmao.releases.composing import compose
from sunmao.releases.models import Release, ReleaseState
from sunmao.releases.sample import seed_vertical
from sunmao.releases.selectors import last_report
from tests.fixtures import Cast, Ingest, WorkOff, state_of

TASK = "contract_review.review"
LEASE = (
    "房屋租赁合同\n\n甲方（出租人）：王一\n乙方（承租人）：李二\n\n"
    "第一条 租赁期限\n租赁期限自2026年1月1日起至2050年12月31日止，共二十五年。\n\n"
    "第二条 租金\n月租金为人民币5000元（大写：伍仟元整）。\n"
)


@pytest.fixture
def release(cast: Cast) -> Release:
    from sunmao.accounts import services as accounts

    seed_vertical(
        actor=accounts.system_actor(cast.hemu), config=config_of("contract_review"), with_documents=False
    )
    with tenancy.scope(cast.hemu.pk):
        return Release.objects.get(vertical="contract_review", task="review")


def test_a_review_is_rehearsed_and_nothing_is_kept(cast: Cast, release: Release) -> None:
    before = state_of(cast.hemu)
    told = rehearse(
        actor=cast.mei.actor, release=release, data={"text": LEASE, "side": "乙方", "contract_type": "lease"}
    )
    assert can_rehearse(TASK)
    assert (told.outcome, told.error, told.language) == ("answered", "", "zh")
    assert told.findings
    assert all(one["source"] == "rule" for one in told.findings)
    assert state_of(cast.hemu) == before


def test_the_gate_judges_reviews_by_the_rules_that_speak(
    cast: Cast, release: Release, work_off: WorkOff
) -> None:
    lin = cast.lin.actor
    data = {"text": LEASE, "side": "乙方", "contract_type": "lease"}
    (spoken, *_rest) = [one["rule_id"] for one in rehearse(actor=lin, release=release, data=data).findings]
    suite = create_suite(actor=lin, slug="contracts", title="Contracts", task_name=TASK)
    add_cases(
        actor=lin, suite=suite, cases=[NewCase(data=data, checks=[{"kind": "rule", "rule_id": spoken}])]
    )
    candidate = compose(actor=lin, task_name=TASK, changes={"retrieval": {"top_k": 3}})
    judging.request(actor=lin, release=candidate)
    work_off(lin)
    with tenancy.scope(cast.hemu.pk):
        candidate.refresh_from_db()
    assert candidate.state == ReleaseState.PASSED

    add_cases(
        actor=lin,
        suite=suite,
        cases=[NewCase(data=data, checks=[{"kind": "rule", "rule_id": spoken, "present": False}])],
    )
    judging.request(actor=lin, release=candidate)
    work_off(lin)
    with tenancy.scope(cast.hemu.pk):
        candidate.refresh_from_db()
        report = last_report(candidate)
    assert candidate.state == ReleaseState.FAILED
    assert report is not None
    assert [one["code"] for one in report.reasons] == ["pass_rate"]


@pytest.mark.parametrize(
    ("role", "outcome"), [("end_user", "unanswered"), ("agent", "answered"), ("administrator", "answered")]
)
def test_questions_are_asked_with_the_rights_of_a_role(
    role: str, outcome: str, cast: Cast, ingest: Ingest, work_off: WorkOff
) -> None:
    lin = cast.lin.actor
    base = knowledge.create_base(actor=lin, slug="staff", audience=Audience.STAFF)
    ingest(
        lin,
        "keys.md",
        "# Keys\n\nThe spare key of the warehouse hangs behind the blue door.\n",
        base=base.slug,
    )
    suite = create_suite(actor=lin, slug="keys", title="Keys", task_name="customer_service.ask", role=role)
    question = "Where does the spare key of the warehouse hang?"
    add_cases(
        actor=lin, suite=suite, cases=[NewCase(data={"question": question}, checks=[{"kind": "safety"}])]
    )
    with tenancy.scope(cast.hemu.pk):
        serving = Release.objects.get(vertical="customer_service", task="ask", state="serving")
    run = running.start(actor=lin, suite=suite, release=serving)
    work_off(lin)
    with tenancy.scope(cast.hemu.pk):
        assert run.results.get().outcome == outcome


def test_nobody_looks_through_the_eyes_of_a_role_that_may_more(cast: Cast) -> None:
    from sunmao.accounts import services as accounts
    from sunmao.accounts.roles import BuiltIn
    from sunmao.accounts.selectors import actor_of_user

    system = accounts.system_actor(cast.hemu)
    own = accounts.create_role(
        actor=system,
        slug="suite-writer",
        name="Suite writer",
        permissions=["evaluation.suite.edit", "evaluation.suite.read"],
    )
    user = accounts.add_member(actor=system, username="wen", role=own.slug)
    wen = actor_of_user(user, language="en")
    suite = create_suite(actor=wen, slug="mine", title="Mine", task_name="customer_service.ask")
    assert suite.role == BuiltIn.END_USER
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        change_suite(actor=wen, suite=suite, role="agent")
    with pytest.raises(NotFound) as unknown:
        change_suite(actor=wen, suite=suite, role="nobody")
    assert unknown.value.code == "unknown_role"
    assert state_of(cast.hemu) == before
