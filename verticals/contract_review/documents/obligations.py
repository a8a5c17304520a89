"""What is to be done under a contract, by whom and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

ObligationKind = Literal["pay", "deliver", "accept", "renew", "end", "report", "return", "other"]
Unit = Literal["day", "working_day", "week", "month", "year"]
Every = Literal["", "month", "quarter", "year"]


class HasPlace(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def heading(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """`text[start:end]` is the sentence, `quote` its words, `heading` that of its clause.

    `due` is None where the date hangs on an event that has none yet: `event`, `offset` and `unit` say when
    (`收到发票`, 10, `working_day`); a negative offset is before it. With `every` it comes back, and `due` is
    the next time. `is_estimate` says that public holidays were not counted, because nobody told them.
    `key` is the same for the same duty of the same contract, whatever else changes.
    """

    key: str
    kind: ObligationKind
    who: str
    quote: str
    start: int
    end: int
    heading: str = ""
    due: date | None = None
    event: str = ""
    offset: int = 0
    unit: Unit = "day"
    every: Every = ""
    until: date | None = None
    is_estimate: bool = False


def obligations(
    text: str,
    clauses: Sequence[HasPlace] = (),
    *,
    as_of: date,
    known: Mapping[str, date] | None = None,
) -> tuple[Obligation, ...]:
    """In order of their dates, undated ones last, as they stand in the text.

    `known` gives dates of events that the text leaves open, by a word that names them there (`签订`, `生效`,
    `Effective Date`); it goes before what the text itself says. Recurring ones start at `as_of`.
    """
    from verticals.contract_review.documents.duties.finding import found_in

    return tuple(found_in(text, clauses, as_of=as_of, known=known or {}))


__all__ = ["Every", "HasPlace", "Obligation", "ObligationKind", "Unit", "obligations"]
