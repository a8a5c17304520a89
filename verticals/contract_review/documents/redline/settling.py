"""Every tracked change accepted or rejected: ECMA-376 part 1, §17.13.5."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from lxml import etree

from sunmao.knowledge.text.parsing import safe_xml
from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.word import names

_PROPERTY_CHANGES = tuple(
    f"{W}{name}Change"
    for name in ("rPr", "pPr", "sectPr", "tblPr", "tcPr", "trPr", "tblGrid", "tblPrEx", "numbering")
)
_MOVE_BOUNDS = tuple(
    f"{W}{name}" for name in ("moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd")
)
_ADDED, _TAKEN = (names.INSERTED, names.MOVED_HERE), (names.DELETED, names.MOVED_AWAY)
_ROW, _ROW_PROPERTIES, _TABLE = f"{W}tr", f"{W}trPr", f"{W}tbl"
_DELETED_WORDS = {names.DELETED_TEXT: names.TEXT, f"{W}delInstrText": f"{W}instrText"}
Ours = Callable[[Any], bool]


def settle(part: Any, *, accepted: bool, ours: Ours = lambda _change: True) -> None:
    """In the body and in everything that stands beside it. `ours` says which changes are meant."""
    _settle(part.element, accepted, ours)
    types = RELATIONSHIP_TYPE
    for relation in part.rels.values():
        if relation.is_external:
            continue
        if relation.reltype in (types.HEADER, types.FOOTER):
            _settle(relation.target_part.element, accepted, ours)
        elif relation.reltype in (types.FOOTNOTES, types.ENDNOTES):
            root = safe_xml.root_of(relation.target_part.blob)
            _settle(root, accepted, ours)
            relation.target_part._blob = etree.tostring(
                root, xml_declaration=True, encoding="UTF-8", standalone=True
            )


def _settle(root: Any, accepted: bool, ours: Ours) -> None:
    kept, dropped = (_ADDED, _TAKEN) if accepted else (_TAKEN, _ADDED)
    _settle_rows(root, kept, dropped, ours)
    marks = [
        (p, *found) for p in root.iter(names.PARAGRAPH) if any(found := _marks_of(p, kept, dropped, ours))
    ]
    for change in [c for c in root.iter(*_ADDED, *_TAKEN) if not _is_property(c) and ours(c)]:
        if change.tag in dropped:
            _remove(change)
        else:
            _unwrap(change)
    for change in list(root.iter(*_PROPERTY_CHANGES)):
        if ours(change):
            _settle_properties(change, accepted)
    for paragraph, of_kept, of_dropped in marks:
        for mark in of_kept + of_dropped:
            _remove_empty_parent(mark)
        if of_dropped:
            _join(paragraph)
    for bound in list(root.iter(*_MOVE_BOUNDS)):
        if ours(bound) or bound.get(f"{W}author") is None:
            _remove(bound)


def _is_property(change: Any) -> bool:
    """A mark of a paragraph's end or of a row, not one around runs."""
    return change.getparent().tag in (names.RUN_PROPERTIES, _ROW_PROPERTIES)


def _marks_of(paragraph: Any, kept: Any, dropped: Any, ours: Ours) -> tuple[list[Any], list[Any]]:
    of_mark = paragraph.find(f"{names.PARAGRAPH_PROPERTIES}/{names.RUN_PROPERTIES}")
    if of_mark is None:
        return [], []
    changes = [change for change in of_mark if change.tag in (*_ADDED, *_TAKEN) and ours(change)]
    return [c for c in changes if c.tag in kept], [c for c in changes if c.tag in dropped]


def _settle_rows(root: Any, kept: Any, dropped: Any, ours: Ours) -> None:
    for row in list(root.iter(_ROW)):
        properties = row.find(_ROW_PROPERTIES)
        for change in [] if properties is None else list(properties):
            if change.tag in dropped and ours(change):
                table = row.getparent()
                _remove(row)
                if table.tag == _TABLE and table.find(_ROW) is None:
                    _remove(table)
                break
            if change.tag in kept and ours(change):
                _remove(change)


def _settle_properties(change: Any, accepted: bool) -> None:
    properties = change.getparent()
    _remove(change)
    before = next(iter(change), None)
    if accepted or before is None:
        return
    of_mark = [child for child in properties if child.tag in (names.RUN_PROPERTIES, f"{W}sectPr")]
    keeps_mark = properties.tag == names.PARAGRAPH_PROPERTIES
    for child in list(properties):
        if not (keeps_mark and child in of_mark):
            properties.remove(child)
    for position, child in enumerate(list(before)):
        properties.insert(position, child)


def _unwrap(change: Any) -> None:
    for element in change.iter(*_DELETED_WORDS):
        element.tag = _DELETED_WORDS[element.tag]
    for child in list(change):
        change.addprevious(child)
    _remove(change)


def _join(paragraph: Any) -> None:
    """Without its mark a paragraph goes on in the next one, which keeps its own look."""
    following = next(_siblings(paragraph), None)
    words = [child for child in paragraph if child.tag != names.PARAGRAPH_PROPERTIES]
    if following is None or following.tag != names.PARAGRAPH:
        return
    properties = following.find(names.PARAGRAPH_PROPERTIES)
    at = 0 if properties is None else 1
    for position, child in enumerate(words):
        following.insert(at + position, child)
    _remove(paragraph)


def _siblings(element: Any) -> Iterator[Any]:
    """Blocks that follow; bookmarks and the like stand between blocks and are none."""
    for sibling in element.itersiblings():
        if sibling.tag in (names.PARAGRAPH, _TABLE, f"{W}sdt", f"{W}sectPr"):
            yield sibling


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _remove_empty_parent(mark: Any) -> None:
    """An empty `w:rPr`, and then an empty `w:pPr`, say nothing and were ours."""
    while True:
        parent = mark.getparent()
        if parent is None:
            return
        parent.remove(mark)
        if len(parent) or parent.tag not in (names.RUN_PROPERTIES, names.PARAGRAPH_PROPERTIES):
            return
        mark = parent


__all__ = ["settle"]
