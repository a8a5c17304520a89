"""What every door shows of releases. All of it runs inside the actor's tenancy scope."""

from __future__ import annotations

from typing import Any

from sunmao.releases.models import Approval, GateReport, Release, Shift, Split
from sunmao.releases.promoting import ready
from sunmao.releases.refusing import NotReady


def brief(found: Release) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "task": found.task_name,
        "number": found.number,
        "state": found.state,
        "seeded": found.seeded,
        "note": found.note or "",
        "parent": found.parent.number if found.parent else None,
        "created_at": found.created_at.isoformat(),
    }


def whole(found: Release) -> dict[str, Any]:
    """With its pins, what its gate and people said, and why it may not serve, if it may not."""
    report = found.reports.select_related("baseline").first()
    return {
        **brief(found),
        "engine": found.engine,
        "adapter": str(found.adapter) if found.adapter else None,
        "prompts": found.prompts,
        "bases": found.bases,
        "retrieval": found.retrieval,
        "guards": found.guards,
        "tools": found.tools,
        "gate": gate(report) if report else None,
        "approvals": [approval(one) for one in found.approvals.all()],
        "blocked": blocked(found),
        "served": [shift(one) for one in found.shifts.select_related("release", "before")],
    }


def blocked(found: Release) -> str | None:
    """The code of what keeps it from serving."""
    try:
        ready(found)
    except NotReady as reason:
        return reason.code
    return None


def gate(found: GateReport) -> dict[str, Any]:
    return {
        "passed": found.passed,
        "baseline": found.baseline.number if found.baseline else None,
        "reasons": found.reasons,
        "suites": found.suites,
        "created_at": found.created_at.isoformat(),
    }


def approval(found: Approval) -> dict[str, Any]:
    return {
        "by": found.decided_by_name,
        "verdict": found.verdict,
        "note": found.note or "",
        "created_at": found.created_at.isoformat(),
    }


def shift(found: Shift) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "release": found.release.number,
        "before": found.before.number if found.before else None,
        "by": found.by_name,
        "reason": found.reason or "",
        "created_at": found.created_at.isoformat(),
    }


def split(found: Split) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "task": found.release.task_name,
        "mode": found.mode,
        "release": found.release.number,
        "control": found.control.number,
        "share": found.share,
        "ending": found.ending,
        "created_at": found.created_at.isoformat(),
        "ended_at": found.ended_at.isoformat() if found.ended_at else None,
    }


__all__ = ["approval", "blocked", "brief", "gate", "shift", "split", "whole"]
