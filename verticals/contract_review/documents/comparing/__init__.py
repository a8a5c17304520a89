"""Two versions of a contract → what became of each clause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sunmao.guards.label import Label
from verticals.contract_review.documents.comparing.aligning import aligned
from verticals.contract_review.documents.comparing.changes import (
    ClauseChange,
    Comparison,
    HasPlace,
    Words,
)
from verticals.contract_review.documents.comparing.cutting import units_of
from verticals.contract_review.documents.comparing.tracking import tracked


def compare(
    before: str,
    after: str,
    *,
    clauses_before: Sequence[HasPlace] | None = None,
    clauses_after: Sequence[HasPlace] | None = None,
) -> Comparison:
    """Without clauses each text is cut as the rules cut it: at its numbers, else at its paragraphs."""
    return Comparison(tuple(aligned(units_of(before, clauses_before), units_of(after, clauses_after))))


def compare_docx(
    before: str | bytes,
    after: str | bytes,
    *,
    now: datetime,
    author: str = "Sunmao",
    title: str = "",
    label: Label | None = None,
    language: str = "zh",
) -> bytes:
    """The old version with tracked changes that lead to the new one. Bytes are DOCX, strings plain text.

    Numbers that Word counts are left to Word. Raises `UnreadableFile`.
    """
    return tracked(before, after, now=now, author=author, title=title, label=label, language=language)


__all__ = ["ClauseChange", "Comparison", "HasPlace", "Words", "compare", "compare_docx"]
