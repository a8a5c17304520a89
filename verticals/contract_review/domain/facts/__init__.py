"""What a contract says about parties, time and money, with the place of every fact."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from verticals.contract_review.domain.facts.money import amounts, rate_facts
from verticals.contract_review.domain.facts.people import parties, signatories
from verticals.contract_review.domain.facts.places import forum, governing_law
from verticals.contract_review.domain.facts.time import dates, deadlines, term
from verticals.contract_review.domain.normal import Copy
from verticals.contract_review.domain.shapes import Facts, Span

__all__ = ["extract", "moved"]


def extract(plain: str) -> Facts:
    """The facts of a normalised text."""
    return Facts(
        parties=parties(plain),
        dates=dates(plain),
        term=term(plain),
        amounts=amounts(plain),
        rates=rate_facts(plain),
        deadlines=deadlines(plain),
        governing_law=governing_law(plain),
        forum=forum(plain),
        signatories=signatories(plain),
    )


def moved(facts: Facts, copy: Copy) -> Facts:
    """The same facts with places in the text as given."""
    changed: Facts = _moved(facts, copy)
    return changed


def _moved(value: Any, copy: Copy) -> Any:
    if isinstance(value, Span):
        return copy.back(value.start, value.end)
    if isinstance(value, tuple):
        return tuple(_moved(one, copy) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _moved(getattr(value, one.name), copy) for one in fields(value)})
    return value
