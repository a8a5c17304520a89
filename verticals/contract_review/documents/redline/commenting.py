"""Comments of Word, on what was changed or on words that stay."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement

from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.contract_text import Story
from verticals.contract_review.documents.redline.cutting import cut, paragraph_child, run_like
from verticals.contract_review.documents.redline.marks import Marks, instant
from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.view import View

INITIALS = "SM"
_BODY: Story = "body"


class Commenter:
    def __init__(self, document: Any, view: View, marks: Marks) -> None:
        self._comments, self._view, self._marks = document.comments, view, marks

    def on_elements(self, touched: list[Any], text: str, author: str) -> None:
        self._add(touched[0], touched[-1], text, author)

    def on_text(self, start: int, end: int, text: str, author: str) -> None:
        """On the words themselves; on the paragraph beside them where a comment cannot stand."""
        place = self._view.place_at(start)
        if place.anchor is None:
            return
        if place.story != _BODY:
            self._add(place.anchor, place.anchor, text, author)
            return
        for at in (end, start):
            cut(self._view, at)
        inside = [
            atom.element
            for atom in self._view.atoms_in(start, end)
            if atom.element is not None and self._stands_in_body(atom.start)
        ]
        first, last = (inside[0], inside[-1]) if inside else (place.element, place.element)
        self._add(_from(first), _until(last), text, author)

    def _stands_in_body(self, at: int) -> bool:
        return self._view.place_at(at).story == _BODY

    def _add(self, first: Any, last: Any, text: str, author: str) -> None:
        comment = self._comments.add_comment(text=text, author=author, initials=INITIALS)
        number = str(comment.comment_id)
        comment._comment_elm.set(f"{W}date", instant(self._marks.now))
        _before(first, _bound("w:commentRangeStart", number))
        end = _bound("w:commentRangeEnd", number)
        _behind(last, end)
        end.addnext(_reference(number))


def _from(element: Any) -> Any:
    """The run of an element, without what stands before it in the same run."""
    run = element.getparent()
    if run.tag != names.RUN:
        return element
    earlier = [one for one in element.itersiblings(preceding=True) if one.tag != names.RUN_PROPERTIES]
    if earlier:
        run.addprevious(run_like(run, earlier[::-1]))
    return run


def _until(element: Any) -> Any:
    run = element.getparent()
    if run.tag != names.RUN:
        return element
    later = list(element.itersiblings())
    if later:
        run.addnext(run_like(run, later))
    return run


def _before(element: Any, bound: Any) -> None:
    if element.tag != names.PARAGRAPH:
        paragraph_child(element).addprevious(bound)
        return
    properties = element.find(names.PARAGRAPH_PROPERTIES)
    if properties is not None:
        properties.addnext(bound)
    else:
        element.insert(0, bound)


def _behind(element: Any, bound: Any) -> None:
    if element.tag == names.PARAGRAPH:
        element.append(bound)
    else:
        paragraph_child(element).addnext(bound)


def _bound(name: str, number: str) -> Any:
    element = OxmlElement(name)
    element.set(f"{W}id", number)
    return element


def _reference(number: str) -> Any:
    run, properties, style = (OxmlElement(name) for name in ("w:r", "w:rPr", "w:rStyle"))
    style.set(f"{W}val", "CommentReference")
    properties.append(style)
    run.append(properties)
    run.append(_bound("w:commentReference", number))
    return run


__all__ = ["INITIALS", "Commenter"]
