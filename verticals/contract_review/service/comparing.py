"""Two reviews of one contract: what became of its clauses, and of its risks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verticals.contract_review.models import Contract, Finding, Review
from verticals.contract_review.service import exporting, presenting
from verticals.contract_review.service.errors import NotYetReviewed, UnknownContract


@dataclass(frozen=True)
class Risks:
    """By rule, as often as it was found: which earlier risks are gone, which are new, which stay."""

    fixed: Sequence[Finding]
    new: Sequence[Finding]
    kept: Sequence[Finding]


def check(*, contract: Contract, before: Review, after: Review) -> None:
    if before.contract_id != contract.pk or after.contract_id != contract.pk:
        raise UnknownContract
    if not before.finished_at or not after.finished_at:
        raise NotYetReviewed


def risks(before: Review, after: Review) -> Risks:
    old = [one for one in before.findings.all() if one.severity != "info"]
    new = [one for one in after.findings.all() if one.severity != "info"]
    added = _beyond(new, Counter(map(_name, old)))
    return Risks(
        fixed=_beyond(old, Counter(map(_name, new))),
        new=added,
        kept=[one for one in new if one not in added],
    )


def _name(one: Finding) -> str:
    return one.rule or presenting.words_of(one, "title")


def _beyond(rows: Sequence[Finding], known: Counter[str]) -> list[Finding]:
    """Those for which the other side has no counterpart left."""
    found = []
    for one in rows:
        known[_name(one)] -= 1
        if known[_name(one)] < 0:
            found.append(one)
    return found


def told(*, contract: Contract, before: Review, after: Review) -> dict[str, Any]:
    check(contract=contract, before=before, after=after)
    made, became = exporting.comparison(before=before, after=after), risks(before, after)
    return {
        "changes": [
            {
                "kind": one.kind,
                "heading": one.heading,
                "words": [{"kind": word.kind, "text": word.text} for word in one.words],
            }
            for one in made.changes
            if one.kind != "same"
        ],
        "counts": {kind: made.count(kind) for kind in ("same", "changed", "added", "removed", "moved")},
        "fixed": [presenting.finding(one) for one in became.fixed],
        "new": [presenting.finding(one) for one in became.new],
    }


__all__ = ["check", "risks", "told"]
