"""Changes of a text, made in the document as tracked changes: from the last to the first, so that the places
of those still to come stay true."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from verticals.contract_review.documents.differences import Edit
from verticals.contract_review.documents.redline.cutting import (
    before,
    behind,
    cut,
    neighbours,
    paragraph_child,
    runs_of,
)
from verticals.contract_review.documents.redline.marks import Marks
from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.view import Atom, Place, View


class Writer:
    """Makes edits that `planning.obstacle` has let pass."""

    def __init__(self, view: View, marks: Marks) -> None:
        self._view, self._marks = view, marks

    def make(self, edits: Sequence[Edit], author: str) -> list[Any]:
        """The elements that were made, in order of the document."""
        touched: list[Any] = []
        for edit in reversed(edits):
            touched = self._edit(edit, author) + touched
        return touched

    def _edit(self, edit: Edit, author: str) -> list[Any]:
        for at in (edit.end, edit.start):
            cut(self._view, at)
        place = self._view.place_at(edit.start)
        removed = self._remove(edit, author)
        if not edit.new:
            return removed
        here = _in_first_paragraph(removed) if edit.start < place.end else []
        return removed + self._insert(edit, place, here[-1] if here else None, author)

    def _remove(self, edit: Edit, author: str) -> list[Any]:
        atoms = [
            atom
            for atom in self._view.atoms_in(edit.start, edit.end)
            if atom.element is not None and atom.text and not atom.locked
        ]
        marks = [self._marks.delete(run, author) for run in runs_of(atoms)]
        ended = [p for p in self._view.places if edit.start <= p.end < edit.end and not p.runs_on]
        for place in ended:
            self._marks.delete_mark(place.element, author)
        return marks or [place.element for place in ended]

    # What is added

    def _insert(self, edit: Edit, place: Place, removed: Any | None, author: str) -> list[Any]:
        lines = edit.new.split("\n")
        look = self._look(place, edit.start)
        goes_on = place.is_last or place.runs_on or _runs_into_the_next(place.element)
        is_behind = edit.start == edit.end == place.end and not goes_on
        if is_behind and len(lines) > 1 and not lines[0]:
            return self._add_behind(place, lines[1:], look, author)
        marks = [self._marks.insertion(line, look, author) if line else None for line in lines]
        if len(lines) > 1:
            return self._part(edit.start, place, removed, lines, marks, author)
        self._put(marks[0], edit.start, place, removed)
        return marks

    def _add_behind(self, place: Place, lines: list[str], look: Any, author: str) -> list[Any]:
        """Paragraphs of their own behind one that is not touched."""
        last, touched = place.element, []
        for line in lines:
            paragraph = self._marks.new_paragraph(place.element, line, author)
            last.addnext(paragraph)
            last = paragraph
            touched.append(paragraph)
            if line:
                mark = self._marks.insertion(line, look, author)
                paragraph.append(mark)
                touched[-1] = mark
        return touched

    def _part(
        self, at: int, place: Place, removed: Any | None, lines: list[str], marks: list[Any], author: str
    ) -> list[Any]:
        """What stands before goes into new paragraphs; the old one keeps its mark and the rest."""
        slot = behind(removed, self._marks) if removed is not None else self._slot(at, place)
        paragraph = slot if slot.tag == names.PARAGRAPH else _paragraph_of(slot)
        head, touched = _head(paragraph, slot), []
        for line, mark in zip(lines[:-1], marks[:-1], strict=True):
            parted = self._marks.new_paragraph(paragraph, "" if head else line, author)
            paragraph.addprevious(parted)
            for element in head if mark is None else [*head, mark]:
                parted.append(element)
            touched.append(parted if mark is None else mark)
            head = []
        if marks[-1] is not None:
            _to_front(paragraph, marks[-1])
            touched.append(marks[-1])
        return touched

    def _slot(self, at: int, place: Place) -> Any:
        """The element behind which an addition goes, or the paragraph itself for its front."""
        earlier, later = neighbours(self._view, place, at)
        if earlier is None or earlier.element is None:
            return place.element if later is None or later.element is None else _paragraph_of(later.element)
        if not (earlier.locked == "field" and _is_free(later)):
            return behind(_outermost(earlier), self._marks)
        first = paragraph_child(before(_outermost(later), self._marks))
        return first.getprevious()

    def _put(self, mark: Any, at: int, place: Place, removed: Any | None) -> None:
        slot = behind(removed, self._marks) if removed is not None else self._slot(at, place)
        if slot.tag == names.PARAGRAPH:
            _to_front(slot, mark)
        else:
            slot.addnext(mark)

    def _look(self, place: Place, at: int) -> Any | None:
        """Properties of the run whose look an addition takes on."""
        earlier, later = neighbours(self._view, place, at)
        candidates = [a for a in (later if earlier is None else earlier, later, earlier) if _is_free(a)]
        first = self._view.atoms_in(place.words, place.end)
        candidates += [atom for atom in first if _is_free(atom)]
        if not candidates:
            return None
        found = candidates[0].element.getparent().find(names.RUN_PROPERTIES)  # type: ignore[union-attr]
        return deepcopy(found) if found is not None else None


def _is_free(atom: Atom | None) -> bool:
    return atom is not None and atom.element is not None and not atom.locked and bool(atom.text)


def _outermost(atom: Any) -> Any:
    """A run with nothing but this atom; of a link or the like, all of it."""
    [run] = runs_of([atom])
    return paragraph_child(run) if atom.locked else run


def _in_first_paragraph(marks: list[Any]) -> list[Any]:
    deleted = [mark for mark in marks if mark.tag == names.DELETED]
    return [mark for mark in deleted if _paragraph_of(mark) is _paragraph_of(deleted[0])]


def _runs_into_the_next(paragraph: Any) -> bool:
    """Whether a later change took the paragraph's mark away: what follows is then on its line."""
    return paragraph.find(f"{names.PARAGRAPH_PROPERTIES}/{names.RUN_PROPERTIES}/{names.DELETED}") is not None


def _paragraph_of(element: Any) -> Any:
    return next(above for above in element.iterancestors(names.PARAGRAPH))


def _head(paragraph: Any, slot: Any) -> list[Any]:
    """Children up to and with the slot, without the paragraph's properties."""
    if slot is paragraph:
        return []
    child = paragraph_child(slot)
    earlier = list(child.itersiblings(preceding=True))[::-1]
    return [*(one for one in earlier if one.tag != names.PARAGRAPH_PROPERTIES), child]


def _to_front(paragraph: Any, mark: Any) -> None:
    properties = paragraph.find(names.PARAGRAPH_PROPERTIES)
    if properties is not None:
        properties.addnext(mark)
    else:
        paragraph.insert(0, mark)


__all__ = ["Writer"]
