"""Drawings of evaluations. Lines and bars are SVG that stretches; their words are words of the page, so that
they take its colours and stay readable on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sunmao.core.figures import percent

WIDE, HIGH = 560, 180


def history(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any] | None:
    """The pass rate of a suite over its runs, the oldest first. `runs` are (name, figures)."""
    shown = [(name, one) for name, one in runs if one.get("pass_rate") is not None]
    if not shown:
        return None
    step = WIDE / len(shown)
    points = [
        {
            "x": f"{step * (place + 0.5):.1f}",
            "y": _height(one["pass_rate"]),
            "name": name,
            "rate": percent(one["pass_rate"]),
            "low": _height(pair[0]) if (pair := one.get("interval")) else "",
            "high": _height(pair[1]) if pair else "",
        }
        for place, (name, one) in enumerate(shown)
    ]
    line = " ".join(f"{one['x']},{one['y']}" for one in points)
    return {"width": WIDE, "height": HIGH, "points": points, "line": line, "quarters": (0, 45, 90, 135)}


def _height(share: float) -> str:
    return f"{HIGH * (1 - share):.1f}"


def side_by_side(rows: Sequence[tuple[str, float | None, float | None]]) -> list[dict[str, Any]]:
    """Before and after, as two bars for each (name, before, after), all shares from 0 to 1."""
    return [
        {"name": name, "before": _bar(before), "after": _bar(after)}
        for name, before, after in rows
        if before is not None or after is not None
    ]


def _bar(share: float | None) -> dict[str, str] | None:
    if share is None:
        return None
    return {"wide": f"{100 * min(max(share, 0.0), 1.0):.2f}%", "shown": percent(share)}


__all__ = ["history", "side_by_side"]
