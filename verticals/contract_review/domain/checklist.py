"""The clauses that a contract of its type should have, and whether they are there."""

from __future__ import annotations

from collections.abc import Sequence

from verticals.contract_review.domain.case import Case
from verticals.contract_review.domain.shapes import ChecklistItem, Finding, Language


def checklist(
    case: Case, findings: Sequence[Finding], tongues: tuple[Language, ...], reader: Language
) -> tuple[ChecklistItem, ...]:
    return ()
