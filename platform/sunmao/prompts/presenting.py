"""What every door shows of prompts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language

from sunmao.core.differences import difference
from sunmao.guards.label import Kind, label
from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.prompts.models import (
    CellState,
    Comment,
    Mode,
    Optimisation,
    PlaygroundCell,
    PlaygroundRun,
    Prompt,
    PromptCase,
    PromptVersion,
    Review,
)
from sunmao.prompts.scoring import score
from sunmao.prompts.selectors import has_newer_seed
from sunmao.prompts.source import PromptSource, examine, read

QUOTES = "extractive"
"""The model of the engine that only quotes, which lies above prompts."""

Usage = Mapping[str, list[dict[str, Any]]]


def prompt(found: Prompt) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "slug": found.slug,
        "language": found.language,
        "current": found.current.number if found.current else None,
        "versions": getattr(found, "version_count", found.versions.count()),
        "open_reviews": getattr(found, "open_reviews", 0),
        "four_eyes": found.four_eyes,
        "newer_seed": found.seed.number if found.seed and has_newer_seed(found) else None,
    }


def version(found: PromptVersion, *, used: Usage | None = None, whole: bool = True) -> dict[str, Any]:
    shown = {
        "id": str(found.pk),
        "number": found.number,
        "parent": found.parent,
        "origin": found.origin,
        "current": found.prompt.current_id == found.pk,
        "author": str(found.author or ""),
        "note": str(found.note or ""),
        "sha256": found.sha256,
        "created_at": found.created_at.isoformat(),
        "releases": (used or {}).get(str(found.pk), []),
    }
    return {**shown, "source": found.source, **_parts(found.source)} if whole else shown


def _parts(source: str) -> dict[str, Any]:
    said = examine(source)[0]
    return {
        "variables": variables(said) if said else [],
        "strategy": [{"name": one.name, "options": dict(one.options)} for one in said.strategy]
        if said
        else [],
    }


def variables(said: PromptSource) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "type": one.type,
            "description": one.description,
            "default": "" if one.default is None else str(one.default),
            "required": one.required and one.default is None,
        }
        for one in said.declared
        if not (one.name == "facts" and said.front.get("computed"))
    ]


def preview(source: str, *, found: Prompt | None = None) -> dict[str, Any]:
    """What there is to know of a text before it is saved: faults, score, and how its cases went."""
    said, problems = examine(source)
    whole = said is not None and not problems
    return {
        "problems": [one.as_dict() for one in problems],
        "score": score(said, source).as_dict() if said is not None and said.template else None,
        "template": said.template if said is not None else "",
        "variables": variables(said) if said is not None else [],
        "pass_rates": pass_rates(found, source) if whole and found else [],
    }


def pass_rates(found: Prompt, source: str) -> list[dict[str, Any]]:
    """The newest run of the cases of this very text, for each engine."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    cells = PlaygroundCell.objects.filter(
        run__prompt=found, run__mode=Mode.CASES, run__finished_at__isnull=False, sha256=digest
    ).order_by("-run__created_at", "-run_id")
    newest: dict[str, Any] = {}
    rates: dict[str, dict[str, Any]] = {}
    for cell in cells.only("run_id", "engine", "adapter", "model", "passed"):
        name = f"{cell.engine}/{cell.adapter}" if cell.adapter else cell.engine
        if newest.setdefault(name, cell.run_id) != cell.run_id:
            continue
        row = rates.setdefault(name, {"engine": name, "model": cell.model, "passed": 0, "cases": 0})
        row["cases"] += 1
        row["passed"] += cell.passed is True
    return list(rates.values())


def differing(before: PromptVersion, after: PromptVersion) -> dict[str, Any]:
    pieces = difference(before.source, after.source)
    return {
        "before": before.number,
        "after": after.number,
        "pieces": [{"op": one.op, "text": one.text} for one in pieces],
        "scores": {str(one.number): score(read(one.source), one.source).total for one in (before, after)},
    }


def review(found: Review) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "version": found.version.number,
        "version_id": str(found.version_id),
        "state": found.state,
        "asked_by": str(found.asked_by),
        "decided_by": str(found.decided_by or ""),
        "reason": str(found.reason or ""),
        "created_at": found.created_at.isoformat(),
        "decided_at": found.decided_at.isoformat() if found.decided_at else None,
    }


def comment(found: Comment) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "version": found.version.number,
        "line": found.line,
        "author": str(found.author),
        "text": str(found.text),
        "created_at": found.created_at.isoformat(),
    }


def case(found: PromptCase) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": found.name,
        "inputs": found.inputs,
        "checks": found.checks,
        "created_at": found.created_at.isoformat(),
    }


def run(found: PlaygroundRun) -> dict[str, Any]:
    cells = list(found.cells.select_related("version", "case"))
    return {
        "id": str(found.pk),
        "prompt": str(found.prompt),
        "mode": found.mode,
        "state": found.state,
        "inputs": found.inputs,
        "images": sorted(found.images),
        "settings": found.settings,
        "job": job_dict(found.job) if found.job else None,
        "cells": [cell(one) for one in cells],
        "rates": rates(cells) if found.mode == Mode.CASES else [],
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def cell(one: PlaygroundCell) -> dict[str, Any]:
    told = one.told if one.state == CellState.DONE else {}
    texts = one.error.get("texts", {})
    return {
        "id": str(one.pk),
        "version": one.version.number if one.version else None,
        "case": one.case.name if one.case else "",
        "engine": f"{one.engine}/{one.adapter}" if one.adapter else one.engine,
        "model": one.model,
        "state": one.state,
        "text": str(one.text or ""),
        **labelled(one),
        "error": {"code": one.error["code"], "message": texts.get(get_language(), "")} if one.error else None,
        "passed": one.passed,
        "checks": told.get("checks", []),
        "remarks": told.get("remarks", []),
        "facts": told.get("facts", []),
        "reason": told.get("reason", ""),
        "notes": told.get("notes", {}),
        "calls": one.calls,
        "prompt_tokens": one.prompt_tokens,
        "tokens": one.tokens,
        "milliseconds": one.milliseconds,
        "cost": None if one.cost is None else str(one.cost),
    }


def labelled(one: PlaygroundCell) -> dict[str, Any]:
    """What stands beside a cell's text: `label`, `ai_generated`, `aigc`."""
    text = str(one.text or "")
    kind: Kind = "none" if not text else "extract" if one.model == QUOTES else "generated"
    return label(kind=kind, produce_id=one.pk.hex, text=text).sent(get_language())


def rates(cells: Iterable[PlaygroundCell]) -> list[dict[str, Any]]:
    """Side by side: how many cases each text passed with each engine."""
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for one in cells:
        name = f"{one.engine}/{one.adapter}" if one.adapter else one.engine
        number = one.version.number if one.version else None
        row = found.setdefault(
            (one.sha256, name), {"version": number, "engine": name, "passed": 0, "cases": 0}
        )
        row["cases"] += 1
        row["passed"] += one.passed is True
    return list(found.values())


def optimisation(found: Optimisation) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "prompt": str(found.prompt),
        "base": found.base.number,
        "candidate": found.candidate.number if found.candidate else None,
        "candidate_id": str(found.candidate_id) if found.candidate_id else None,
        "engine": found.engine,
        "method": found.method,
        "settings": found.settings,
        "figures": found.figures,
        "state": found.state,
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }
