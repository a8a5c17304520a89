"""What every door shows of data sets. All of it runs inside the actor's tenancy scope."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.training.datasets import annotating, figures
from sunmao.training.datasets.comparing import Difference
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.formats import Material
from sunmao.training.datasets.models import DataSet, Row, Step, Version, VersionState
from sunmao.training.datasets.selectors import rows_of


def dataset(found: DataSet) -> dict[str, Any]:
    newest = found.versions.first()
    approved = found.versions.filter(state=VersionState.APPROVED).first()
    return {
        "id": str(found.pk),
        "slug": found.slug,
        "title": found.title,
        "kind": found.kind,
        "purpose": found.purpose,
        "vertical": found.vertical,
        "version": newest.number if newest else None,
        "state": newest.state if newest else "",
        "approved": approved.number if approved else None,
        "examples": rows_of(newest).count() if newest else 0,
        "created_at": found.created_at.isoformat(),
    }


def version(found: Version) -> dict[str, Any]:
    """`figures` of a draft are empty but for the last search for leaks; ask for its statistics."""
    return {
        "id": str(found.pk),
        "dataset": found.dataset.slug,
        "number": found.number,
        "state": found.state,
        "note": found.note,
        "settings": found.settings,
        "lineage": found.lineage,
        "figures": found.figures,
        "sha256": found.sha256,
        "must_retrain": found.must_retrain,
        "created_at": found.created_at.isoformat(),
        "frozen_at": found.frozen_at.isoformat() if found.frozen_at else None,
        "decided_at": found.decided_at.isoformat() if found.decided_at else None,
    }


def statistics(found: Version) -> dict[str, Any]:
    """Of a frozen version as they were counted then, of a draft as they are now."""
    known = found.figures if "examples" in found.figures else figures.of(found)
    return {**known, "agreement": annotating.agreement(found.dataset)}


def row(found: Row) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "data": found.data,
        "part": found.part,
        "group": found.group,
        "origin": found.origin,
        "source": found.source,
        "review": found.review,
        "weak": found.weak,
        "masked": found.masked,
        "born": found.born,
        "died": found.died,
        "created_at": found.created_at.isoformat(),
    }


def removed(found: Row) -> dict[str, Any]:
    """With the reason that it left for."""
    told = next(iter(getattr(found, "told", None) or found.removals.all()))
    return {**row(found), "rule": told.rule, "twin": str(told.twin) if told.twin else None}


def step(found: Step) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "dataset": found.version.dataset.slug,
        "version": found.version.number,
        "step": found.kind,
        "state": found.state,
        "settings": found.settings,
        "found": _in_one_language(found.found),
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }


def _in_one_language(found: dict[str, Any]) -> dict[str, Any]:
    if "wrong" not in found:
        return found
    language = get_language() or ""
    told = {
        name: texts.get(language) or next(iter(texts.values()), "") for name, texts in found["wrong"].items()
    }
    return {**found, "wrong": told}


def material(found: Material, kind: Kind, shown: int = 20) -> dict[str, Any]:
    """What an import would read."""
    return {
        "format": found.format,
        "kind": str(kind),
        "examples": len(found.entries),
        "wrong": {place: str(text) for place, text in found.told().items()},
        "wrong_lines": len(found.wrong),
        "remarks": found.remarks,
        "shown": [{"line": one.line, "data": one.data} for one in found.entries[:shown]],
    }


def difference(found: Difference, shown: int = 100) -> dict[str, Any]:
    return {
        **found.counts,
        "shown": {
            "added": [row(one) for one in found.added[:shown]],
            "removed": [row(one) for one in found.removed[:shown]],
            "changed": [{"before": row(a), "after": row(b)} for a, b in found.changed[:shown]],
            "moved": [{"id": str(b.pk), "before": a.part, "after": b.part} for a, b in found.moved[:shown]],
        },
    }


__all__ = ["dataset", "difference", "material", "removed", "row", "statistics", "step", "version"]
