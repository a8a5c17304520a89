"""What code computes for a prompt: facts that a model may copy, and remarks where given figures are wrong.

A source names its calculator under `computed`; what it says goes into the variable `facts`. A figure of the
answer that is neither given nor computed is a finding, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


@dataclass(frozen=True)
class Fact:
    """A figure that was computed: `value` as it is said, `how` from what."""

    name: str
    value: str
    how: str = ""

    def line(self) -> str:
        return f"- {self.name}: {self.value}" + (f" ({self.how})" if self.how else "")


@dataclass(frozen=True)
class Remark:
    """Something that does not fit: `given` is what was said, `computed` what comes out."""

    code: str
    about: str
    given: str = ""
    computed: str = ""

    def as_dict(self) -> dict[str, str]:
        return vars(self).copy()


@dataclass(frozen=True)
class Computed:
    facts: Sequence[Fact] = ()
    remarks: Sequence[Remark] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        lines = [fact.line() for fact in self.facts]
        lines += [f"- ! {one.code} {one.about}: {one.given} ≠ {one.computed}" for one in self.remarks]
        return "\n".join(lines) or "-"


Calculator = Callable[[Mapping[str, str], str], Computed]


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Half up, as a person rounds, without trailing zeros."""
    out = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    whole = out.to_integral_value()
    return Decimal(int(whole)) if out == whole else out.normalize()


def percent(part: Decimal, whole: Decimal, places: int = 2) -> str:
    return f"{rounded(part / whole * 100, places):f}%"


def growth(now: Decimal, before: Decimal, places: int = 1) -> str:
    return f"{rounded((now - before) / before * 100, places):f}%"


__all__ = ["Calculator", "Computed", "Fact", "Remark", "growth", "percent", "rounded"]
