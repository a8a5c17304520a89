"""The picture of a run: how long the median question took, and how much of what is right came back.

Time is on a logarithmic scale. A quick wrong answer is not quick: bars with a recall below 0.95 are hollow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

GROUPS = {
    "dense.1pct": "one base of 1 % of the rows",
    "dense.10pct": "one base of 10 % of the rows",
    "whole.dense": "all rows in one base, no filter",
}
TOPICS = {"on": "on topic", "off": "off topic"}
GOOD = 0.95
LEFT, WIDTH, BAR, ROW = 110, 520, 13, 19
INK, MUTED, LINE, OURS, OTHERS = "#1C1F23", "#5C6167", "#E4E0D8", "#1F5F55", "#8C877D"
STYLE = "font-family: system-ui, sans-serif; font-size: 12px"


def draw(cases: Sequence[Mapping[str, Any]], *, rows: int) -> str:
    """An SVG of the dense cases of a report."""
    groups = [(title, found) for title, found in _groups(cases) if found]
    longest = max(case["p50"] for _, found in groups for _, case in found)
    shortest = min(case["p50"] for _, found in groups for _, case in found)
    low, high = math.floor(math.log10(shortest)), math.ceil(math.log10(longest))
    parts, at = [_text(0, 18, f"Median question, {rows:,} vectors of 384 numbers (ms)", INK, bold=True)], 34
    for title, found in groups:
        at += 18
        parts.append(_text(0, at, title, INK, bold=True))
        at += 8
        for name, case in found:
            parts += _bar(at, name, case, low, high)
            at += ROW
        at += 8
    scale = [_mark(power, low, high, at) for power in range(low, high + 1)]
    note = _text(0, at + 34, "Hollow: less than 0.95 of the ten nearest came back.", MUTED)
    size = f'viewBox="-12 0 {LEFT + WIDTH + 170} {at + 46}"'
    body = "".join([*scale, *parts, note])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} style="{STYLE}" role="img">{body}</svg>\n'


def _groups(cases: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[tuple[str, Mapping[str, Any]]]]]:
    """A case is called `dense.1pct.ours.on` or `whole.dense.on.ours`."""
    groups = []
    for prefix, title in GROUPS.items():
        for topic, spoken in TOPICS.items():
            found = []
            for case in cases:
                parts = case["id"].removeprefix(f"{prefix}.").split(".")
                if case["id"].startswith(f"{prefix}.") and topic in parts:
                    found.append((next(part for part in parts if part != topic), case))
            groups.append((f"{title}, {spoken}", found))
    return groups


def _bar(at: int, name: str, case: Mapping[str, Any], low: int, high: int) -> list[str]:
    width = max(2.0, _x(case["p50"], low, high) - LEFT)
    colour = OURS if name == "ours" else OTHERS
    fill = colour if case["recall"] >= GOOD else "none"
    said = f"{case['p50']:.3g} · recall {case['recall']:.2f}"
    return [
        _text(LEFT - 8, at + 11, name, INK, end=True),
        f'<rect x="{LEFT}" y="{at}" width="{width:.1f}" height="{BAR}" fill="{fill}" stroke="{colour}"/>',
        _text(int(LEFT + width + 8), at + 11, said, MUTED),
    ]


def _x(value: float, low: int, high: int) -> float:
    return LEFT + WIDTH * (math.log10(value) - low) / max(1, high - low)


def _mark(power: int, low: int, high: int, bottom: int) -> str:
    x = _x(10.0**power, low, high)
    line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="30" y2="{bottom}" stroke="{LINE}"/>'
    return line + _text(int(x) - 6, bottom + 14, f"{10.0**power:g}", MUTED)


def _text(x: int, y: int, text: str, colour: str, *, bold: bool = False, end: bool = False) -> str:
    more = ' font-weight="600"' if bold else ""
    more += ' text-anchor="end"' if end else ""
    return f'<text x="{x}" y="{y}" fill="{colour}"{more}>{escape(text)}</text>'
