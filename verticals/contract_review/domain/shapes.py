"""What a review consists of. Every position is one of the text that was given: `text[start:end]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
Language = Literal["zh", "en"]
ContractType = Literal["service", "sale", "lease", "nda", "labour", "loan", "general"]
Side = Literal["甲方", "乙方", "neutral"]
Verdict = Literal["compliant", "non_compliant"]
Legality = Literal["compliant", "non_compliant", "unclear", "n/a"]
State = Literal["satisfied", "violated", "absent"]
Effect = Literal[
    "void",
    "partly_void",
    "revocable",
    "adjustable",
    "not_incorporated",
    "default_rule",
    "unenforceable_excess",
    "regulatory",
    "commercial",
]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
CONTRACT_TYPES: tuple[ContractType, ...] = ("service", "sale", "lease", "nda", "labour", "loan", "general")
_FLOORS: tuple[tuple[int, Severity], ...] = ((85, "critical"), (65, "high"), (40, "medium"), (15, "low"))


def severity_of(score: int) -> Severity:
    """The band that a score of 0–100 falls into."""
    return next((name for floor, name in _FLOORS if score >= floor), "info")


@dataclass(frozen=True, kw_only=True, order=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A numbered unit below the headings of `path`; `kind` is title, party, heading, clause or sign."""

    id: str
    path: tuple[str, ...]
    heading: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class Party:
    """A party as its block names it; `label` is 甲方 or 乙方, `role` what it is in this contract."""

    label: str
    role: str
    name: str
    credit_code: str = ""
    credit_code_valid: bool | None = None
    address: str = ""
    span: Span


@dataclass(frozen=True, kw_only=True)
class DateFact:
    """`role` is signing, effective, start, end or other."""

    day: date
    role: str
    span: Span


@dataclass(frozen=True, kw_only=True)
class Term:
    """How long the contract runs, in months, from words or from two dates."""

    months: Decimal | None
    start: date | None
    end: date | None
    open_ended: bool
    span: Span


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A sum of money; `in_words` for the upper-case form, `agrees` when both forms stand together."""

    value: Decimal
    currency: str
    label: str
    in_words: bool
    agrees: bool | None
    span: Span


@dataclass(frozen=True, kw_only=True)
class RateFact:
    """A percentage per period; `base` is arrears, total or other, `debtor` the party that owes it."""

    percent: Decimal
    period: str
    annual_percent: Decimal
    base: str
    debtor: str
    span: Span


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """So many days, months or years after an event, or on a day."""

    event: str
    count: Decimal
    unit: str
    working: bool
    party: str
    duty: str
    span: Span


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """Something the text says, as it says it."""

    text: str
    kind: str
    span: Span


@dataclass(frozen=True, kw_only=True)
class Facts:
    parties: tuple[Party, ...] = ()
    dates: tuple[DateFact, ...] = ()
    term: Term | None = None
    amounts: tuple[Amount, ...] = ()
    rates: tuple[RateFact, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    governing_law: Quoted | None = None
    forum: Quoted | None = None
    signatories: tuple[Quoted, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One row of the statute table, as shown: `short` in running text, `full` in the list of citations."""

    law: str
    article: int
    paragraph: int | None
    item: int | None
    short: str
    full: str
    paraphrase: str
    confidence: str


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """The smallest edit; `start == end` inserts, an empty text deletes."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """A finding in one language; `risk` and `reason` are the short forms of the three blocks."""

    title: str
    risk: str
    reason: str
    explanation: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule found. Without a span it is `absent`: something that the contract does not say."""

    rule: str
    title: str
    severity: Severity
    score: int
    effect: Effect
    legality: Legality
    spans: tuple[Span, ...]
    absent: bool
    explanation: str
    computed: Mapping[str, Any]
    citations: tuple[Citation, ...]
    rewrite: str
    replacement: Replacement | None
    fallback: str
    confidence: float
    words: Mapping[str, Words]
    source: str = "rule"


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """A clause that a contract of this type should have."""

    code: str
    title: str
    state: State
    spans: tuple[Span, ...]
    rule: str
    titles: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Review:
    contract_type: ContractType
    side: Side
    language: Language
    clauses: tuple[Clause, ...]
    facts: Facts
    findings: tuple[Finding, ...]
    verdict: Verdict
    checklist: tuple[ChecklistItem, ...]
    ruleset_version: str
    as_of: date
    whole: bool
    notes: tuple[str, ...] = field(default_factory=tuple)
