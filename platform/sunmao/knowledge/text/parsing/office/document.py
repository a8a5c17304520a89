"""A Word document from its first block to its last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE

from sunmao.knowledge.text.parsing import pictures, safe_xml
from sunmao.knowledge.text.parsing.furniture import is_page_number
from sunmao.knowledge.text.parsing.office.numbering import Numbering
from sunmao.knowledge.text.parsing.office.styles import Style, number_in, outline_level, styles_of
from sunmao.knowledge.text.parsing.office.words import MC, W, Words, hide, hiding_styles, words_of
from sunmao.knowledge.text.parsing.pictures import Gallery
from sunmao.knowledge.text.parsing.writing import Text

DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
ART = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_SPACES = re.compile(r"\s+")
_TRANSPARENT = frozenset(
    f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")
)
_CONTENTS = ("Table of Contents",)
_AROUND = tuple(getattr(RELATIONSHIP_TYPE, kind) for kind in ("HEADER", "FOOTER", "FOOTNOTES", "ENDNOTES"))
_DELETED = (f"{W}del", f"{W}moveFrom")


@dataclass
class Reader:
    """Reads once: numbers are counted on the way."""

    body: Any
    styles: dict[str, Style]
    numbering: Numbering
    notes: dict[tuple[str, str], str]
    margins: list[str]
    part: Any
    gallery: Gallery
    unseen: list[str]
    """What nobody sees of heads, feet and notes."""
    text: Text = field(default_factory=Text)
    _held: str = ""

    @classmethod
    def of(cls, part: Any, gallery: Gallery) -> Reader:
        """`part` is the main part of the package."""
        types = RELATIONSHIP_TYPE
        styles = list(_roots_of(part, types.STYLES))
        around = [root for kind in _AROUND for root in _roots_of(part, kind)]
        hide(hiding_styles(styles[0]) if styles else {}, [part.element.body, *around])
        notes = {
            (kind, note.get(f"{W}id", "")): said
            for kind, relation in (("footnotes", types.FOOTNOTES), ("endnotes", types.ENDNOTES))
            for note in _root_of(part, relation)
            if (said := _flat(note))
        }
        numbering = list(_roots_of(part, types.NUMBERING))
        return cls(
            body=part.element.body,
            styles=styles_of(styles[0] if styles else None),
            numbering=Numbering.of(numbering[0] if numbering else None),
            notes=notes,
            margins=_margins(part),
            part=part,
            gallery=gallery,
            unseen=[said for root in around for said in _unseen(root)],
        )

    def read(self) -> Text:
        self.text.hidden += self.unseen
        self.text.aside += (said for one in self.body.iter(*_DELETED) if (said := _deleted(one)))
        self.text.add("\n".join(self.margins))
        for block in blocks_of(self.body):
            self._add(block)
        self.text.add(self._held)
        return self.text

    def _add(self, block: Any) -> None:
        if block.tag == f"{W}tbl":
            self.text.add("\n".join(self._rows(block)))
            self._add_pictures(block)
            return
        words = self._words(block)
        self.text.add(self._written(block, words))
        self._add_around(words)
        self._add_pictures(block)

    def _add_pictures(self, block: Any) -> None:
        """Behind the paragraph or table that they stand in, with what their author says they show."""
        for drawing in (one for name in ("inline", "anchor") for one in block.iter(f"{DRAWN}{name}")):
            named = drawing.find(f"{DRAWN}docPr")
            caption = (named.get("descr") or named.get("title") or "") if named is not None else ""
            for blip in drawing.iter(f"{ART}blip"):
                pictures.add(self.text, self.gallery.shot(self._data(blip.get(f"{RELATED}embed")), caption))

    def _data(self, relation: str | None) -> bytes:
        found = self.part.rels.get(relation or "")
        return bytes(found.target_part.blob) if found is not None and not found.is_external else b""

    def _add_around(self, words: Words) -> None:
        """Boxes and notes stand right behind the paragraph that they belong to."""
        for box in words.boxes:
            for block in blocks_of(box):
                self._add(block)
        said = [
            f"[^{note}]: {self.notes[kind, note]}" for kind, note in words.notes if (kind, note) in self.notes
        ]
        self.text.add("\n".join(said))

    def _words(self, paragraph: Any) -> Words:
        words = words_of(paragraph)
        self.text.hidden += filter(str.strip, ["".join(words.hidden)])
        words.text, self._held = self._held + words.text, ""
        if _mark_is_deleted(paragraph):
            words.text, self._held = "", words.text
        return words

    def _written(self, paragraph: Any, words: Words) -> str:
        properties = paragraph.find(f"{W}pPr")
        style = self.styles.get(_style_id(properties), Style())
        said = words.text.rstrip()
        mark = self._mark(properties, style)
        if not said.strip() or style.is_contents:
            return ""
        if level := outline_level(properties) or style.level:
            return f"{'#' * level} {_SPACES.sub(' ', f'{mark} {said}').strip()}"
        if mark:
            return f"{mark} {said.strip()}"
        return f"- {said.strip()}" if style.is_item else said

    def _mark(self, properties: Any, style: Style) -> str:
        own = number_in(properties)
        number, level = own or style.number or ("", 0)
        if own and not own[0] and style.number:
            number = style.number[0]
        return self.numbering.next(number, level) if number else ""

    def _rows(self, table: Any) -> Iterator[str]:
        above: dict[int, str] = {}
        for row in _inside(table, f"{W}tr"):
            if row.find(f"{W}trPr/{W}del") is not None:
                continue
            cells, column = [], 0
            for cell in _inside(row, f"{W}tc"):
                properties = cell.find(f"{W}tcPr")
                said = self._cell(cell)
                if _continues(properties):
                    said = said or above.get(column, "")
                above[column] = said
                cells.append(said)
                column += _span(properties)
            if any(cells):
                yield " | ".join(cells)

    def _cell(self, cell: Any) -> str:
        parts: list[str] = []
        for block in blocks_of(cell):
            if block.tag == f"{W}tbl":
                parts += self._rows(block)
                continue
            words = self._words(block)
            mark = self._mark(block.find(f"{W}pPr"), Style())
            boxed = [_flat(box) for box in words.boxes]
            self.text.hidden += (said for box in words.boxes for said in _unseen(box))
            noted = [self.notes[note] for note in words.notes if note in self.notes]
            parts += [mark, words.text, *boxed, *noted]
        return _SPACES.sub(" ", " ".join(parts)).replace("|", "¦").strip()


def blocks_of(container: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those in content controls and insertions, but no table of contents."""
    waiting = list(reversed(container))
    while waiting:
        element = waiting.pop()
        if element.tag in (f"{W}p", f"{W}tbl"):
            yield element
        elif element.tag == f"{MC}AlternateContent":
            waiting.extend(reversed(list(element[0]) if len(element) else []))
        elif element.tag in _TRANSPARENT and not _is_contents(element):
            waiting.extend(reversed(element))


def _is_contents(control: Any) -> bool:
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(f"{W}val") in _CONTENTS


def _inside(container: Any, tag: str) -> Iterator[Any]:
    waiting = list(reversed(container))
    while waiting:
        element = waiting.pop()
        if element.tag == tag:
            yield element
        elif element.tag in _TRANSPARENT:
            waiting.extend(reversed(element))


def _flat(container: Any) -> str:
    """Everything that a note, a box or a margin says, in one line."""
    said = (words_of(paragraph).text for paragraph in container.iter(f"{W}p"))
    return _SPACES.sub(" ", " ".join(said)).strip()


def _unseen(container: Any) -> Iterator[str]:
    said = ("".join(words_of(paragraph).hidden) for paragraph in container.iter(f"{W}p"))
    return filter(str.strip, said)


def _deleted(change: Any) -> str:
    return "".join(text.text or "" for text in change.iter(f"{W}delText", f"{W}t"))


def _margins(part: Any) -> list[str]:
    """Heads and feet of the pages, each said once, without page numbers."""
    types = RELATIONSHIP_TYPE
    said = [_flat(root) for kind in (types.HEADER, types.FOOTER) for root in _roots_of(part, kind)]
    return [line for line in dict.fromkeys(said) if line and not is_page_number(line)]


def _root_of(part: Any, relation: str) -> list[Any]:
    return [note for root in _roots_of(part, relation) for note in root]


def _roots_of(part: Any, relation: str) -> Iterator[Any]:
    for found in part.rels.values():
        if found.reltype == relation and not found.is_external:
            yield safe_xml.root_of(found.target_part.blob)


def _style_id(properties: Any) -> str:
    style = properties.find(f"{W}pStyle") if properties is not None else None
    return style.get(f"{W}val", "") if style is not None else ""


def _mark_is_deleted(paragraph: Any) -> bool:
    return paragraph.find(f"{W}pPr/{W}rPr/{W}del") is not None


def _continues(properties: Any) -> bool:
    merge = properties.find(f"{W}vMerge") if properties is not None else None
    return merge is not None and merge.get(f"{W}val", "continue") == "continue"


def _span(properties: Any) -> int:
    span = properties.find(f"{W}gridSpan") if properties is not None else None
    value = span.get(f"{W}val", "1") if span is not None else "1"
    return int(value) if value.isdecimal() and len(value) < 4 else 1


__all__ = ["Reader", "blocks_of"]
