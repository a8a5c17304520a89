"""Files of examples, in the formats that people have them in. Pure.

A reader gives (line number, object) for each entry; a shape turns an object into an example of a kind. Both
are tables: a further format is an entry.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message, TooLong
from sunmao.training.datasets.content import checked, group_of
from sunmao.training.datasets.examples import Kind

MOST = 200_000
MOST_TOLD = 50
CELL = 2**31 - 1
"""What is too long for an example is told as that, and not as no table."""
FORMATS = ("auto", "jsonl", "csv", "chat", "preference", "alpaca", "sharegpt")
_SENDERS = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
    "tool": "tool",
    "observation": "tool",
    "function_response": "tool",
}

Object = Mapping[str, Any]
Place = tuple[int, int]
"""A line, and which element of an array it is, from 1; 0 where each line is one."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An example of a file, with the line that it begins on."""

    line: int
    data: dict[str, Any]
    group: str


@dataclass
class Material:
    """What a file holds: `wrong` says what is wrong where, `remarks` are true of the whole."""

    entries: list[Entry] = field(default_factory=list)
    wrong: dict[Place, Message] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    format: str = ""

    def refuse_wrong(self) -> Material:
        """All of a file, or nothing with the number of every line that is wrong."""
        if self.wrong:
            raise InvalidInput(
                _("Some lines are no examples of this kind. Nothing was kept."),
                code="invalid_examples",
                fields={f"line {place}": said for place, said in self.told().items()},
            )
        if not self.entries:
            raise InvalidInput(_("The file holds no examples."), code="no_examples")
        return self

    def told(self) -> dict[str, Message]:
        """The first of what is wrong by its line, and its place where many stand in one array: `1 [3]`."""
        shown = sorted(self.wrong.items())[:MOST_TOLD]
        return {f"{line} [{item}]" if item else str(line): said for (line, item), said in shown}


def read(
    text: str, *, kind: Kind, layout: str = "auto", columns: Mapping[str, str] | None = None
) -> Material:
    """`columns` maps a field to what the file calls it."""
    if layout not in FORMATS:
        raise InvalidInput(fields={"format": _("is no format that can be read")})
    found = Material(format=guessed(text) if layout == "auto" else layout)
    shape = SHAPES[found.format]
    try:
        for place, given in _READERS.get(found.format, _objects)(text):
            _take(found, place, given, kind, shape, columns or {})
    except _Broken as error:
        found.wrong[error.place] = error.message
    found.remarks = remarks(kind, [entry.data for entry in found.entries])
    return found


def _take(
    found: Material, place: Place, given: object, kind: Kind, shape: Shape, columns: Mapping[str, str]
) -> None:
    if len(found.entries) + len(found.wrong) >= MOST:
        raise TooLong(_("A data set has at most 200,000 examples."), code="too_many_examples")
    if isinstance(given, _Wrong):
        found.wrong[place] = given.message
        return
    if not isinstance(given, Mapping):
        found.wrong[place] = _("is no object")
        return
    renamed = {own: given[theirs] for own, theirs in columns.items() if theirs in given}
    rest = {name: value for name, value in given.items() if name not in columns.values()}
    whole = {**rest, **renamed}
    named = whole.pop("group", "")
    for ignored in ("id", "source"):
        whole.pop(ignored, None)
    try:
        shaped = shape(kind, whole)
        data = shaped.message if isinstance(shaped, _Wrong) else checked(kind, shaped)
    except (KeyError, TypeError, AttributeError, ValueError):
        found.wrong[place] = _("is not of the format that was named")
        return
    if not isinstance(data, dict):
        found.wrong[place] = data
        return
    found.entries.append(Entry(line=place[0], data=data, group=group_of(kind, data, str(named or ""))))


def remarks(kind: Kind, data: list[dict[str, Any]]) -> list[str]:
    """What a person should hear before a training does."""
    if not data:
        return ["empty"]
    if kind == Kind.CLASSIFICATION:
        labels = {one["label"] for one in data}
        return ["single_class"] * (len(labels - {""}) == 1) + ["unlabelled"] * ("" in labels)
    if kind == Kind.JUDGED:
        return ["single_class"] * (len({one["good"] for one in data}) == 1)
    return []


# Readers


@dataclass(frozen=True)
class _Wrong:
    message: Message


class _Broken(Exception):
    """From here on nothing can be read."""

    def __init__(self, place: Place, message: Message) -> None:
        self.place, self.message = place, message
        super().__init__(place)


def guessed(text: str) -> str:
    """By how the file begins; a CSV is what is no JSON. Where nothing can be read, reading says so."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        return "csv"
    try:
        first = next((one for _place, one in _objects(text) if isinstance(one, Mapping)), {})
    except _Broken:
        return "jsonl"
    if "conversations" in first:
        return "sharegpt"
    if "instruction" in first and "output" in first:
        return "alpaca"
    if "chosen" in first and "rejected" in first:
        return "preference"
    return "chat" if "messages" in first else "jsonl"


def _objects(text: str) -> Iterator[tuple[Place, object]]:
    """Of one JSON array, or one object on each line."""
    text = text.lstrip("\ufeff")
    return _of_array(text) if text.lstrip().startswith("[") else _of_lines(text)


def _of_lines(text: str) -> Iterator[tuple[Place, object]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield (number, 0), json.loads(line)
            except (ValueError, RecursionError):
                yield (number, 0), _Wrong(_("is not readable as JSON"))


def _of_array(text: str) -> Iterator[tuple[Place, object]]:
    """Element by element, so that each has the number of the line that it begins on."""
    decoder, at, line, seen, item = json.JSONDecoder(), text.index("[") + 1, 1, 0, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        line, seen = line + text.count("\n", seen, at), at
        if at >= len(text):
            raise _Broken((line, 0), _("is where the list ends without its bracket"))
        if text[at] == "]":
            return
        item += 1
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise _Broken((line, item), _("is not readable as JSON")) from error
        yield (line, item), found


def _of_table(text: str) -> Iterator[tuple[Place, object]]:
    csv.field_size_limit(max(csv.field_size_limit(), CELL))
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True, delimiter=_delimiter(text))
    header: list[str] | None = None
    begins = 1
    try:
        for row in rows:
            line, begins = begins, rows.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = [name.strip() for name in row]
                if twice := sorted(name for name, count in Counter(header).items() if count > 1):
                    raise _Broken((line, 0), format_lazy(_("names the column {name} twice"), name=twice[0]))
            elif len(row) != len(header):
                yield (line, 0), _Wrong(_("has another number of columns than the first line"))
            else:
                yield (line, 0), dict(zip(header, map(_bare, row), strict=True))
    except csv.Error as error:
        raise _Broken((begins, 0), _("has a quotation mark that does not end, or is no table")) from error


def _bare(cell: str) -> str:
    """Exports put a mark before what a spreadsheet would take for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@") else cell


def _delimiter(text: str) -> str:
    first = text.lstrip("\ufeff").partition("\n")[0]
    return max(",;\t", key=first.count)


_READERS: Mapping[str, Callable[[str], Iterator[tuple[Place, object]]]] = {"csv": _of_table}


# Shapes

Shape = Callable[[Kind, dict[str, Any]], object]


def _native(kind: Kind, given: dict[str, Any]) -> object:
    """The fields of the kind themselves; a prompt that is one text is one turn of the user."""
    made = dict(given)
    if isinstance(made.get("prompt"), str):
        made["prompt"] = _question(made["prompt"])
    if kind == Kind.JUDGED and "label" in made and "good" not in made:
        made["good"] = made.pop("label")
    if kind == Kind.CHAT and "messages" not in made and "question" in made:
        return {"messages": [*_question(made["question"]), {"role": "assistant", "content": made["answer"]}]}
    if kind == Kind.CLASSIFICATION:
        made.setdefault("label", "")
    if kind == Kind.RETRIEVAL:
        made.setdefault("negatives", [])
    return made


_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _row(kind: Kind, given: dict[str, Any]) -> object:
    """A line of a table has texts only."""
    if {"instruction", "output"} <= set(given):
        return _alpaca(kind, given)
    if kind == Kind.RETRIEVAL and isinstance(given.get("negatives"), str):
        given["negatives"] = [one.strip() for one in given["negatives"].split("|||") if one.strip()]
    for name in ("good", "label"):
        if kind == Kind.JUDGED and isinstance(given.get(name), str):
            given[name] = _TRUTHS.get(given[name].strip().casefold(), given[name])
    if kind == Kind.PROMPTS and given.get("answer") == "":
        given["answer"] = None
    return _native(kind, given)


def _chat(kind: Kind, given: dict[str, Any]) -> object:
    return _of_turns(kind, [_turn(one, "role", "content") for one in given["messages"]])


def _sharegpt(kind: Kind, given: dict[str, Any]) -> object:
    turns = [_turn(one, "from", "value") for one in given["conversations"]]
    system = given.get("system")
    return _of_turns(kind, [{"role": "system", "content": system}, *turns] if system else turns)


def _turn(given: Mapping[str, Any], role: str, content: str) -> dict[str, Any]:
    return {"role": _SENDERS.get(given[role], given[role]), "content": given[content]}


def _of_turns(kind: Kind, turns: list[dict[str, Any]]) -> object:
    """A conversation is an example of chatting, or a question with the answer that a reward knows."""
    if kind == Kind.CHAT:
        return {"messages": turns}
    if kind == Kind.PROMPTS:
        answered = turns[-1]["role"] == "assistant"
        return {
            "prompt": turns[:-1] if answered else turns,
            "answer": turns[-1]["content"] if answered else None,
        }
    raise ValueError


def _alpaca(kind: Kind, given: dict[str, Any]) -> object:
    for name in ("instruction", "output"):
        if not isinstance(given[name], str) or not given[name].strip():
            return _Wrong(format_lazy(_("{name} {wrong}"), name=name, wrong=_("must be text")))
    asks = "\n\n".join(part for part in (given["instruction"], given.get("input") or "") if part)
    system = [{"role": "system", "content": given["system"]}] if given.get("system") else []
    turns = [*system, *_question(asks), {"role": "assistant", "content": given["output"]}]
    return _of_turns(kind, turns)


def _preference(kind: Kind, given: dict[str, Any]) -> object:
    """`prompt`, `chosen` and `rejected` as texts or as turns; without a prompt both begin alike."""
    if kind != Kind.PREFERENCE:
        raise ValueError
    chosen, rejected, prompt = given["chosen"], given["rejected"], given.get("prompt")
    if prompt is None:
        prompt = [a for a, b in zip(chosen, rejected, strict=False) if a == b]
        if not (isinstance(chosen, list) and chosen[: len(prompt)] == prompt):
            raise ValueError
    turns = (
        _question(prompt) if isinstance(prompt, str) else [_turn(one, "role", "content") for one in prompt]
    )
    return {"prompt": turns, "chosen": _said(chosen), "rejected": _said(rejected)}


def _said(given: Any) -> Any:
    return given[-1]["content"] if isinstance(given, list) else given


def _question(text: object) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


SHAPES: Mapping[str, Shape] = {
    "jsonl": _native,
    "csv": _row,
    "chat": _chat,
    "preference": _preference,
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
}

__all__ = ["FORMATS", "MOST", "Entry", "Material", "guessed", "read", "remarks"]
