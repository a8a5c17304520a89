"""Pictures of evaluations, drawn by the server as SVG: nothing is fetched, no script runs.

Only attributes are used, no styles, so that a strict content policy lets them stand in a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from django.utils.translation import gettext as _

INK, MUTED, LINE, OURS, OTHERS = "#1C1F23", "#5C6167", "#D8D3C8", "#1F5F55", "#8C877D"
WIDTH, HEIGHT, LEFT, TOP = 640, 220, 48, 16


def history(runs: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """The pass rate of a suite over its runs, the oldest first: a dot with its interval for each. `runs` are
    (name, figures)."""
    shown = [(name, one) for name, one in runs if one.get("pass_rate") is not None]
    if not shown:
        return ""
    floor, step = TOP + HEIGHT, WIDTH / max(len(shown), 1)
    parts = [_grid(share, floor) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    points = []
    for number, (name, one) in enumerate(shown):
        x = LEFT + step * (number + 0.5)
        points.append((x, _y(one["pass_rate"])))
        parts += _dot(x, one)
        parts.append(_text(x, floor + 18, name, MUTED, anchor="middle"))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.insert(5, f'<polyline points="{line}" fill="none" stroke="{OURS}" stroke-width="1.5"/>')
    return _svg(parts, floor + 30, _("Pass rate over the runs, with their intervals"))


def side_by_side(rows: Sequence[tuple[str, float | None, float | None]]) -> str:
    """Before and after, as two bars for each row of (name, before, after), all shares from 0 to 1."""
    shown = [row for row in rows if row[1] is not None or row[2] is not None]
    if not shown:
        return ""
    parts, at, left = [], TOP + 14, 200
    room = LEFT + WIDTH - left - 60
    for name, before, after in shown:
        parts.append(_text(left - 10, at + 16, name[:28], INK, anchor="end"))
        for value, colour, offset in ((before, OTHERS, 0), (after, OURS, 13)):
            if value is None:
                continue
            size = max(room * min(max(value, 0.0), 1.0), 1.0)
            parts.append(
                f'<rect x="{left}" y="{at + offset}" width="{size:.1f}" height="11" fill="{colour}"/>'
            )
            parts.append(_text(left + size + 6, at + offset + 10, f"{100 * value:.1f} %", MUTED))
        at += 36
    legend = [
        f'<rect x="{left}" y="2" width="10" height="10" fill="{OTHERS}"/>',
        _text(left + 15, 11, _("before"), MUTED),
        f'<rect x="{left + 90}" y="2" width="10" height="10" fill="{OURS}"/>',
        _text(left + 105, 11, _("after"), MUTED),
    ]
    return _svg([*legend, *parts], at, _("Before and after"))


def _y(share: float) -> float:
    return TOP + HEIGHT * (1 - share)


def _grid(share: float, floor: float) -> str:
    y = _y(share)
    line = f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>'
    return line + _text(LEFT - 8, y + 4, f"{100 * share:.0f} %", MUTED, anchor="end")


def _dot(x: float, one: Mapping[str, Any]) -> list[str]:
    parts = []
    if pair := one.get("interval"):
        low, high = _y(pair[0]), _y(pair[1])
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{OURS}"'
            ' stroke-width="5" stroke-opacity="0.25"/>'
        )
    parts.append(f'<circle cx="{x:.1f}" cy="{_y(one["pass_rate"]):.1f}" r="4" fill="{OURS}"/>')
    return parts


def _text(x: float, y: float, text: str, colour: str, *, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="12" font-family="system-ui, sans-serif"'
        f' text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(parts: Sequence[str], height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 8} {height:.0f}" role="img"'
        f' width="100%" class="plot" aria-label="{escape(title, quote=True)}">'
        f'<rect width="100%" height="100%" fill="#FFFFFF"/><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


__all__ = ["history", "side_by_side"]
