"""Changes → tracked changes and comments in Word's own format."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sunmao.guards.label import Label
from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.redline.changes import Change, Outcome, Redline
from verticals.contract_review.documents.redline.session import Session
from verticals.contract_review.documents.redline.settling import settle
from verticals.contract_review.documents.word.package import opened, saved
from verticals.contract_review.documents.word.writing import written


def redline(
    docx: bytes, changes: Sequence[Change], *, now: datetime, label: Label | None = None, language: str = "zh"
) -> Redline:
    """The document with each change tracked, or, where it cannot be, commented.

    Positions are those of `read_contract` of the same bytes. `label` goes into the file's properties and,
    visibly, into a first comment. Raises `UnreadableFile` for a file that is no whole DOCX.
    """
    document = opened(docx)
    session = Session(document, now=now)
    outcomes = session.make(changes, language=language)
    if label is not None:
        session.label(label, language=language)
    return Redline(saved(document), outcomes)


def write_redline(
    docx: bytes, changes: Sequence[Change], *, now: datetime, label: Label | None = None, language: str = "zh"
) -> bytes:
    return redline(docx, changes, now=now, label=label, language=language).data


def redline_of_text(
    text: str,
    changes: Sequence[Change],
    *,
    now: datetime,
    title: str = "",
    label: Label | None = None,
    language: str = "zh",
) -> Redline:
    """For contracts that were pasted or came as PDF: a new DOCX of the text with the changes tracked."""
    return redline(written(text, title=title), changes, now=now, label=label, language=language)


def accept_all(docx: bytes) -> bytes:
    """The document as it reads when every change is accepted, whoever made it."""
    document = opened(docx)
    settle(document.part, accepted=True)
    return saved(document)


def reject_all(docx: bytes, *, authors: frozenset[str] | None = None) -> bytes:
    """The document without its changes; only those of `authors` where they are named."""
    document = opened(docx)
    settle(
        document.part,
        accepted=False,
        ours=lambda change: authors is None or change.get(f"{W}author") in authors,
    )
    return saved(document)


__all__ = [
    "Change",
    "Outcome",
    "Redline",
    "accept_all",
    "redline",
    "redline_of_text",
    "reject_all",
    "write_redline",
]
