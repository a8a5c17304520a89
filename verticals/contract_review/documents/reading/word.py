"""A Word document → its text and where it can be changed."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import unreadable
from verticals.contract_review.documents.contract_text import ContractText, Piece, Remark, Story
from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.package import opened
from verticals.contract_review.documents.word.view import View, view_of

_STORIES: dict[str, Story] = {"box": "box", "note": "note", "margin": "margin"}


def read(*, name: str, data: bytes) -> ContractText:
    """Raises `UnreadableFile`."""
    document = opened(data)
    view = view_of(document.part)
    if not view.text.strip():
        raise unreadable(
            "empty_file", _("The Word document holds no text. Check that it was saved, then upload it again.")
        )
    return ContractText(
        text=view.text,
        kind="docx",
        title=title_from(name),
        pieces=tuple(_pieces(view)),
        remarks=tuple(_remarks(document.part.element, view)),
        hidden=tuple(view.hidden),
    )


def _pieces(view: View) -> Iterator[Piece]:
    """Neighbours of one kind are one piece."""
    held: Piece | None = None
    for atom in view.atoms:
        if not atom.text:
            continue
        story = _STORIES.get(atom.locked, "body")
        if held and (held.story, held.locked, held.end) == (story, atom.locked, atom.start):
            held = Piece(held.start, atom.end, story, atom.locked)
            continue
        if held:
            yield held
        held = Piece(atom.start, atom.end, story, atom.locked)
    if held:
        yield held


def _remarks(root: object, view: View) -> Iterator[Remark]:
    counted = dict.fromkeys((*_CHANGES, *_PICTURES, names.COMMENT_REFERENCE), 0)
    for element in root.iter(*counted):  # type: ignore[attr-defined]
        counted[element.tag] += 1
    if changes := sum(counted[tag] for tag in _CHANGES):
        yield Remark("tracked_changes", str(changes))
    if comments := counted[names.COMMENT_REFERENCE]:
        yield Remark("comments", str(comments))
    if pictures := sum(counted[tag] for tag in _PICTURES):
        yield Remark("unread_pictures", str(pictures))
    if said := sum(map(len, view.hidden)):
        yield Remark("hidden_text", str(said))


_CHANGES = (names.INSERTED, names.DELETED, names.MOVED_HERE)
_PICTURES = ("{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
             "{urn:schemas-microsoft-com:vml}imagedata")  # fmt: skip

__all__ = ["read"]
