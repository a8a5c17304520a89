"""The accepted view of a Word document: its text, and for every character the element that holds it.

Two readers use it, so that they count the same: the one that gives a contract's text and the one that writes
changes into it. Nothing here changes the document.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE

from sunmao.knowledge.text.parsing import safe_xml
from sunmao.knowledge.text.parsing.furniture import is_page_number
from sunmao.knowledge.text.parsing.office.document import blocks_of
from sunmao.knowledge.text.parsing.office.numbering import Numbering
from sunmao.knowledge.text.parsing.office.styles import Style, number_in, styles_of
from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.contract_text import Story
from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.paragraph import Found, pieces_of


@dataclass
class Atom:
    """`text` stands at `start`; `element` is its `w:t` or the like, None for what Word only counts.

    An empty text marks an object between characters, e.g. a drawing. `locked` as in `Piece`.
    """

    start: int
    text: str
    element: Any
    locked: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass
class Place:
    """A paragraph covers `[start, end]` of the text, its number included, and words begin at `words`.

    `anchor` is the paragraph of the body where a comment on it can stand. `is_last` says that its end is also
    the end of a cell, a box or the document. `runs_on` says that its mark is deleted, so that the next
    paragraph follows without a line end.
    """

    element: Any
    start: int
    words: int
    end: int
    story: Story
    anchor: Any
    is_last: bool = False
    runs_on: bool = False


@dataclass
class View:
    """Atoms and places are in order of the text."""

    text: str
    atoms: list[Atom]
    places: list[Place]
    hidden: list[str]

    def place_at(self, offset: int) -> Place:
        """The paragraph of an offset; the earlier one of two that meet there."""
        found = max(0, bisect_right(self.places, offset, key=lambda place: place.start) - 1)
        while found and self.places[found].start == offset and self.places[found - 1].end == offset:
            found -= 1
        return self.places[found]

    def atoms_in(self, start: int, end: int) -> list[Atom]:
        """Those with a character in `[start, end)`, and objects strictly between."""
        first = bisect_left(self.atoms, start, key=lambda atom: atom.start)
        while first and self.atoms[first - 1].end > start:
            first -= 1
        found = []
        for atom in self.atoms[first:]:
            if atom.start >= end:
                break
            if atom.end > start if atom.text else atom.start > start:
                found.append(atom)
        return found


@dataclass
class Builder:
    """Walks once from the first block to the last: Word's numbers are counted on the way."""

    styles: dict[str, Style]
    numbering: Numbering
    notes: dict[tuple[str, str], Any]
    parts: list[str] = field(default_factory=list)
    length: int = 0
    atoms: list[Atom] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    referred: list[tuple[tuple[str, str], Any]] = field(default_factory=list)
    _begun: bool = False
    _runs_on: bool = False
    _open_fields: int = 0

    def story(self, container: Any, story: Story, anchor: Any = None) -> None:
        self._open_fields = 0
        self._blocks(container, story, anchor, "\n")

    def line(self, text: str, anchor: Any, story: Story) -> None:
        """A line that is read but stands elsewhere in the file."""
        self._separate("\n")
        start = self.length
        self._say(text, None, story)
        self.places.append(Place(None, start, start, self.length, story, anchor, is_last=True))

    def view(self) -> View:
        return View(
            "".join(self.parts), self.atoms, self.places, [said for said in self.hidden if said.strip()]
        )

    def _blocks(self, container: Any, story: Story, anchor: Any, between: str) -> None:
        """`between` stands before the first block, line ends before all others."""
        last: Place | None = None
        already = len(self.places)
        for block in blocks_of(container):
            if block.tag == names.PARAGRAPH:
                last = self._paragraph(block, story, anchor, between) or last
            else:
                if last:
                    last.is_last = True
                self._table(block, story, anchor, between)
                last = None
            between = "\n" if len(self.places) > already else between
        if last:
            last.is_last = True

    def _table(self, table: Any, story: Story, anchor: Any, between: str) -> None:
        for row in _inside(table, f"{W}tr"):
            if row.find(f"{W}trPr/{W}del") is not None:
                continue
            for cell in _inside(row, f"{W}tc"):
                self._runs_on = False
                self._blocks(cell, story, anchor, between)
                between = "\t"
            between = "\n"

    def _paragraph(self, paragraph: Any, story: Story, anchor: Any, between: str) -> Place | None:
        properties = paragraph.find(names.PARAGRAPH_PROPERTIES)
        style = self.styles.get(_style_id(properties), Style())
        found = Found(open_fields=self._open_fields)
        pieces = list(pieces_of(paragraph, found))
        self._open_fields = found.open_fields
        if style.is_contents:
            return None
        self.hidden += found.hidden
        mark_is_deleted = _mark_is_deleted(properties)
        if mark_is_deleted and not any(piece.text for piece in pieces):
            return None
        joined = self._runs_on
        self._separate("" if joined else between)
        start = self.length
        number = self._number(properties, style)
        if number and not joined and any(piece.text.strip() for piece in pieces):
            self._say(f"{number} ", None, "number")
        words = self.length
        for piece in pieces:
            locked = piece.locked if story == "body" else story
            self._say(piece.text, piece.element, locked)
        place = Place(
            paragraph, start, words, self.length, story, anchor if anchor is not None else paragraph
        )
        place.runs_on = self._runs_on = mark_is_deleted
        self.places.append(place)
        self._around(found, place)
        return place

    def _around(self, found: Found, place: Place) -> None:
        """Boxes stand right behind the paragraph that they belong to, notes behind everything."""
        for note in found.notes:
            self.referred.append((note, place.anchor))
        if found.boxes:
            self._runs_on = False
            place.is_last = True
        for box in found.boxes:
            fields, self._open_fields = self._open_fields, 0
            self._blocks(box, "box", place.anchor, "\n")
            self._open_fields, self._runs_on = fields, False

    def _number(self, properties: Any, style: Style) -> str:
        own = number_in(properties)
        number, level = own or style.number or ("", 0)
        if own and not own[0] and style.number:
            number = style.number[0]
        return self.numbering.next(number, level) if number else ""

    def _separate(self, between: str) -> None:
        if self._begun and between:
            self.parts.append(between)
            self.length += len(between)
        self._begun, self._runs_on = True, False

    def _say(self, text: str, element: Any, locked: str) -> None:
        self.atoms.append(Atom(self.length, text, element, locked))
        self.parts.append(text)
        self.length += len(text)


def view_of(part: Any) -> View:
    """`part` is the main part of a package that `archive.opened` and `safe_xml.check` let pass."""
    types = RELATIONSHIP_TYPE
    numbering, styles = list(_roots(part, types.NUMBERING)), list(_roots(part, types.STYLES))
    notes = {
        (kind, note.get(f"{W}id", "")): note
        for kind, relation in (("footnotes", types.FOOTNOTES), ("endnotes", types.ENDNOTES))
        for root in _roots(part, relation)
        for note in root
    }
    builder = Builder(
        styles_of(styles[0] if styles else None), Numbering.of(numbering[0] if numbering else None), notes
    )
    builder.story(part.element.body, "body")
    anchor = next((place.anchor for place in builder.places), None)
    for count, (reference, where) in enumerate(builder.referred, start=1):
        if reference in notes and (said := _flat(notes[reference])):
            builder.line(f"[{count}] {said}", where, "note")
    for said in _margins(part):
        builder.line(said, anchor, "margin")
    return builder.view()


def _flat(container: Any) -> str:
    """Everything that a note or a margin says, in one line."""
    said = (
        "".join(piece.text for piece in pieces_of(paragraph, Found()))
        for paragraph in container.iter(names.PARAGRAPH)
    )
    return " ".join(" ".join(said).split())


def _margins(part: Any) -> list[str]:
    """Heads and feet of the pages, each said once, without page numbers."""
    types = RELATIONSHIP_TYPE
    said = [_flat(root) for kind in (types.HEADER, types.FOOTER) for root in _roots(part, kind)]
    return [line for line in dict.fromkeys(said) if line and not is_page_number(line)]


def _roots(part: Any, relation: str) -> Iterator[Any]:
    for found in part.rels.values():
        if found.reltype == relation and not found.is_external:
            yield safe_xml.root_of(found.target_part.blob)


def _inside(container: Any, tag: str) -> Iterator[Any]:
    """Rows and cells, also those in content controls and in custom markup."""
    waiting = list(reversed(container))
    while waiting:
        element = waiting.pop()
        if element.tag == tag:
            yield element
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml"):
            waiting.extend(reversed(element))


def _style_id(properties: Any) -> str:
    style = properties.find(f"{W}pStyle") if properties is not None else None
    return style.get(f"{W}val", "") if style is not None else ""


def _mark_is_deleted(properties: Any) -> bool:
    if properties is None:
        return False
    return any(
        properties.find(f"{names.RUN_PROPERTIES}/{tag}") is not None
        for tag in (names.DELETED, names.MOVED_AWAY)
    )


__all__ = ["Atom", "Place", "View", "view_of"]
