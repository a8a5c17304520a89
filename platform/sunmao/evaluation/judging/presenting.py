"""What every door shows of judges and rounds. All of it runs inside the actor's tenancy scope."""

from __future__ import annotations

from typing import Any

from sunmao.evaluation.judging.models import Calibration, Judge, Mode, Round
from sunmao.evaluation.judging.selectors import calibration_of, why_not_gating
from sunmao.evaluation.judging.sheets import Sheet


def judge(found: Judge) -> dict[str, Any]:
    """`gates` says for each way of judging why it may not stand before production; empty when it may."""
    return {
        "id": str(found.pk),
        "slug": found.slug,
        "title": found.title,
        "engine": found.engine,
        "adapter": str(found.adapter) if found.adapter else None,
        "criteria": found.criteria,
        "bound": found.bound,
        "version": found.version,
        "gates": {mode.value: why_not_gating(found, mode) for mode in Mode},
        "calibrations": {
            mode.value: calibration(done) if (done := calibration_of(found, mode)) else None for mode in Mode
        },
        "created_at": found.created_at.isoformat(),
    }


def calibration(found: Calibration) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "version": found.version,
        "round": str(found.round_id) if found.round_id else None,
        "labels": found.labels,
        "model": found.model,
        "figures": found.figures,
        "job": str(found.job_id) if found.job_id else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def round_(found: Round) -> dict[str, Any]:
    """Of a round that is open only how far it is: figures would sway who has not rated yet."""
    return {
        "id": str(found.pk),
        "title": found.title,
        "mode": found.mode,
        "state": found.state,
        "suite": found.run.suite.slug,
        "criteria": found.criteria,
        "items": found.items.count(),
        "raters": [one.rater_name for one in found.assignments.all()],
        "figures": found.figures,
        "created_at": found.created_at.isoformat(),
        "closed_at": found.closed_at.isoformat() if found.closed_at else None,
    }


def waiting(found: Round) -> dict[str, Any]:
    """As raters see it: not which suite, run or release it is about."""
    return {
        "id": str(found.pk),
        "title": found.title,
        "mode": found.mode,
        "criteria": found.criteria,
        "items": getattr(found, "size", 0),
    }


def sheet(found: Sheet | None) -> dict[str, Any]:
    """Nothing in it tells whose answers they are. `item` is null when there is nothing left to rate."""
    if found is None:
        return {"item": None, "number": 0, "of": 0, "done": 0, "question": "", "answers": [], "value": None}
    return {
        "item": str(found.item.pk),
        "number": found.number,
        "of": found.of,
        "done": found.done,
        "question": found.question,
        "answers": found.answers,
        "value": found.value,
    }


__all__ = ["calibration", "judge", "round_", "sheet", "waiting"]
