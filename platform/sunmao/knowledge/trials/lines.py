"""A file of questions: JSON lines or CSV, each with what it should find. Nothing here reads the database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sunmao.core.texts import sound

LONGEST = 2_000
QUESTION = ("question", "query", "问题")
DOCUMENT = ("document", "relevant", "文档")
LABEL = ("label", "标签", "条款")


@dataclass(frozen=True)
class Line:
    """`expected` are pairs of a document's name and a label; either may be empty, never both."""

    number: int
    question: str
    expected: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class WrongLine:
    number: int
    code: str

    def as_json(self) -> dict[str, Any]:
        return {"line": self.number, "code": self.code}


@dataclass
class Lines:
    good: list[Line] = field(default_factory=list)
    wrong: list[WrongLine] = field(default_factory=list)


def read(text: str) -> Lines:
    """The first sign that is no space says which of both it is."""
    found = _json_lines(text) if text.lstrip().startswith("{") else _csv_lines(text)
    return collect(found)


def collect(numbered: Iterable[tuple[int, Mapping[str, Any] | None]]) -> Lines:
    """Each object as a line, or as one that is wrong; None stands for what was no object at all."""
    lines = Lines()
    for number, given in numbered:
        line = _line(number, given) if given is not None else "not_json"
        if isinstance(line, Line):
            lines.good.append(line)
        else:
            lines.wrong.append(WrongLine(number, line))
    return lines


def _line(number: int, given: Mapping[str, Any]) -> Line | str:
    asked = _first(given, QUESTION)
    if not isinstance(asked, str) or not (question := " ".join(sound(asked).split())):
        return "no_question"
    if len(question) > LONGEST:
        return "too_long"
    documents, labels = _texts(_first(given, DOCUMENT)), _texts(_first(given, LABEL))
    if documents is None or labels is None:
        return "not_text"
    pairs = [(document, label) for document in documents or [""] for label in labels or [""]]
    return Line(number, question, tuple(pair for pair in pairs if any(pair)))


def _first(given: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((given[name] for name in names if given.get(name) is not None), None)


def _texts(value: Any) -> list[str] | None:
    """One text, several, or none; None when it is something else."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str) for one in values):
        return None
    return list(dict.fromkeys(sound(one).strip() for one in values if sound(one).strip()))


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            given = None
        yield number, given if isinstance(given, dict) else None


def _csv_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """With a header that names the columns, or without one: question, document, label."""
    reader = csv.reader(io.StringIO(text))
    header: Sequence[str] = ()
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                names = [cell.strip().lower() for cell in row]
                header = names if set(names) & set(QUESTION) else ("question", "document", "label")
                if header is names:
                    continue
            yield reader.line_num, dict(zip(header, row, strict=False))
    except csv.Error:
        yield reader.line_num, None


__all__ = [
    "LONGEST",
    "Line",
    "Lines",
    "WrongLine",
    "collect",
    "read",
]
