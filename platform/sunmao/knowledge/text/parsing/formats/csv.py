"""Tables as text: the delimiter is found by which one cuts the first rows into equal numbers of cells."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.parsing import records
from sunmao.knowledge.text.parsing.naming import extension_of, title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, unreadable
from sunmao.knowledge.text.parsing.source import Format, Source

MEDIA_TYPE = "text/csv"

_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE = 30
_LONGEST_CELL = 1_000_000


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile` as `decode` does, and `corrupt_file`."""
    decoded = decode(source.data)
    csv.field_size_limit(_LONGEST_CELL)
    delimiter = "\t" if extension_of(source.name) == ".tsv" else delimiter_of(decoded.text)
    return Parsed(
        text=records.written(_rows(decoded.text, delimiter)),
        title=title_from(source.name),
        media_type=MEDIA_TYPE,
        encoding=decoded.encoding,
    )


def delimiter_of(text: str) -> str:
    """The one that gives most rows the same number of cells; with several, the one that gives more cells."""
    sample = text.splitlines()[:_SAMPLE]
    return max(_DELIMITERS, key=lambda mark: _evenness(sample, mark))


def _evenness(sample: Sequence[str], mark: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=mark) if row)
    except csv.Error:
        return 0.0, 0
    wide = {width: rows for width, rows in widths.items() if width > 1}
    if not wide:
        return 0.0, 0
    width, rows = max(wide.items(), key=lambda found: (found[1], found[0]))
    return rows / widths.total(), width


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """A quotation mark that is never closed would swallow the rest: then marks are ordinary characters."""
    try:
        return _tidied(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        plain = csv.reader(StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE)
    try:
        return _tidied(plain)
    except csv.Error as error:
        raise unreadable(
            "corrupt_file", _("The table cannot be told apart into rows and columns. Export it again.")
        ) from error


def _tidied(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    return [[records.tidy(cell) for cell in row] for row in rows]


FORMAT = Format(MEDIA_TYPE, (".csv", ".tsv"), parse)
__all__ = ["FORMAT", "delimiter_of"]
