"""An earlier run beside this one. It informs and never gates: another day is another machine."""

from __future__ import annotations

import json
from pathlib import Path

from apps.config.bench.report import SCHEMA, Report


class NotABaseline(ValueError):
    """The file is not a report of this command."""


def earlier_medians(file: Path) -> dict[str, float]:
    """Ratio → its median then."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotABaseline("The baseline cannot be read as JSON.") from error
    if not isinstance(known, dict) or known.get("schema") != SCHEMA:
        raise NotABaseline(f"The baseline is not of schema {SCHEMA}.")
    return {ratio["id"]: ratio["median"] for ratio in known["ratios"]}


def changes(report: Report, earlier: dict[str, float]) -> dict[str, dict[str, float]]:
    """The ratios that both runs have: then, now, and the one divided by the other."""
    return {
        ratio.id: {
            "then": earlier[ratio.id],
            "now": ratio.median,
            "change": round(ratio.median / earlier[ratio.id], 4) if earlier[ratio.id] else 1.0,
        }
        for ratio in report.ratios
        if ratio.id in earlier
    }
