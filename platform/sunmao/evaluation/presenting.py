"""What every door shows of suites and evaluations. All of it runs inside the actor's tenancy scope."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from sunmao.evaluation.labelling import label_of
from sunmao.evaluation.models import Case, Result, Run, Suite
from sunmao.jobs.selectors import as_dict as job_dict


def suite(found: Suite) -> dict[str, Any]:
    size = getattr(found, "size", None)
    return {
        "id": str(found.pk),
        "slug": found.slug,
        "title": found.title,
        "task": found.task_name,
        "gates": found.gates,
        "role": found.role,
        "limits": found.limits,
        "version": found.version,
        "cases": found.cases.filter(died__isnull=True).count() if size is None else size,
        "created_at": found.created_at.isoformat(),
    }


def case(found: Case) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "input": found.data,
        "checks": found.checks,
        "slices": found.slices,
        "origin": found.origin,
        "record_id": str(found.record_id) if found.record_id else None,
        "born": found.born,
        "died": found.died,
        "created_at": found.created_at.isoformat(),
    }


def run(found: Run) -> dict[str, Any]:
    """`figures` are empty until every case was tried."""
    return {
        "id": str(found.pk),
        "suite": found.suite.slug,
        "version": found.version,
        "release": found.release.number,
        "task": found.suite.task_name,
        "state": found.state,
        "knowledge": found.knowledge,
        "figures": found.figures,
        "before": found.previous.figures if found.previous else None,
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def result(found: Result) -> dict[str, Any]:
    return {
        "case_id": str(found.case_id),
        "input": found.case.data,
        "slices": found.case.slices,
        "passed": found.passed,
        "change": found.change,
        "answer": str(found.answer),
        **label_of(found).sent(get_language()),
        "outcome": found.outcome,
        "error": found.error,
        "checks": found.checks,
        "citations": found.citations,
        "model": found.model,
        "seconds": found.seconds,
        "tokens": found.tokens,
    }


__all__ = ["case", "result", "run", "suite"]
