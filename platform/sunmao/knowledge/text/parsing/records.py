"""Rows of a table as records: each line says its column names again, so that it can be read alone.

A table of questions and answers becomes marked pairs instead, which the splitter knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SPACES = re.compile(r"\s+")
_NUMERIC = re.compile(r"[-+]?[\d.,:/%¥￥$€\s-]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_QUESTION = re.compile(r"(?:标准|常见|用户|相似)?(?:问题|提问|问法|问)|q(?:uestion)?s?", re.IGNORECASE)
_ANSWER = re.compile(r"(?:标准|参考)?(?:答案|回答|答复|回复|答)|a(?:nswer)?s?", re.IGNORECASE)
_LOOK = 20
"""Rows in which the header is looked for: titles and notes may stand above it."""

Row = Sequence[str]


def tidy(value: str) -> str:
    """On one line: the line end separates records."""
    return _SPACES.sub(" ", value).strip()


def written(rows: Sequence[Row]) -> str:
    """The text of a table; above its header whatever stands there, a line for each row."""
    said = [row for row in rows if any(row)]
    if not said:
        return ""
    at = _header_row(said)
    if at is None:
        return "\n".join("; ".join(value for value in row if value) for row in said)
    above = [" ".join(value for value in row if value) for row in said[:at]]
    return "\n".join([*above, *_records(_named(said[at]), said[at + 1 :])])


def _header_row(rows: Sequence[Row]) -> int | None:
    """The first row that fills most of the columns, if with words; never the last one."""
    width = max(sum(map(bool, row)) for row in rows)
    for number, row in enumerate(rows[: min(_LOOK, len(rows) - 1)]):
        values = [value for value in row if value]
        if len(values) >= max(2, 0.6 * width) or width == 1:
            return None if any(_is_figure(value) for value in values) else number
    return None


def _is_figure(value: str) -> bool:
    return bool(_NUMERIC.fullmatch(value)) and not _YEAR.fullmatch(value)


def _named(header: Row) -> list[str]:
    """Every column gets a name, also one that nobody named."""
    return [value or str(number) for number, value in enumerate(header, start=1)]


def _records(header: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    asked, answered = _place(_QUESTION, header), _place(_ANSWER, header)
    for row in rows:
        if not any(row):
            continue
        if asked is not None and answered is not None and max(asked, answered) < len(row):
            yield _pair(header, row, asked, answered)
        else:
            yield _record(header, row)


def _place(wanted: re.Pattern[str], header: Sequence[str]) -> int | None:
    return next((place for place, name in enumerate(header) if wanted.fullmatch(name)), None)


def _pair(header: Sequence[str], row: Row, asked: int, answered: int) -> str:
    rest = ["" if place in (asked, answered) else value for place, value in enumerate(row)]
    return "\n".join(filter(None, [f"Q: {row[asked]}", f"A: {row[answered]}", _record(header, rest)]))


def _record(header: Sequence[str], row: Row) -> str:
    named = [f"{name}: {value}" for name, value in zip(header, row, strict=False) if value]
    return "; ".join([*named, *filter(None, row[len(header) :])])


__all__ = ["Row", "tidy", "written"]
