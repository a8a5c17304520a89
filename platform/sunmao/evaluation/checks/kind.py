"""What a check sees, what it says, and what a kind of check is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sunmao.core.errors import Message


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer as checks see it. `read` and `cited` are names of documents in their order; `before` is what
    the run before said to the same question, and `referee` whoever can be asked for an opinion."""

    text: str
    outcome: str
    language: str = "zh"
    findings: Sequence[Mapping[str, Any]] = ()
    read: Sequence[str] = ()
    cited: Sequence[str] = ()
    seconds: float = 0.0
    tokens: int = 0
    question: str = ""
    before: str = ""
    referee: Referee | None = None


@dataclass(frozen=True)
class Checked:
    """`score` is the figure that a limit is compared with, where the kind has one; `why` says what was
    found, in figures and names rather than in sentences. `label` is the one expected and the one found."""

    passed: bool
    why: str = ""
    score: float | None = None
    label: tuple[str, str] | None = None


class Referee(Protocol):
    """Asks judges, who are models; `given` are the parameters of the check."""

    def score(self, answered: Answered, given: Mapping[str, Any]) -> Checked: ...

    def compare(self, answered: Answered, given: Mapping[str, Any]) -> Checked: ...


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`parameters` maps a name to the function that reads it: it gives the value, or raises `ValueError`."""

    title: Message
    check: Callable[[Answered, Mapping[str, Any]], Checked]
    required: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    optional: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()
    # Asks a model: only when every check that is a rule has passed.
    is_opinion: bool = False
