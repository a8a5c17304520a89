"""Two versions → one document with tracked changes from the old to the new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from sunmao.guards.label import Label
from verticals.contract_review.documents.differences import Edit, edits_between
from verticals.contract_review.documents.redline.changes import Change
from verticals.contract_review.documents.redline.planning import settled
from verticals.contract_review.documents.redline.session import Session
from verticals.contract_review.documents.word.package import opened, saved
from verticals.contract_review.documents.word.view import View, view_of
from verticals.contract_review.documents.word.writing import written


@dataclass(frozen=True)
class Bare:
    """A text without the numbers that Word counts. `gaps` says where one was left out, and how long."""

    text: str
    gaps: tuple[tuple[int, int], ...] = ()

    def place(self, offset: int, *, is_end: bool) -> int:
        """The offset in the text with numbers; the end of a stretch lies before a number, a start behind."""
        return offset + sum(
            length for at, length in self.gaps if at < offset or (at == offset and not is_end)
        )


def tracked(
    before: str | bytes,
    after: str | bytes,
    *,
    now: datetime,
    author: str,
    title: str,
    label: Label | None,
    language: str,
) -> bytes:
    document = opened(written(before, title=title) if isinstance(before, str) else before)
    session = Session(document, now=now)
    old, new = bare(session.view), Bare(after) if isinstance(after, str) else bare(_view(after))
    session.make(
        [
            Change(
                start=old.place(edit.start, is_end=edit.start == edit.end and "\n" in edit.new),
                end=old.place(edit.end, is_end=edit.end > edit.start or "\n" in edit.new),
                new_text=edit.new,
                author=author,
            )
            for edit in settled(old.text, list(_edits(old.text, new.text)))
        ],
        language=language,
    )
    if label is not None:
        session.label(label, language=language)
    return saved(document)


def bare(view: View) -> Bare:
    numbers = [atom for atom in view.atoms if atom.locked == "number"]
    parts, gaps, at, left_out = [], [], 0, 0
    for number in numbers:
        parts.append(view.text[at : number.start])
        gaps.append((number.start - left_out, len(number.text)))
        at, left_out = number.end, left_out + len(number.text)
    return Bare("".join([*parts, view.text[at:]]), tuple(gaps))


def _view(data: bytes) -> View:
    return view_of(opened(data).part)


def _edits(old: str, new: str) -> Iterator[Edit]:
    """First by lines, so that a clause that stays is never taken apart; then by words."""
    one, two = old.split("\n"), new.split("\n")
    starts = [0]
    for line in one:
        starts.append(starts[-1] + len(line) + 1)
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        start, end = starts[i1], starts[i2] - 1
        if tag == "replace":
            found = edits_between(old[start:end], "\n".join(two[j1:j2]))
            yield from (Edit(start + edit.start, start + edit.end, edit.new) for edit in found)
        elif tag == "delete":
            is_last = i2 == len(one)
            yield Edit(max(0, start - 1), end, "") if is_last else Edit(start, end + 1, "")
        else:
            said = "\n".join(two[j1:j2])
            yield Edit(start - 1, start - 1, f"\n{said}") if start else Edit(0, 0, f"{said}\n")


__all__ = ["bare", "tracked"]
