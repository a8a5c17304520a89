"""What a run found: rows, ratios, and what was left out. The JSON is a promise to those who keep it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = "sunmao.bench/1"
Verdict = Literal["pass", "fail", "unsteady", "reported"]


class InvalidRow(ValueError):
    """A latency without its quality says nothing, so it is not written down."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One contender on one workload: milliseconds, and microseconds of CPU in the client and its server.

    `recall` is the share of the right answer that came back, `nret` the mean number of rows.
    """

    id: str
    params: dict[str, Any]
    n: int
    recall: float
    nret: float
    p50: float
    p95: float
    p99: float
    qps: float
    cpu_us: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.recall <= 1.0:
            raise InvalidRow(f"{self.id} has no recall")


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Two sides of one run. `passed` is None without a goal, and when the rounds disagree too much."""

    id: str
    num: str
    den: str
    median: float
    lo: float
    hi: float
    goal: str | None
    passed: bool | None
    verdict: Verdict

    def as_dict(self) -> dict[str, Any]:
        told = asdict(self)
        told["pass"] = told.pop("passed")
        return told


@dataclass(frozen=True)
class Skipped:
    """What did not run, and why: absence is never a zero."""

    id: str
    reason: str


@dataclass
class Report:
    env: dict[str, Any] = field(default_factory=dict)
    run_id: str = ""
    cases: list[Case] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    env_more: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return any(ratio.verdict == "fail" for ratio in self.ratios)

    def add(self, *, cases: Iterable[Case] = (), ratios: Iterable[Ratio] = ()) -> None:
        self.cases += cases
        self.ratios += ratios

    def skip(self, name: str, reason: str) -> None:
        self.skipped.append(Skipped(name, reason))

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "env": self.env | self.env_more,
            "run_id": self.run_id,
            "cases": [asdict(case) for case in self.cases],
            "ratios": [ratio.as_dict() for ratio in self.ratios],
            "skipped": [asdict(one) for one in self.skipped],
        }
