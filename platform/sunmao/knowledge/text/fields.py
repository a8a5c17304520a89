"""The fields of the index: how each one saturates, what length is normal, and what a match in it is worth.

Pivot lengths are fixed on purpose. With the true average of a base, every new document would change the
weights of all others; with a constant a passage always gets the same vector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sunmao.knowledge.text.tokens import query_tokens, tokens


@dataclass(frozen=True)
class Field:
    """`k1` and `b` as in BM25 (Robertson and Zaragoza 2009); `pivot` is the length in tokens at which the
    length correction is 1; `weight` is what the whole field counts; `asked` turns a question into tokens
    for this field."""

    name: str
    k1: float
    b: float
    pivot: float
    weight: float
    asked: Callable[[str], list[str]] = query_tokens


BODY = Field("body", k1=1.2, b=0.75, pivot=220.0, weight=1.0)
PATH = Field("path", k1=0.9, b=0.4, pivot=20.0, weight=0.3)
TITLE = Field("title", k1=0.9, b=0.4, pivot=20.0, weight=1.0, asked=tokens)
LEAD = Field("lead", k1=0.9, b=0.4, pivot=20.0, weight=0.2)
"""How a passage without any heading begins."""
CONFIRMED = Field("confirmed", k1=1.2, b=0.6, pivot=20.0, weight=0.2)
"""Questions that a passage was confirmed to answer. They are searched apart from the passages: a vector of a
passage never changes (see `sunmao.knowledge.learning`)."""

ANSWERED = Field("answered", k1=1.2, b=0.6, pivot=220.0, weight=0.5)
"""The answers that were confirmed with them; `weight` is beside the words of their question."""

SEARCHED = (BODY, PATH, TITLE, LEAD)
FIELDS: dict[str, Field] = {field.name: field for field in (*SEARCHED, CONFIRMED, ANSWERED)}
FIELD_WEIGHTS: dict[str, float] = {field.name: field.weight for field in SEARCHED}

__all__ = ["ANSWERED", "BODY", "CONFIRMED", "FIELDS", "FIELD_WEIGHTS", "LEAD", "PATH", "TITLE", "Field"]
