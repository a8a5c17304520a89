"""What every door shows of confirmed questions, synonyms and rankings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sunmao.knowledge.learning.models import ConfirmedQuestion, Ranking, Synonyms


def question(found: ConfirmedQuestion, *, names: Mapping[str, str]) -> dict[str, Any]:
    """`names` by subject, as `learning.selectors.names_of` gives them."""
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "question": found.question,
        "answer": found.answer,
        "passage_id": str(found.passage_id),
        "document": found.document.name,
        "label": found.label,
        "source": found.source,
        "confirmed_by": names.get(found.confirmed_by, found.confirmed_by),
        "created_at": found.created_at.isoformat(),
    }


def synonyms(found: Synonyms, *, names: Mapping[str, str]) -> dict[str, Any]:
    """`names` by subject, as `learning.selectors.named` gives them."""
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "words": found.words,
        "added_by": names.get(found.added_by, found.added_by),
        "created_at": found.created_at.isoformat(),
    }


def ranking(found: Ranking) -> dict[str, Any]:
    """`figures` are those that decided whether it serves (mean reciprocal rank with and without it)."""
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "number": found.number,
        "state": found.state,
        "questions": found.questions,
        "figures": found.metrics,
        "created_at": found.created_at.isoformat(),
    }
