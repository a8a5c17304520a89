"""What an answer must satisfy before it is final. Pure functions over the text and its sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sunmao.core.findings import Finding
from sunmao.guards.outbound.numbers import Known

MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True)
class Verified:
    """The text with invented citation marks removed, the numbers it cites, and what was wrong."""

    text: str
    cited: tuple[int, ...]
    findings: tuple[Finding, ...]


def verify(*, text: str, sources: Mapping[int, str], question: str, known: Known | None = None) -> Verified:
    """Cited numbers must be of retrieved passages; figures must be `known`: those of the sources and of the
    question, and what rules computed."""
    known = known or Known(texts=[question, *sources.values()])
    invented = sorted({int(number) for number in MARK.findall(text)} - sources.keys())
    clean = MARK.sub(lambda mark: mark[0] if int(mark[1]) in sources else "", text)
    cited = tuple(dict.fromkeys(int(number) for number in MARK.findall(clean)))
    findings = []
    if invented:
        marks = ", ".join(f"[{number}]" for number in invented)
        findings.append(_finding("G-CITE", _("Invented citations were removed"), marks))
    if text.strip() and not cited:
        findings.append(_finding("G-NOCITE", _("The answer cites no source"), ""))
    unsupported = known.unknown_in(clean)
    if unsupported:
        findings.append(_finding("G-NUMBER", _("Figures that no source contains"), ", ".join(unsupported)))
    return Verified(text=clean, cited=cited, findings=tuple(findings))


def _finding(rule_id: str, title: str, explanation: str) -> Finding:
    return Finding(
        rule_id=rule_id, source="guard", severity="medium", title=title, explanation=explanation, citations=[]
    )
