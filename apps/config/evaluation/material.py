"""Files of passages and questions, as JSON lines in the shapes that public sets use.

A passage has `doc_id` and `text`, or `title` and `answer`, or `answer` alone; `path` (a list of headings) and
a subject (`focus`, or a `title` beside a `text`) where there are such. A statute's article is known by
`article` or by the end of its id. `effective_from` and `effective_until` (the last day) say when it is in
force; of several with one id the product's own rule says which applies on a day. A question is `question` or
`query`; `relevant` lists the ids that answer it, or `doc_id` names the one.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sunmao.core.errors import InvalidInput
from sunmao.core.ids import new_id
from sunmao.knowledge.text.splitting.units import Kind, Unit
from sunmao.knowledge.versions.windows import Standing, Window, lined_up

_ARTICLE = re.compile(r"第[零〇一二三四五六七八九十百千\d]+条(?:之[一二三四五六七八九十]+)?$")


@dataclass(frozen=True)
class Given:
    """A passage of a file: the unit that is indexed, under the title of its document."""

    id: str
    title: str
    unit: Unit
    window: Window = Window()


@dataclass(frozen=True)
class Question:
    text: str
    relevant: frozenset[str]
    answers: tuple[str, ...] = ()


def passages(files: Iterable[str]) -> list[Given]:
    """Of undated passages with one id the first counts."""
    found: dict[str, list[tuple[Given, Standing]]] = defaultdict(list)
    for row in _rows(files):
        given, known = _passage(row), found[str(row["doc_id"])]
        since, until = _day(row, "effective_from"), _day(row, "effective_until")
        if not known or since or until:
            known.append((given, Standing(new_id(), len(known), since, until)))
    if not found:
        raise InvalidInput(code="empty_file")
    return [given for known in found.values() for given in _in_force(known)]


def _in_force(known: list[tuple[Given, Standing]]) -> Iterator[Given]:
    windows = {one.revision_id: one.window for one in lined_up(standing for _, standing in known)}
    for given, standing in known:
        if window := windows[standing.revision_id]:
            yield replace(given, window=window)


def _day(row: dict[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(row[name]) if row.get(name) else None
    except (TypeError, ValueError) as error:
        raise InvalidInput(fields={name: "must be a day such as 2026-03-01"}) from error


def named(file: str) -> str:
    """How a file is called in a report: its folder tells the sets apart, its name the parts of one."""
    return f"{Path(file).resolve().parent.name}/{Path(file).stem}"


def questions(files: Iterable[str]) -> list[Question]:
    """Public sets hold questions whose words are missing; nobody could answer those."""
    return [_question(row) for row in _rows(files) if not _is_blank(row)]


def _is_blank(row: dict[str, Any]) -> bool:
    return any(name in row and not str(row[name]).strip() for name in ("question", "query"))


def _rows(files: Iterable[str]) -> Iterator[dict[str, Any]]:
    for file in files:
        with Path(file).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _row(line, f"{Path(file).name}:{number}")


def _row(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InvalidInput(code="invalid_json", fields={place: str(error)}) from error
    if not isinstance(row, dict):
        raise InvalidInput(code="invalid_json", fields={place: "is not an object"})
    return row


def _passage(row: dict[str, Any]) -> Given:
    if "doc_id" not in row or not (row.get("text") or row.get("answer")):
        raise InvalidInput(fields={"passages": "each line needs doc_id and text or answer"})
    key, path = str(row["doc_id"]), tuple(row.get("path") or ())
    article = row.get("article") or (found[0] if (found := _ARTICLE.search(key)) else "")
    if article:
        return Given(key, key.removesuffix(article), _unit("article", article, path, row["text"]))
    if row.get("answer"):
        label = row.get("title") or ""
        return Given(key, "", _unit("qa" if label else "paragraph", label, path, row["answer"]))
    return Given(key, row.get("title") or row.get("focus") or "", _unit("paragraph", "", path, row["text"]))


def _unit(kind: Kind, label: str, path: tuple[str, ...], text: str) -> Unit:
    return Unit(kind, label, path, text, 0, len(text), None)


def _question(row: dict[str, Any]) -> Question:
    text = row.get("question") or row.get("query")
    relevant = row.get("relevant") or ([row["doc_id"]] if row.get("doc_id") else [])
    if not text:
        raise InvalidInput(fields={"queries": "each line needs question or query"})
    answers = row.get("answers") or ([row["answer"]] if row.get("answer") else [])
    return Question(str(text), frozenset(map(str, relevant)), tuple(map(str, answers)))
