"""Boxes with words → lines in reading order, columns one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SAME_LINE = 0.5
"""Boxes share a line when their heights overlap by this much of the lower one."""
_GAP = 1.5
"""Columns stand at least this many line heights apart."""
_COLUMN_LINES, _COLUMN_WIDTH = 3, 7
"""Fewer lines, or lines of fewer heights, are cells of a table, which is read row by row."""
_WORD_GAP = 0.25


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels and what it says."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top


def lines_of(boxes: Sequence[Box]) -> list[str]:
    said: list[str] = []
    for rows, border in _bands(_rows(boxes)):
        if border is None:
            said += [_line(row) for row in rows]
            continue
        band = [box for row in rows for box in row]
        said += lines_of([box for box in band if box.right <= border])
        said += lines_of([box for box in band if box.right > border])
    return said


def _bands(rows: Sequence[list[Box]]) -> Iterator[tuple[list[list[Box]], float | None]]:
    """Runs of rows, each with the border between its two columns, or None when it is not in columns."""
    run: list[list[Box]] = []
    shared: list[tuple[float, float]] = []
    for row in rows:
        gaps = _gaps(row)
        both = [(max(a, c), min(b, d)) for a, b in shared for c, d in gaps if max(a, c) < min(b, d)]
        if run and (not both if shared else gaps):
            yield run, _border(run, shared)
            run = []
        shared = both if run else gaps
        run.append(row)
    if run:
        yield run, _border(run, shared)


def _gaps(row: Sequence[Box]) -> list[tuple[float, float]]:
    return [
        (one.right, two.left)
        for one, two in zip(row, row[1:], strict=False)
        if two.left - one.right > _GAP * min(one.height, two.height)
    ]


def _border(rows: Sequence[list[Box]], shared: Sequence[tuple[float, float]]) -> float | None:
    if len(rows) < _COLUMN_LINES or not shared:
        return None
    border = (shared[0][0] + shared[0][1]) / 2
    sides = ([box for row in rows for box in row if (box.right <= border) is left] for left in (True, False))
    return border if all(_is_running_text(side) for side in sides) else None


def _is_running_text(boxes: Sequence[Box]) -> bool:
    widths = sorted((box.right - box.left) / max(1.0, box.height) for box in boxes)
    return bool(widths) and widths[len(widths) // 2] >= _COLUMN_WIDTH


def _rows(boxes: Sequence[Box]) -> list[list[Box]]:
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (box.top + box.bottom) / 2):
        if rows and _overlap(rows[-1][-1], box) >= _SAME_LINE:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: box.left) for row in rows]


def _overlap(one: Box, two: Box) -> float:
    shared = min(one.bottom, two.bottom) - max(one.top, two.top)
    return shared / max(1.0, min(one.height, two.height))


def _line(row: Sequence[Box]) -> str:
    said = row[0].text
    for before, box in zip(row, row[1:], strict=False):
        said += (" " if box.left - before.right > _WORD_GAP * box.height else "") + box.text
    return said


__all__ = ["Box", "lines_of"]
