"""One Finding everywhere: what a rule, a guard or a model noticed."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")


class Span(TypedDict):
    """Where in the examined text: `text[start:end] == quote`."""

    start: int
    end: int
    quote: str


class Finding(TypedDict):
    """`severity` is the same scale in every vertical; a vertical's own scale is a separate field."""

    rule_id: str
    source: Literal["rule", "guard", "model"]
    severity: Severity
    title: str
    explanation: str
    citations: list[str]
    span: NotRequired[Span | None]
    computed: NotRequired[dict[str, Any]]
    advice: NotRequired[str]
    effect: NotRequired[str]
    confidence: NotRequired[float]
