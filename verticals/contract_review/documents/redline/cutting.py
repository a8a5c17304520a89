"""Runs cut at the places where a change begins and ends."""

from __future__ import annotations

from bisect import bisect_left
from copy import deepcopy
from typing import Any

from docx.oxml import OxmlElement

from verticals.contract_review.documents.redline.marks import Marks
from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.view import Atom, Place, View

_MARKS = (names.INSERTED, names.DELETED)


def cut(view: View, at: int) -> None:
    """Make `at` an edge of elements, where it lies inside a text that may be changed."""
    index = bisect_left(view.atoms, at, key=lambda atom: atom.start) - 1
    if index < 0:
        return
    atom = view.atoms[index]
    if not atom.start < at < atom.end or atom.locked or atom.element is None:
        return
    head, tail = atom.text[: at - atom.start], atom.text[at - atom.start :]
    rest = deepcopy(atom.element)
    atom.element.text, rest.text = head, tail
    for element in (atom.element, rest):
        element.set(names.XML_SPACE, "preserve")
    atom.element.addnext(rest)
    atom.text = head
    view.atoms.insert(index + 1, Atom(at, tail, rest, atom.locked))


def runs_of(atoms: list[Atom]) -> list[Any]:
    """Runs that hold these elements and nothing else, cut out of the runs that did."""
    groups: dict[Any, list[Any]] = {}
    for atom in atoms:
        groups.setdefault(atom.element.getparent(), []).append(atom.element)
    return [_alone(run, elements[0], elements[-1]) for run, elements in groups.items()]


def _alone(run: Any, first: Any, last: Any) -> Any:
    before = [e for e in first.itersiblings(preceding=True) if e.tag != names.RUN_PROPERTIES][::-1]
    after = list(last.itersiblings())
    if before:
        run.addprevious(run_like(run, before))
    if after:
        run.addnext(run_like(run, after))
    return run


def run_like(run: Any, elements: list[Any]) -> Any:
    """A run of the same look that takes the elements over."""
    twin = OxmlElement("w:r")
    for key, value in run.attrib.items():
        twin.set(key, value)
    properties = run.find(names.RUN_PROPERTIES)
    if properties is not None:
        twin.append(deepcopy(properties))
    for element in elements:
        twin.append(element)
    return twin


def behind(element: Any, marks: Marks) -> Any:
    """The element after which an insertion of ours may stand: never inside a change of somebody else."""
    while element.getparent().tag in _MARKS:
        parent = element.getparent()
        rest = list(element.itersiblings())
        if parent.tag == names.INSERTED and rest:
            twin = marks.twin(parent)
            for one in rest:
                twin.append(one)
            parent.addnext(twin)
        element = parent
    return element


def before(element: Any, marks: Marks) -> Any:
    while element.getparent().tag in _MARKS:
        parent = element.getparent()
        earlier = list(element.itersiblings(preceding=True))[::-1]
        if parent.tag == names.INSERTED and earlier:
            twin = marks.twin(parent)
            for one in earlier:
                twin.append(one)
            parent.addprevious(twin)
        element = parent
    return element


def neighbours(view: View, place: Place, at: int) -> tuple[Atom | None, Atom | None]:
    """What stands before and behind an offset in its paragraph, objects without a text left out."""
    index = bisect_left(view.atoms, at, key=lambda atom: atom.start)
    left, right = index - 1, index
    while left >= 0 and not view.atoms[left].text:
        left -= 1
    while right < len(view.atoms) and not view.atoms[right].text:
        right += 1
    earlier = view.atoms[left] if left >= 0 and place.start < at else None
    later = view.atoms[right] if right < len(view.atoms) and at < place.end else None
    return earlier, later


def paragraph_child(element: Any) -> Any:
    """The outermost element around this one that stands directly in its paragraph."""
    while element.getparent().tag != names.PARAGRAPH:
        element = element.getparent()
    return element


__all__ = ["before", "behind", "cut", "neighbours", "paragraph_child", "run_like", "runs_of"]
