"""Texts with a label, from a file of JSON lines or CSV. Pure but for the errors' texts."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EmptyInput, InvalidInput, Message, TooLong
from sunmao.core.texts import storable

OUT_OF_SCOPE = "oos"
LONGEST_TEXT, LONGEST_LABEL = 2_000, 100
MOST, MOST_LABELS, MOST_TOLD = 200_000, 1_000, 50
FEWEST_EACH = 2


@dataclass(frozen=True)
class Example:
    text: str
    label: str


def read(data: bytes) -> list[Example]:
    """Raises `InvalidInput` with the number of every line that is no example, and what is wrong with it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _wrong({f"line {line}": _("is not UTF-8")}) from error
    if not text.strip():
        raise EmptyInput(_("The file holds no example."), code="no_examples")
    found: list[Example] = []
    wrong: dict[str, Message] = {}
    for number, given in _rows(text):
        told = _example(given)
        if isinstance(told, Example):
            found.append(told)
        elif len(wrong) < MOST_TOLD:
            wrong[f"line {number}"] = told
    if wrong:
        raise _wrong(wrong)
    if len(found) > MOST:
        raise TooLong(_("A head learns from at most 200,000 examples."), code="too_many_examples")
    return found


def _wrong(lines: dict[str, Message]) -> InvalidInput:
    return InvalidInput(_("Some lines are no examples."), code="invalid_examples", fields=lines)


def _rows(text: str) -> Iterator[tuple[int, Any]]:
    """Line number and what the line says; a message where it cannot be read."""
    if text.lstrip()[0] in "{[":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield number, _json(line)
        return
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if not {"text", "label"} <= set(reader.fieldnames or ()):
            raise _wrong({"line 1": _("must be a JSON object, or name the columns text and label")})
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        yield reader.line_num + 1, _("is not readable")


def _json(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _("is not readable")


def _example(given: Any) -> Example | Message:
    if not isinstance(given, dict):
        return given if not isinstance(given, (list, int, float, type(None))) else _("is no object")
    text, label = given.get("text"), given.get("label")
    if not isinstance(text, str) or not text.strip() or not storable(text):
        return _("has no text")
    if not isinstance(label, str) or not label.strip() or not storable(label):
        return _("has no label")
    if len(text) > LONGEST_TEXT:
        return format_lazy(_("is longer than {most} characters"), most=LONGEST_TEXT)
    if len(label) > LONGEST_LABEL:
        return _("has a label that is too long")
    return Example(text.strip(), label.strip())


def checked(found: Sequence[Example]) -> Sequence[Example]:
    """Raises where nothing can be learnt: one label only, or a label with a single text."""
    texts: dict[str, set[str]] = defaultdict(set)
    for one in found:
        if one.label != OUT_OF_SCOPE:
            texts[one.label].add(one.text)
    if not texts:
        raise EmptyInput(_("The file holds no example."), code="no_examples")
    if len(texts) == 1:
        raise InvalidInput(_("All examples have the same label."), code="single_label")
    if len(texts) > MOST_LABELS:
        raise InvalidInput(_("A head has at most 1,000 labels."), code="too_many_labels")
    few = sorted(label for label, said in texts.items() if len(said) < FEWEST_EACH)
    if few:
        raise InvalidInput(
            _("Every label needs at least two texts."),
            code="too_few_examples",
            fields={label: _("has one text") for label in few[:MOST_TOLD]},
        )
    return found


def contradictions(found: Sequence[Example]) -> int:
    """How many texts stand under two labels: told, and learnt from as they are."""
    labels: dict[str, set[str]] = defaultdict(set)
    for one in found:
        labels[" ".join(one.text.lower().split())].add(one.label)
    return sum(len(said) > 1 for said in labels.values())


def digest(found: Sequence[Example]) -> str:
    """Of the examples in their order."""
    lines = (json.dumps([one.text, one.label], ensure_ascii=False) for one in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


__all__ = ["OUT_OF_SCOPE", "Example", "checked", "contradictions", "digest", "read"]
