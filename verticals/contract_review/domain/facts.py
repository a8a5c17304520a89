"""What a contract says about parties, time and money, with the place of every fact."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from verticals.contract_review.domain.normal import Copy
from verticals.contract_review.domain.shapes import Facts, Span


def extract(plain: str) -> Facts:
    """The facts of a normalised text."""
    return Facts()


def moved(facts: Facts, copy: Copy) -> Facts:
    """The same facts with places in the text as given."""
    changed: Any = _moved(facts, copy)
    return changed  # type: ignore[no-any-return]


def _moved(value: Any, copy: Copy) -> Any:
    if isinstance(value, Span):
        return copy.back(value.start, value.end)
    if isinstance(value, tuple):
        return tuple(_moved(one, copy) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _moved(getattr(value, one.name), copy) for one in fields(value)})
    return value
