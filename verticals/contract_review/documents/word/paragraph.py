"""What a paragraph says, element by element, with every tracked change accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sunmao.knowledge.text.parsing.office.words import W, is_hidden
from verticals.contract_review.documents.word import names

_SKIPPED = frozenset(
    {names.DELETED, names.MOVED_AWAY, names.PARAGRAPH_PROPERTIES, names.RUN_PROPERTIES, f"{W}rt",
     f"{W}instrText", f"{W}delInstrText", names.DELETED_TEXT, f"{W}sdtPr", f"{W}sdtEndPr"}
)  # fmt: skip
_LOCKING = {
    f"{W}hyperlink": "link",
    f"{W}fldSimple": "field",
    f"{W}ruby": "symbol",
    names.MOVED_HERE: "moved",
    **dict.fromkeys(names.MATHEMATICS, "math"),
}
_LINE_ENDS = str.maketrans("\r\n", "  ")
_CONTROL_KINDS = frozenset(
    f"{W}{name}" for name in ("comboBox", "date", "docPartList", "docPartObj", "dropDownList", "picture",
                              "equation", "citation", "group", "bibliography", "dataBinding",
                              "showingPlcHdr")
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """One element's text; empty for an object that only takes a place."""

    text: str
    element: Any
    locked: str = ""


@dataclass
class Found:
    """What is met on the way. `open_fields` is how many fields began and have not ended."""

    open_fields: int = 0
    boxes: list[Any] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def pieces_of(paragraph: Any, found: Found) -> Iterator[Said]:
    """In reading order. A stack, because depth is the author's."""
    waiting: list[tuple[Any, str]] = [(child, "") for child in reversed(paragraph)]
    while waiting:
        element, locked = waiting.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            continue
        if tag in names.OBJECTS:
            found.boxes += _boxes(element)
            yield Said("", element, "object")
            continue
        said = _said(element, locked or ("field" if found.open_fields else ""), found)
        if said:
            yield said
            continue
        locked = locked or _LOCKING.get(tag, "") or _control(element)
        waiting.extend((child, locked) for child in reversed(element))


def _said(element: Any, locked: str, found: Found) -> Said | None:
    tag = element.tag
    if tag in (names.TEXT, names.MATH_TEXT):
        text = (element.text or "").translate(_LINE_ENDS)
        if is_hidden(element):
            found.hidden.append(text)
            return None
        return Said(text, element, locked)
    if tag in names.CHARACTERS and element.getparent().tag == names.RUN:
        return _break(element, locked)
    if tag == f"{W}sym":
        return Said(names.symbol(element.get(f"{W}font", ""), element.get(f"{W}char", "")), element, "symbol")
    if tag in names.NOTE_REFERENCES:
        found.notes.append((names.NOTE_REFERENCES[tag], element.get(f"{W}id", "")))
        return Said("", element, "note")
    if tag == names.FIELD_CHARACTER:
        kind = element.get(f"{W}fldCharType", "")
        found.open_fields = max(0, found.open_fields + {"begin": 1, "end": -1}.get(kind, 0))
        return Said("", element, "field")
    return None


def _break(element: Any, locked: str) -> Said:
    """A break of the page takes a place but is no character of the text."""
    if element.tag == f"{W}br" and element.get(f"{W}type", "textWrapping") != "textWrapping":
        return Said("", element, "")
    return Said(names.CHARACTERS[element.tag], element, locked)


def _control(element: Any) -> str:
    """A content control that is bound to data or offers choices; words in others are ordinary words."""
    if element.tag != f"{W}sdt":
        return ""
    properties = element.find(f"{W}sdtPr")
    if properties is None:
        return ""
    lock = properties.find(f"{W}lock")
    is_locked = lock is not None and "ontentLocked" in lock.get(f"{W}val", "")
    return "control" if is_locked or any(child.tag in _CONTROL_KINDS for child in properties) else ""


def _boxes(element: Any) -> list[Any]:
    """The text boxes of a drawing; of an alternative only the first choice, the second says the same."""
    if element.tag == names.ALTERNATIVES:
        choice = element.find(names.CHOICE)
        chosen = choice if choice is not None else next(iter(element), None)
        return [] if chosen is None else [box for child in chosen for box in _boxes(child)]
    if element.tag == names.BOX:
        return [element]
    found, waiting = [], list(reversed(element))
    while waiting:
        inner = waiting.pop()
        if inner.tag == names.ALTERNATIVES:
            found += _boxes(inner)
        elif inner.tag == names.BOX:
            found.append(inner)
        else:
            waiting.extend(reversed(inner))
    return found


__all__ = ["Found", "Said", "pieces_of"]
