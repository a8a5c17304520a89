"""What a report says. Plain values: whoever has a review fills them in, in the language of the report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sunmao.guards.label import Label
from verticals.contract_review.domain.shapes import Severity

Language = Literal["zh", "en"]
Verdict = Literal["compliant", "non_compliant", "unclear"]
Decision = Literal["open", "accepted", "edited", "rejected", "deferred"]
ItemState = Literal["satisfied", "violated", "absent"]


@dataclass(frozen=True, kw_only=True)
class ReportFinding:
    """`quotes` are exact words of the contract; `absent` says that something is missing instead.
    `citations` are short forms; `suggestion` is the clause as it stands now, edited or not."""

    rule: str
    severity: Severity
    title: str
    explanation: str
    quotes: tuple[str, ...] = ()
    where: str = ""
    absent: bool = False
    citations: tuple[str, ...] = ()
    effect: str = ""
    computed: tuple[tuple[str, str], ...] = ()
    suggestion: str = ""
    fallback: str = ""
    confidence: str = ""
    source: str = ""
    decision: Decision = "open"
    decided_by: str = ""
    decision_note: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportFact:
    """One line of the table of facts, e.g. `Amount`, `CNY 1,000,000`, `clause 2`."""

    name: str
    value: str
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportItem:
    """One line of the checklist."""

    name: str
    state: ItemState
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportParameter:
    """A figure that moves, as it was used: since when it holds and where it comes from."""

    name: str
    value: str
    since: date | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class SignOff:
    name: str
    role: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """`findings` come weightiest first. `citations` lists full titles with paraphrases, each once.
    `final` is false for a draft, which says so on every page."""

    language: Language
    title: str
    organisation: str
    contract_type: str
    our_side: str
    as_of: date
    made_at: datetime
    verdict: Verdict
    reason: str
    number: str = ""
    counterparty: str = ""
    reviewed_version: str = ""
    sha256: str = ""
    findings: tuple[ReportFinding, ...] = ()
    facts: tuple[ReportFact, ...] = ()
    checklist: tuple[ReportItem, ...] = ()
    parameters: tuple[ReportParameter, ...] = ()
    citations: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    ruleset: str = ""
    engine: str = ""
    sign_offs: tuple[SignOff, ...] = ()
    final: bool = False
    label: Label | None = None
