"""Tables inside a section: each row is retrieved with its header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sunmao.knowledge.text.headings import Line, tidy
from sunmao.knowledge.text.splitting.units import Span

_LEAST_LINES = 2
_RULE = frozenset("|:- \t")


def is_row(line: str) -> bool:
    return " | " in line or (line.lstrip().startswith("|") and line.count("|") > 1)


def _is_rule(line: str) -> bool:
    """The line of dashes between a header and its rows."""
    return "--" in line and _RULE.issuperset(line)


def cells_of(row: str) -> list[str]:
    return [tidy(cell) for cell in row.strip().strip("|").split("|")]


def row_spans(table: Sequence[Line], path: tuple[str, ...]) -> Iterator[Span]:
    """The first line is the header; it enters the heading path of every row and is a row itself only when
    alone."""
    header, *body = [line for line in table if not _is_rule(line.text)] or [table[0]]
    if not body:
        yield Span("table_row", cells_of(header.text)[0], path, header.start, header.end)
    above = (*path, " | ".join(cells_of(header.text)))
    for line in body:
        yield Span("table_row", cells_of(line.text)[0], above, line.start, line.end)


def blocks_of(lines: Sequence[Line]) -> Iterator[tuple[bool, list[Line]]]:
    """Runs of lines: (whether the run is a table, its lines). A single row is no table."""
    run: list[Line] = []
    for line in lines:
        row = is_row(line.text) and not line.fenced
        if run and row != _is_table_line(run[-1]):
            yield _is_table(run), run
            run = []
        run.append(line)
    if run:
        yield _is_table(run), run


def _is_table_line(line: Line) -> bool:
    return is_row(line.text) and not line.fenced


def _is_table(run: Sequence[Line]) -> bool:
    return len(run) >= _LEAST_LINES and _is_table_line(run[0])


__all__ = ["blocks_of", "cells_of", "is_row", "row_spans"]
