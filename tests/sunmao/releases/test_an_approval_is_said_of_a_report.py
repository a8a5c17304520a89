"""Who approves has read what the gate found; what it finds later needs another yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.releases.composing import compose
from sunmao.releases.judging import decide, keep_report
from sunmao.releases.models import Release
from sunmao.releases.promoting import ready
from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of


@pytest.fixture
def ravi(cast: Cast) -> Actor:
    user = accounts.add_member(actor=accounts.system_actor(cast.hemu), username="ravi", role=BuiltIn.REVIEWER)
    return actor_of_user(user, language="en")


@pytest.fixture
def release(cast: Cast) -> Release:
    changes = {"retrieval": {"top_k": 3}}
    return compose(actor=cast.lin.actor, task_name="customer_service.ask", changes=changes)


def judge(cast: Cast, release: Release, *, passes: bool) -> None:
    reasons: list[dict[str, Any]] = [] if passes else [{"code": "no_suite"}]
    with tenancy.scope(cast.hemu.pk):
        keep_report(actor=cast.lin.actor, release=release, baseline=None, reasons=reasons, suites=[])


def refused(what: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as told:
        what()
    return told.value.code


def why_not(cast: Cast, release: Release) -> str:
    with tenancy.scope(cast.hemu.pk):
        release.refresh_from_db()
        return refused(lambda: ready(release))


def test_nothing_is_approved_that_did_not_pass(cast: Cast, ravi: Actor, release: Release) -> None:
    before = state_of(cast.hemu)
    assert refused(lambda: decide(actor=ravi, release=release, verdict="approved")) == "not_judged"
    assert state_of(cast.hemu) == before
    judge(cast, release, passes=False)
    before = state_of(cast.hemu)
    assert refused(lambda: decide(actor=ravi, release=release, verdict="approved")) == "gate_failed"
    assert state_of(cast.hemu) == before


def test_a_later_report_needs_another_yes(cast: Cast, ravi: Actor, release: Release) -> None:
    judge(cast, release, passes=True)
    decide(actor=ravi, release=release, verdict="approved")
    assert refused(lambda: decide(actor=ravi, release=release, verdict="approved")) == "already_decided"
    with tenancy.scope(cast.hemu.pk):
        release.refresh_from_db()
        ready(release)

    judge(cast, release, passes=True)  # judged again, perhaps with other limits

    assert why_not(cast, release) == "not_approved"
    decide(actor=ravi, release=release, verdict="approved")
    with tenancy.scope(cast.hemu.pk):
        ready(release)


def test_a_rejection_stays_whatever_the_gate_finds_later(cast: Cast, ravi: Actor, release: Release) -> None:
    decide(actor=ravi, release=release, verdict="rejected")
    judge(cast, release, passes=True)
    assert refused(lambda: decide(actor=ravi, release=release, verdict="approved")) == "already_decided"
    assert why_not(cast, release) == "rejected"


def test_the_page_offers_what_can_be_done_and_tells_what_counts(
    cast: Cast, ravi: Actor, release: Release
) -> None:
    def page() -> str:
        address = f"/console/releases/release/{release.pk}/change/"
        return cast.lin.client.get(address, headers={"accept-language": "en"}).content.decode()

    assert ('name="reject"' in page(), 'name="approve"' in page()) == (True, False)
    judge(cast, release, passes=True)
    assert 'name="approve"' in page()
    decide(actor=ravi, release=release, verdict="approved")
    assert "of an earlier report" not in page()
    judge(cast, release, passes=True)
    assert "ravi: approved (of an earlier report: it does not count any more)" in page()
