"""A run of a suite whose answers are known, and people who rate them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.evaluation.models import Result, Run, Suite
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.evaluation.suites.figures import figures
from sunmao.evaluation.suites.running import outcomes_of
from sunmao.releases.models import Release
from tests.fixtures import Cast

MakeRun = Callable[[Sequence[str]], Run]


@pytest.fixture
def suite(cast: Cast) -> Suite:
    made = create_suite(actor=cast.lin.actor, slug="basics", title="Basics", task_name="customer_service.ask")
    cases = [
        NewCase(
            data={"question": f"Question {number}?"},
            checks=[{"kind": "safety"}],
            slices=["even" if number % 2 == 0 else "odd"],
        )
        for number in range(24)
    ]
    add_cases(actor=cast.lin.actor, suite=made, cases=cases)
    with tenancy.scope(cast.hemu.pk):
        made.refresh_from_db()
    return made


@pytest.fixture
def make_run(cast: Cast, suite: Suite) -> MakeRun:
    """A finished run whose answers are these, case by case."""

    def make(answers: Sequence[str]) -> Run:
        with tenancy.scope(cast.hemu.pk):
            release = Release.objects.get(vertical="customer_service", task="ask", state="serving")
            run = Run.objects.create(suite=suite, version=suite.version, release=release, finished_at=now())
            for case, answer in zip(suite.cases.order_by("created_at", "id"), answers, strict=False):
                Result.objects.create(
                    run=run, case=case, passed=True, answer=answer, outcome="answered", seconds=0.5, tokens=20
                )
            run.figures = figures(outcomes_of(list(run.results.select_related("case"))))
            run.save(update_fields=["figures"])
        return run

    return make


@pytest.fixture
def ravi(cast: Cast) -> Actor:
    """A reviewer at Hemu."""
    return _member(cast, "ravi", BuiltIn.REVIEWER)


def _member(cast: Cast, name: str, role: BuiltIn) -> Actor:
    user = accounts.add_member(actor=accounts.system_actor(cast.hemu), username=name, role=role)
    return actor_of_user(user, language="en")
