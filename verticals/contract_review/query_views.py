"""What of contract reviews may be asked about in tables: findings of the reviews that somebody may see."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.answering.tooling.querying import Column, View
from sunmao.core.actor import Actor
from verticals.contract_review.models import Finding
from verticals.contract_review.selectors import reviews


def _findings(actor: Actor) -> QuerySet[Any]:
    """The words of a finding are sealed and stay so; what it is of a kind can be counted."""
    return Finding.objects.filter(review__in=reviews(actor).values("pk"))


FINDINGS = View(
    name="contract_findings",
    title=_("Findings of contract reviews"),
    rows=_findings,
    columns={
        "review_id": Column("review_id"),
        "contract_type": Column("review__contract__contract_type"),
        "side": Column("review__contract__side"),
        "review_state": Column("review__state"),
        "reviewed": Column("review__created_at", "day"),
        "rule": Column("rule"),
        "severity": Column("severity"),
        "score": Column("score", "number"),
        "effect": Column("effect"),
        "legality": Column("legality"),
        "decision": Column("decision"),
    },
    searched=("rule", "effect"),
)

__all__ = ["FINDINGS"]
