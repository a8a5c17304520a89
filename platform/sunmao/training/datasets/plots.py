"""Plots of figures as SVG: classes of the style sheet only, which a strict content policy lets through.
Bars are told in words to those who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, ROW, LABEL, NUMBER = 640, 26, 170, 60
COLUMN_HEIGHT = 120


def bars(title: str, rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> SafeString:
    """One bar for each row, cut into named pieces; the longest fills the width."""
    most = max((sum(count for _name, count in pieces) for _label, pieces in rows), default=0)
    if not most:
        return SafeString("")
    room = WIDTH - LABEL - NUMBER
    drawn = format_html_join("", "{}", ((_bar(at, row, room / most),) for at, row in enumerate(rows)))
    height = ROW * len(rows)
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>',
        WIDTH, height, title, title, drawn,
    )  # fmt: skip


def _bar(at: int, row: tuple[str, Sequence[tuple[str, int]]], scale: float) -> SafeString:
    label, pieces = row
    top, left, drawn = at * ROW, float(LABEL), []
    for name, count in pieces:
        wide = count * scale
        drawn.append((f"plot__{name}", f"{left:.1f}", top + 5, f"{wide:.1f}", ROW - 10, f"{label}: {count}"))
        left += wide
    body = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}</title></rect>',
        [one for one in drawn if one[3] != "0.0"],
    )
    middle = top + ROW / 2 + 4
    total = sum(count for _name, count in pieces)
    return format_html(
        '<text class="plot__label" x="{}" y="{}" text-anchor="end">{}</text>{}'
        '<text class="plot__number" x="{}" y="{}">{}</text>',
        LABEL - 8, middle, _short(label), body, f"{left + 6:.1f}", middle, total,
    )  # fmt: skip


def _short(label: str, most: int = 24) -> str:
    wide = sum(2 if ord(sign) > 0x2E80 else 1 for sign in label)
    if wide <= most:
        return label
    return label[: most // 2 if ord(label[0]) > 0x2E80 else most - 1] + "…"


def columns(title: str, bins: Sequence[Sequence[Any]]) -> SafeString:
    """A histogram: the lower edge of each bin below its column."""
    most = max((int(count) for _least, count in bins), default=0)
    if not most:
        return SafeString("")
    last = max(at for at, (_least, count) in enumerate(bins) if count)
    shown = bins[: last + 1]
    wide = WIDTH / max(len(shown), 6)
    drawn = format_html_join("", "{}", ((_column(at, one, wide, most),) for at, one in enumerate(shown)))
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>',
        WIDTH, COLUMN_HEIGHT + 40, title, title, drawn,
    )  # fmt: skip


def _column(at: int, one: Sequence[Any], wide: float, most: int) -> SafeString:
    least, count = int(one[0]), int(one[1])
    high = COLUMN_HEIGHT * count / most
    middle = f"{at * wide + wide / 2:.1f}"
    return format_html(
        '<rect class="plot__train" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}+: {}</title></rect>'
        '<text class="plot__number" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="plot__label" x="{}" y="{}" text-anchor="middle">{}+</text>',
        f"{at * wide + 4:.1f}", f"{COLUMN_HEIGHT - high + 16:.1f}", f"{wide - 8:.1f}", f"{high:.1f}",
        least, count,
        middle, f"{COLUMN_HEIGHT - high + 12:.1f}", count or "", middle, COLUMN_HEIGHT + 34, least,
    )  # fmt: skip


__all__ = ["bars", "columns"]
