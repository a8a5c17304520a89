"""What people said of answers elsewhere, as JSON lines. Pure.

A line is `{"question": …, "answer": …, "score": 4}` with a grade from 1 to 5, or `{"question": …, "first": …,
"second": …, "choice": "first"}` (or "second", or "tie"); several people give a list. All lines of a file are
of one kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message, TooLong
from sunmao.core.texts import storable
from sunmao.evaluation.judging.models import Mode

CHOICES = {"first": 1, "tie": 0, "second": -1}
MOST, LONGEST, MOST_TOLD, MOST_PEOPLE = 2_000, 50_000, 50, 100
FIELDS: Mapping[Mode, tuple[tuple[str, ...], str]] = {
    Mode.SCORE: (("question", "answer"), "score"),
    Mode.PAIRWISE: (("question", "first", "second"), "choice"),
}


@dataclass(frozen=True)
class Label:
    """`other` is the answer that `answer` was held against; `human` what each person said of it."""

    question: str
    answer: str
    human: tuple[int, ...]
    other: str | None = None


def read(text: str) -> tuple[Mode, list[Label]]:
    """All of a file, or nothing with the number of every line that is wrong."""
    found: list[Label] = []
    wrong: dict[str, Message] = {}
    mode: Mode | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        given = _object(line)
        if mode is None and isinstance(given, dict):
            mode = Mode.PAIRWISE if "choice" in given else Mode.SCORE
        told = _label(given, mode or Mode.SCORE) if isinstance(given, dict) else given
        if isinstance(told, Label):
            found.append(told)
        else:
            wrong[f"line {number}"] = told
    if wrong:
        shown = dict(list(wrong.items())[:MOST_TOLD])
        raise InvalidInput(
            _("Some lines are no labels. Nothing was kept."), code="invalid_labels", fields=shown
        )
    if mode is None:
        raise InvalidInput(_("The file holds no labels."), code="invalid_labels")
    if len(found) > MOST:
        raise TooLong(_("At most 2,000 labels are read."))
    return mode, found


def _object(line: str) -> dict[str, Any] | Message:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        return _("is not readable as JSON")
    return given if isinstance(given, dict) else _("is no object")


def _label(given: Mapping[str, Any], mode: Mode) -> Label | Message:
    texts, verdict = FIELDS[mode]
    for name in given:
        if name not in (*texts, verdict):
            return format_lazy(_("has a field that is none of this kind: {name}"), name=str(name)[:40])
    for name in texts:
        value = given.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not storable(value):
            return format_lazy(_("{name} {wrong}"), name=name, wrong=_("must be text"))
    human = _said(given.get(verdict), mode)
    if human is None:
        wrong = _("must be a grade from 1 to 5") if mode == Mode.SCORE else _("must be first, second or tie")
        return format_lazy(_("{name} {wrong}"), name=verdict, wrong=wrong)
    return Label(given[texts[0]], given[texts[1]], human, given[texts[2]] if len(texts) == 3 else None)


def _said(value: object, mode: Mode) -> tuple[int, ...] | None:
    given: list[Any] = value if isinstance(value, list) else [value]
    if not 0 < len(given) <= MOST_PEOPLE:
        return None
    if mode == Mode.PAIRWISE:
        good = all(isinstance(one, str) and one in CHOICES for one in given)
        return tuple(CHOICES[one] for one in given) if good else None
    good = all(isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= 5 for one in given)
    return tuple(given) if good else None


__all__ = ["CHOICES", "Label", "read"]
