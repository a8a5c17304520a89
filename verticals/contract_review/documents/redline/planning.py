"""Which edits a change comes to, and whether the document lets them be tracked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.differences import Edit, edits_between
from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.view import Atom, Place, View

_SECTION = f"{names.PARAGRAPH_PROPERTIES}/{W}sectPr"


def planned(text: str, start: int, end: int, new: str) -> list[Edit]:
    """Edits in places of the document, moved to whole paragraphs where they may be."""
    found = [
        Edit(start + edit.start, start + edit.end, edit.new) for edit in edits_between(text[start:end], new)
    ]
    return settled(text, found)


def settled(text: str, edits: Sequence[Edit]) -> list[Edit]:
    return [_settled(text, edit, edits) for edit in edits]


def _settled(text: str, edit: Edit, others: Sequence[Edit]) -> Edit:
    """The same edit, slid to where it adds or takes whole lines, unless it would run into another."""
    floor = max((other.end for other in others if other.end <= edit.start and other is not edit), default=0)
    ceiling = min((o.start for o in others if o.start >= edit.end and o is not edit), default=len(text))
    if not edit.new and "\n" in text[edit.start : edit.end]:
        return _whole_lines(text, edit, floor, ceiling)
    if edit.start == edit.end and "\n" in edit.new:
        return _new_lines(text, edit, floor)
    return edit


def _whole_lines(text: str, edit: Edit, floor: int, ceiling: int) -> Edit:
    """A removal that begins where a line begins."""
    start, end = edit.start, edit.end
    while not _begins_line(text, start) and start > floor and text[start - 1] == text[end - 1]:
        start, end = start - 1, end - 1
    if _begins_line(text, start):
        return Edit(start, end, "")
    start, end = edit.start, edit.end
    while not _begins_line(text, start) and end < ceiling and text[start] == text[end]:
        start, end = start + 1, end + 1
    return Edit(start, end, "") if _begins_line(text, start) else edit


def _new_lines(text: str, edit: Edit, floor: int) -> Edit:
    """An addition that begins with a line end, behind a line."""
    at, new = edit.start, edit.new
    while not new.startswith("\n") and at > floor and text[at - 1] == new[-1]:
        at, new = at - 1, new[-1] + new[:-1]
    is_behind = new.startswith("\n") and (at == len(text) or text[at] == "\n")
    return Edit(at, at, new) if is_behind else edit


def _begins_line(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] == "\n"


def obstacle(view: View, edit: Edit) -> str:
    """Why an edit cannot be tracked, or nothing."""
    ended = list(_ended_by(view, edit.start, edit.end))
    for place in ended:
        if place.is_last or place.story != "body":
            return "table" if place.story == "body" else place.story
        if place.element.find(_SECTION) is not None:
            return "section"
    if _separators(view, edit) != len(ended):
        return "table"
    for atom in view.atoms_in(edit.start, edit.end):
        if atom.locked and not (atom.locked == "number" and _goes_away(view, atom, edit)):
            return atom.locked
    return _no_room(view, edit) if edit.new else ""


def _ended_by(view: View, start: int, end: int) -> Iterator[Place]:
    """Paragraphs whose line end lies inside."""
    for place in view.places[bisect_left(view.places, start, key=lambda place: place.end) :]:
        if place.end >= end:
            return
        if not place.runs_on:
            yield place


def _separators(view: View, edit: Edit) -> int:
    """Characters inside that belong to no paragraph: line ends, and the tabs between cells."""
    inside = sum(
        min(atom.end, edit.end) - max(atom.start, edit.start)
        for atom in view.atoms_in(edit.start, edit.end)
        if atom.text
    )
    return edit.end - edit.start - inside


def _goes_away(view: View, number: Atom, edit: Edit) -> bool:
    """Whether the paragraph of a number that Word counts is removed as a whole."""
    place = view.place_at(number.end)
    return edit.start <= place.start and place.end < edit.end and not place.is_last


def _no_room(view: View, edit: Edit) -> str:
    """Why nothing can be inserted here."""
    from verticals.contract_review.documents.redline.cutting import neighbours

    place = view.place_at(edit.start)
    if place.story != "body":
        return place.story
    earlier, later = neighbours(view, place, edit.start)
    around = [atom for atom in (earlier, later) if atom is not None]
    if any(not atom.locked for atom in around):
        free = next(atom for atom in around if not atom.locked)
        return "control" if "\n" in edit.new and not _is_plain(free) else ""
    if all(atom.locked in ("link", "number", "symbol") for atom in around) and "\n" not in edit.new:
        return ""
    is_behind = edit.new.startswith("\n") and edit.start == place.end and not place.is_last
    return "" if is_behind else next((atom.locked for atom in around), "")


def _is_plain(atom: Atom) -> bool:
    """Whether its paragraph can be parted at its run."""
    run = atom.element.getparent()
    above = run.getparent()
    while above.tag in (names.INSERTED, names.DELETED):
        above = above.getparent()
    return bool(above.tag == names.PARAGRAPH)


__all__ = ["obstacle", "planned", "settled"]
