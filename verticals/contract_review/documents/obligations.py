"""What is to be done under a contract, by whom and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

ObligationKind = Literal["pay", "deliver", "accept", "renew", "end", "report", "return", "other"]
Unit = Literal["day", "working_day", "month", "year"]


class HasPlace(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def heading(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """`text[start:end]` is the sentence. `due` is None where the date hangs on an event that has none yet:
    then `event` and `offset` say when (`收到发票`, 10, `working_day`); a negative offset is before it.

    `heading` names the clause; `quote` is the sentence; `key` is the same for the same sentence of the same
    contract, whatever else changes.
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


def obligations(
    text: str,
    clauses: Sequence[HasPlace] = (),
    *,
    as_of: date,
    known: dict[str, date] | None = None,
) -> tuple[Obligation, ...]:
    """In order of their dates, undated ones last. `known` gives dates of events by their word in the text
    (`签订`, `生效`, `Effective Date`); what the text itself says of them is found without."""
    raise NotImplementedError


__all__ = ["Obligation", "obligations"]
