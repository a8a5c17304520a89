"""What a report consists of, before anybody says how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from verticals.contract_review.domain.shapes import Severity

Tone = Literal["plain", "muted", "strong"]


@dataclass(frozen=True)
class Cover:
    organisation: str
    kind: str
    title: str
    verdict: str
    is_good: bool
    state: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Words:
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Numbered:
    """Each item may begin with a mark of its severity."""

    items: tuple[tuple[str, str, Severity | None], ...]


@dataclass(frozen=True)
class Table:
    """`widths` are shares of the width of the page. `tones` colour the first cell of a row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    tones: tuple[Severity | None, ...] = ()


@dataclass(frozen=True)
class Finding:
    """`parts` are labelled texts; a quoted one stands between lines of its own."""

    number: int
    severity: Severity
    mark: str
    title: str
    aside: str
    parts: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class NewPage:
    pass


Block = Cover | Heading | Words | Numbered | Table | Finding | NewPage

__all__ = ["Block", "Cover", "Finding", "Heading", "NewPage", "Numbered", "Table", "Tone", "Words"]
