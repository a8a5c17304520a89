"""The elements of tracked changes, each with a number of its own."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from docx.oxml import OxmlElement

from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.word import names

_ID = f"{W}id"
_NUMBERED = tuple(
    f"{W}{name}"
    for name in ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange",
                 "tcPrChange", "trPrChange", "tblGridChange", "tblPrExChange", "numberingChange", "cellIns",
                 "cellDel", "cellMerge", "moveFromRangeStart", "moveToRangeStart", "bookmarkStart",
                 "customXmlInsRangeStart", "customXmlDelRangeStart")
)  # fmt: skip
_OF_CHANGES = tuple(
    f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPr")
)
_BEHIND_MARK = (f"{W}sectPr", f"{W}pPrChange")
_OWN_NUMBER = re.compile(
    r"\s*(?:第[零〇一二三四五六七八九十百千\d]{1,9}[编章节条款]|[（(][一二三四五六七八九十\d]{1,3}[)）]"
    r"|[一二三四五六七八九十]{1,3}、|\d{1,3}(?:\.\d{1,3})*[.、．\s]|(?:Article|Section|Clause)\s+\d)"
)


@dataclass
class Marks:
    """Makes marks of one moment. `_ids` goes on from the largest number in the document."""

    root: Any
    now: datetime
    _ids: Any = field(init=False)

    def __post_init__(self) -> None:
        used = (element.get(_ID, "") for element in self.root.iter(*_NUMBERED))
        self._ids = count(1 + max((int(number) for number in used if number.isdecimal()), default=0))

    def number(self) -> str:
        return str(next(self._ids))

    def change(self, name: str, author: str) -> Any:
        """`w:ins` or `w:del`, empty."""
        element = OxmlElement(name)
        element.set(_ID, self.number())
        element.set(f"{W}author", author)
        element.set(f"{W}date", instant(self.now))
        return element

    def twin(self, change: Any) -> Any:
        """Another mark of the same person and moment."""
        element = OxmlElement(f"w:{change.tag.removeprefix(W)}")
        for key, value in change.attrib.items():
            element.set(key, value)
        element.set(_ID, self.number())
        return element

    def delete(self, run: Any, author: str) -> Any:
        """The run, struck out where it stands."""
        mark = self.change("w:del", author)
        run.addprevious(mark)
        mark.append(run)
        for text in run.findall(names.TEXT):
            text.tag = names.DELETED_TEXT
            text.set(names.XML_SPACE, "preserve")
        return mark

    def insertion(self, text: str, properties: Any, author: str) -> Any:
        """`text` has no line ends."""
        mark = self.change("w:ins", author)
        run = OxmlElement("w:r")
        if properties is not None:
            run.append(plain(properties))
        for position, part in enumerate(text.split("\t")):
            if position:
                run.append(OxmlElement("w:tab"))
            if part:
                said = OxmlElement("w:t")
                said.text = part
                said.set(names.XML_SPACE, "preserve")
                run.append(said)
        mark.append(run)
        return mark

    def new_paragraph(self, like: Any, text: str, author: str) -> Any:
        """An empty paragraph whose mark is inserted. One that brings its own number is not counted."""
        paragraph = OxmlElement("w:p")
        properties = like.find(names.PARAGRAPH_PROPERTIES)
        copied = plain(properties) if properties is not None else OxmlElement("w:pPr")
        if _OWN_NUMBER.match(text):
            _stop_counting(copied)
        paragraph.append(copied)
        _run_properties(copied).insert(0, self.change("w:ins", author))
        return paragraph

    def delete_mark(self, paragraph: Any, author: str) -> None:
        """When this is accepted, the next paragraph goes on where this one ended."""
        properties = paragraph.find(names.PARAGRAPH_PROPERTIES)
        if properties is None:
            properties = OxmlElement("w:pPr")
            paragraph.insert(0, properties)
        of_mark = _run_properties(properties)
        behind_insertion = 1 if of_mark.find(names.INSERTED) is not None else 0
        of_mark.insert(behind_insertion, self.change("w:del", author))


def plain(properties: Any) -> Any:
    """A copy that says nothing of changes or sections."""
    copied = deepcopy(properties)
    for element in list(copied.iter(*_OF_CHANGES)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return copied


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _run_properties(properties: Any) -> Any:
    found = properties.find(names.RUN_PROPERTIES)
    if found is None:
        found = OxmlElement("w:rPr")
        behind = next((child for child in properties if child.tag in _BEHIND_MARK), None)
        if behind is not None:
            behind.addprevious(found)
        else:
            properties.append(found)
    return found


def _stop_counting(properties: Any) -> None:
    """Number 0 is no list, also where the style counts."""
    numbering = properties.find(f"{W}numPr")
    style = properties.find(f"{W}pStyle")
    if numbering is None:
        if style is None:
            return
        numbering = OxmlElement("w:numPr")
        before = [child for child in properties if child.tag in _BEFORE_NUMBER]
        properties.insert(len(before), numbering)
    for child in list(numbering):
        numbering.remove(child)
    none = OxmlElement("w:numId")
    none.set(f"{W}val", "0")
    numbering.append(none)


_BEFORE_NUMBER = frozenset(
    f"{W}{name}" for name in ("pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl")
)

__all__ = ["Marks", "instant", "plain"]
