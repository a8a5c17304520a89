"""The state machine of decisions and signatures, and what people's decisions become."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.utils import translation

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from tests.fixtures.state import state_of, verbs_of
from verticals.contract_review.models import Decision, ReviewState, TrainingExample
from verticals.contract_review.service import deciding, exporting, playbooks
from verticals.contract_review.service.errors import (
    AlreadySigned,
    CriticalFindingsOpen,
    DecidedMeanwhile,
    InvalidDecision,
    ReviewClosed,
)
from verticals.contract_review.tests.service.conftest import findings_of, reread


@pytest.fixture
def lawyer(cast: Any) -> Any:
    """Somebody whose role is a lawyer's, narrowed to contract review."""
    from sunmao.accounts import services
    from sunmao.accounts.selectors import actor_of_user

    system = services.system_actor(cast.hemu)
    user = services.add_member(actor=system, username="fang", role="lawyer")
    return actor_of_user(user, language="en")


def test_a_decision_says_who_when_and_why(cast: Any, review_text: Any, lawyer: Any) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[1]

    decided = deciding.decide(actor=lawyer, finding=finding, decision="rejected", note="We accept this risk.")

    assert (decided.decision, str(decided.decided_by), str(decided.note)) == (
        "rejected",
        "fang",
        "We accept this risk.",
    )
    assert decided.decided_at is not None
    assert verbs_of(cast.hemu, subject=finding.pk) == ["contract_finding.decided"]


@pytest.mark.parametrize(
    ("_case", "given", "field"),
    [
        ("a rejection without a reason", {"decision": "rejected"}, "note"),
        ("an edit without a clause", {"decision": "edited", "rewrite": "  "}, "rewrite"),
        ("a decision that there is not", {"decision": "burn"}, "decision"),
        ("a reason that is too long", {"decision": "rejected", "note": "x" * 2001}, "note"),
    ],
)
def test_an_incomplete_decision_changes_nothing(
    cast: Any, review_text: Any, _case: str, given: dict[str, str], field: str
) -> None:
    finding = findings_of(review_text(cast.lin.actor))[0]
    before = state_of(cast.hemu)
    with pytest.raises(InvalidDecision) as told:
        deciding.decide(actor=cast.lin.actor, finding=finding, **given)
    assert list(told.value.fields) == [field]
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("decision", ["open", "deferred"])
def test_nobody_signs_while_a_critical_finding_is_open(cast: Any, review_text: Any, decision: str) -> None:
    review = review_text(cast.lin.actor)
    critical = findings_of(review)[0]
    deciding.decide(actor=cast.lin.actor, finding=critical, decision=decision)
    before = state_of(cast.hemu)

    with pytest.raises(CriticalFindingsOpen):
        deciding.sign(actor=cast.lin.actor, review=review)

    assert state_of(cast.hemu) == before
    assert reread(review).state == ReviewState.AWAITING_HUMAN


@pytest.mark.parametrize(
    ("decision", "more"),
    [
        ("accepted", {}),
        ("edited", {"rewrite": "甲方逾期付款的，按日支付0.03%。"}),
        ("rejected", {"note": "no"}),
    ],
)
def test_a_signed_review_is_closed(cast: Any, review_text: Any, decision: str, more: dict[str, str]) -> None:
    review = review_text(cast.lin.actor)
    critical = findings_of(review)[0]
    deciding.decide(actor=cast.lin.actor, finding=critical, decision=decision, **more)

    signed = deciding.sign(actor=cast.lin.actor, review=review, note="Fine.")

    assert (signed.state, signed.signed_at is not None) == (ReviewState.FINAL, True)
    before = state_of(cast.hemu)
    with pytest.raises(ReviewClosed):
        deciding.decide(actor=cast.lin.actor, finding=critical, decision="open")
    with pytest.raises(ReviewClosed):
        deciding.sign(actor=cast.lin.actor, review=review)
    assert state_of(cast.hemu) == before


def test_four_eyes_need_two_people(cast: Any, review_text: Any, lawyer: Any) -> None:
    playbooks.save_playbook(actor=cast.lin.actor, contract_type="", side="", settings={}, four_eyes=True)
    review = review_text(cast.lin.actor)
    deciding.decide(actor=cast.lin.actor, finding=findings_of(review)[0], decision="accepted")

    first = deciding.sign(actor=cast.lin.actor, review=review)
    assert first.state == ReviewState.AWAITING_HUMAN
    with pytest.raises(AlreadySigned):
        deciding.sign(actor=cast.lin.actor, review=review)
    assert deciding.sign(actor=lawyer, review=review).state == ReviewState.FINAL


def test_a_first_signature_falls_away_when_a_decision_changes(
    cast: Any, review_text: Any, lawyer: Any
) -> None:
    playbooks.save_playbook(actor=cast.lin.actor, contract_type="", side="", settings={}, four_eyes=True)
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[0]
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="accepted")
    deciding.sign(actor=cast.lin.actor, review=review)

    deciding.decide(
        actor=lawyer, finding=finding, decision="rejected", note="On second thoughts.", revision=1
    )

    with tenancy.scope(cast.hemu.pk):
        assert review.signatures.count() == 0
    assert "contract_review.reopened" in verbs_of(cast.hemu, subject=review.pk)


def test_a_decision_that_says_the_same_again_leaves_the_first_signature(
    cast: Any, review_text: Any, lawyer: Any
) -> None:
    playbooks.save_playbook(actor=cast.lin.actor, contract_type="", side="", settings={}, four_eyes=True)
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[0]
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="edited", rewrite="每日0.03%。")
    deciding.sign(actor=cast.lin.actor, review=review)

    deciding.decide(actor=lawyer, finding=finding, decision="edited", rewrite="每日0.03%。", revision=1)

    assert deciding.sign(actor=lawyer, review=review).state == ReviewState.FINAL


@pytest.mark.parametrize("absent", [False, True], ids=["a note on words", "a note on what is absent"])
def test_a_clause_that_a_person_wrote_goes_into_the_redline_whatever_it_weighs(
    cast: Any, review_text: Any, absent: bool
) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[0]
    with tenancy.scope(cast.hemu.pk):
        spans = [] if absent else finding.content["spans"]
        finding.severity = "info"
        finding.content = {**finding.content, "spans": spans, "replacement": None, "absent": absent}
        finding.save()
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="edited", rewrite="甲方另行通知。")

    with tenancy.scope(cast.hemu.pk):
        text = str(reread(review).version.text)
        [(_row, change)] = exporting.changes_of(reread(review))

    if absent:
        assert (change.start, change.end, change.new_text) == (len(text), len(text), "\n甲方另行通知。")
    else:
        assert (text[change.start : change.end], change.new_text) == (spans[0]["quote"], "甲方另行通知。")


def test_who_may_only_bring_contracts_decides_and_signs_nothing(cast: Any, review_text: Any) -> None:
    review = review_text(cast.mei.actor)
    finding = findings_of(review)[0]
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        deciding.decide(actor=cast.mei.actor, finding=finding, decision="accepted")
    with pytest.raises(Forbidden):
        deciding.sign(actor=cast.mei.actor, review=review)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(("consent", "examples"), [(True, 2), (False, 0)])
def test_rewrites_become_examples_where_consent_was_given(
    cast: Any, review_text: Any, consent: bool, examples: int
) -> None:
    review = review_text(cast.lin.actor, training_consent=consent)
    first, second, third = findings_of(review)[:3]
    deciding.decide(actor=cast.lin.actor, finding=first, decision="accepted")
    deciding.decide(actor=cast.lin.actor, finding=second, decision="edited", rewrite="乙方逾期按日付0.03%。")
    deciding.decide(actor=cast.lin.actor, finding=third, decision="rejected", note="not here")

    with tenancy.scope(cast.hemu.pk):
        found = {one.finding.rule: one for one in TrainingExample.objects.select_related("finding")}
        assert len(found) == examples
        if examples:
            assert found[second.rule].content["rewrite"] == "乙方逾期按日付0.03%。"
            assert found[second.rule].lineage["ruleset"] == review.ruleset_version
            assert found[first.rule].kind == Decision.ACCEPTED


def test_an_example_goes_when_its_decision_is_taken_back(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor, training_consent=True)
    finding = findings_of(review)[0]
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="accepted")
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="open")
    with tenancy.scope(cast.hemu.pk):
        assert TrainingExample.objects.count() == 0


def test_an_edited_clause_replaces_the_whole_sentence_that_it_was_made_from(
    cast: Any, review_text: Any
) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[0]
    mine = (
        "甲方应在合同签订后30日内支付乙方服务费用100万元；"
        "若甲方逾期支付，每逾期1日，按逾期金额的0.02%支付违约金。"
    )
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="edited", rewrite=mine)

    with tenancy.scope(cast.hemu.pk):
        [(row, change)] = exporting.changes_of(reread(review))
    text = str(review.version.text)
    assert (text[: change.start] + (change.new_text or "") + text[change.end :]).startswith(mine)
    assert row.rule == "CN-G-01"
    assert change.author == "Sunmao + lin"


def test_nobody_takes_back_unseen_what_somebody_else_decided(
    cast: Any, review_text: Any, lawyer: Any
) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[1]
    deciding.decide(actor=lawyer, finding=finding, decision="rejected", note="Agreed by phone.", revision=0)
    before = state_of(cast.hemu)

    with pytest.raises(DecidedMeanwhile) as told:
        deciding.decide(actor=cast.lin.actor, finding=finding, decision="accepted", revision=0)

    with translation.override("en"):
        said = told.value.as_dict()["message"]
    assert said == "fang decided in the meantime: Rejected. Look at it and decide again."
    assert told.value.fields == {"decision": "rejected", "decided_by": "fang", "revision": "1"}
    assert state_of(cast.hemu) == before


def test_who_saw_the_other_decision_may_change_it_and_the_log_holds_both(
    cast: Any, review_text: Any, lawyer: Any
) -> None:
    review = review_text(cast.lin.actor)
    finding = findings_of(review)[1]
    deciding.decide(actor=lawyer, finding=finding, decision="accepted", revision=0)

    deciding.decide(actor=cast.lin.actor, finding=finding, decision="deferred", revision=1)

    with tenancy.scope(cast.hemu.pk):
        entries = list(
            apps.get_model("audit", "Entry").objects.filter(subject_id=str(finding.pk)).order_by("at", "id")
        )
    assert [(one.who, one.before, one.after) for one in entries] == [
        ("fang", {"decision": "open", "revision": 0}, {"decision": "accepted", "revision": 1}),
        ("lin", {"decision": "accepted", "revision": 1}, {"decision": "deferred", "revision": 2}),
    ]


@pytest.mark.parametrize(
    ("_case", "who", "given", "clashes"),
    [
        ("somebody else, who saw nothing", "lin", {"decision": "deferred"}, True),
        ("somebody else, who says the same", "lin", {"decision": "accepted", "revision": 0}, True),
        ("the same person, who saw nothing", "fang", {"decision": "deferred"}, False),
        ("the same person, who pressed twice", "fang", {"decision": "accepted", "revision": 0}, False),
        ("the same person, in another window", "fang", {"decision": "deferred", "revision": 0}, True),
        ("a revision that there is not yet", "lin", {"decision": "deferred", "revision": 7}, True),
    ],
)
def test_what_counts_as_seen(
    cast: Any, review_text: Any, lawyer: Any, _case: str, who: str, given: dict[str, Any], clashes: bool
) -> None:
    finding = findings_of(review_text(cast.lin.actor))[1]
    deciding.decide(actor=lawyer, finding=finding, decision="accepted", revision=0)
    second = {"lin": cast.lin.actor, "fang": lawyer}[who]

    if clashes:
        with pytest.raises(DecidedMeanwhile):
            deciding.decide(actor=second, finding=finding, **given)
    else:
        assert deciding.decide(actor=second, finding=finding, **given).revision == 2


def test_what_was_opened_again_meanwhile_names_nobody(cast: Any, review_text: Any, lawyer: Any) -> None:
    finding = findings_of(review_text(cast.lin.actor))[1]
    deciding.decide(actor=lawyer, finding=finding, decision="accepted")
    deciding.decide(actor=lawyer, finding=finding, decision="open")
    with pytest.raises(DecidedMeanwhile) as told:
        deciding.decide(actor=cast.lin.actor, finding=finding, decision="accepted", revision=1)
    assert told.value.fields == {"decision": "open", "decided_by": "", "revision": "2"}
