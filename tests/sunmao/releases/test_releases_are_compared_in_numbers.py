from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.releases import comparing
from sunmao.releases.composing import compose
from sunmao.releases.models import GateReport, Release
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


def _suite(candidate: float, baseline: float | None, version: int) -> dict[str, object]:
    return {
        "suite": "friday", "title": "Friday", "version": version, "candidate": {"pass_rate": candidate},
        "baseline": None if baseline is None else {"pass_rate": baseline},
    }  # fmt: skip


def test_what_the_gate_measured_of_the_older_one_counts_before_what_its_own_gate_found(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        old = Release.objects.get(vertical="customer_service", task="ask", state="serving")
        new = compose(
            actor=cast.lin.actor, task_name="customer_service.ask", changes={"retrieval": {"top_k": 3}}
        )
        GateReport.objects.create(release=new, baseline=old, passed=True, suites=[_suite(0.9, 0.4, 2)])
        (seeded,) = comparing.compare(old=old, new=new)["figures"]
        GateReport.objects.create(release=old, passed=True, suites=[_suite(0.7, None, 1)])
        (both,) = comparing.compare(old=old, new=new)["figures"]
        GateReport.objects.create(release=new, passed=True, suites=[_suite(0.9, None, 2)])
        (apart,) = comparing.compare(old=old, new=new)["figures"]

    shown = [(one["same_version"], one["before"]["pass_rate"]) for one in (seeded, both, apart)]
    assert shown == [(True, 0.4), (True, 0.4), (False, 0.7)]
