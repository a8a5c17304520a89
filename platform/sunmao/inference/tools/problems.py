"""What a model is told when a call of its own cannot be done. Codes are for programs, texts for the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CODES = (
    "parse_error",
    "schema_error",
    "tool_not_allowed",
    "not_found",
    "precondition_failed",
    "needs_confirmation",
    "limit_reached",
    "repeated_call",
    "tool_timeout",
    "tool_failed",
    "result_too_large",
    "result_withheld",
)
RETRYABLE = ("parse_error", "schema_error", "tool_timeout")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with arguments: the rule of the schema that it breaks, and what is allowed."""

    path: str
    rule: str
    message: str
    allowed: Sequence[Any] = ()

    def as_dict(self) -> dict[str, Any]:
        told = {"path": self.path, "code": self.rule, "message": self.message}
        return {**told, "allowed": list(self.allowed)} if self.allowed else told


class ToolFault(Exception):
    """A call that came to nothing. It never ends a turn by itself: the model reads it and goes on."""

    def __init__(self, code: str, message: str, *, problems: Sequence[Problem] = ()) -> None:
        self.code, self.message, self.problems = code, message, tuple(problems)
        super().__init__(f"{code}: {message}")

    @property
    def retryable(self) -> bool:
        return self.code in RETRYABLE

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        return {**told, "problems": [one.as_dict() for one in self.problems]} if self.problems else told


class Invalid(ToolFault):
    def __init__(self, problems: Sequence[Problem]) -> None:
        said = "; ".join(f"{one.path or 'arguments'}: {one.message}" for one in problems)
        super().__init__("schema_error", said[:1000], problems=problems[:20])


__all__ = ["CODES", "Invalid", "Problem", "ToolFault"]
