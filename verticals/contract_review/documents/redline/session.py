"""One document, from its view to the last comment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from sunmao.core.errors import InvalidInput
from sunmao.guards import embedding
from sunmao.guards.label import LANGUAGES, Label
from verticals.contract_review.documents.differences import Edit
from verticals.contract_review.documents.redline.changes import Change, Outcome
from verticals.contract_review.documents.redline.commenting import Commenter
from verticals.contract_review.documents.redline.marks import Marks
from verticals.contract_review.documents.redline.planning import obstacle, planned
from verticals.contract_review.documents.redline.writing import Writer
from verticals.contract_review.documents.word.view import view_of


class Session:
    def __init__(self, document: Any, *, now: datetime) -> None:
        self._document = document
        self.view = view_of(document.part)
        self._marks = Marks(document.part.element, now)
        self._writer = Writer(self.view, self._marks)
        self._commenter = Commenter(document, self.view, self._marks)

    def make(self, changes: Sequence[Change], *, language: str = "zh") -> tuple[Outcome, ...]:
        """What became of each. Raises `InvalidInput` for a place that the text does not have."""
        plans = [self._plan(change) for change in changes]
        plans = _without_overlaps(changes, plans)
        order = sorted(range(len(changes)), key=lambda i: (changes[i].start, changes[i].end, i), reverse=True)
        for index in order:
            self._carry_out(changes[index], *plans[index], language)
        return tuple(Outcome(tracked=not note, note=note) for _edits, note in plans)

    def label(self, label: Label, *, language: str) -> None:
        """In the file's properties for machines, as a comment for people: a footer would be a change."""
        embedding.put_into(self._document.part.package, label)
        if (shown := label.text(language)) and self.view.places:
            self._commenter.on_text(0, 0, shown, "Sunmao")

    def _plan(self, change: Change) -> tuple[list[Edit], str]:
        """The edits, and why they are not made."""
        if not 0 <= change.start <= change.end <= len(self.view.text):
            raise InvalidInput(code="change_outside_text")
        if change.new_text is None:
            return [], "comment_only"
        edits = planned(self.view.text, change.start, change.end, change.new_text)
        if not edits:
            return [], "unchanged"
        return edits, next((why for edit in edits if (why := obstacle(self.view, edit))), "")

    def _carry_out(self, change: Change, edits: list[Edit], note: str, language: str) -> None:
        if not note:
            touched = self._writer.make(edits, change.author)
            if change.comment:
                self._commenter.on_elements(touched, change.comment, change.author)
            return
        said = "\n".join(filter(None, (change.comment, explained(note, change.new_text, language))))
        if said:
            self._commenter.on_text(change.start, change.end, said, change.author)


def _without_overlaps(
    changes: Sequence[Change], plans: Sequence[tuple[list[Edit], str]]
) -> list[tuple[list[Edit], str]]:
    """Of changes whose edits would meet, the one that was given first is made."""
    taken: list[Edit] = []
    found = []
    for (edits, note), change in zip(plans, changes, strict=True):
        if not note and any(_meet(edit, other) for edit in edits for other in taken):
            note = "overlap"
        if not note:
            first, last = min(change.start, edits[0].start), max(change.end, edits[-1].end)
            taken.append(Edit(first, last, edits[0].new))
        found.append((edits, note))
    return found


def _meet(one: Edit, two: Edit) -> bool:
    """Two additions at one place do when one of them parts the paragraph there."""
    if one.start == one.end == two.start == two.end:
        return any("\n" in edit.new for edit in (one, two)) and not (
            one.new.startswith("\n") and two.new.startswith("\n")
        )
    return one.start < two.end and two.start < one.end


def explained(note: str, wanted: str | None, language: str) -> str:
    """Why the words stand unchanged, and what they should be."""
    if note in ("comment_only", "unchanged") or wanted is None:
        return ""
    with override(LANGUAGES.get(language, language)):
        reason = {
            "overlap": _("Another change to these words is already marked."),
            "table": _("The change would run across the border of a table or a text box."),
            "section": _("The change would join two sections of the document."),
            "number": _("Word counts this number itself; change it in the list."),
            "field": _("Word fills these words in from a field; change them there."),
            "link": _("These words are a link."),
            "control": _("These words stand in a protected form control."),
            "moved": _("Somebody else's tracked move is still open here."),
            "object": _("A picture or a drawing stands among these words."),
            "note": _("A note, or the mark of one, stands here."),
            "box": _("These words stand in a text box."),
            "margin": _("These words stand in the head or the foot of the pages."),
        }.get(note, _("Word does not let these words be changed here."))
        return reason + (" " + _("Suggested instead: {text}").format(text=wanted) if wanted else "")


__all__ = ["Session", "explained"]
