"""The clauses that a contract of its type should have, and whether they are there."""

from __future__ import annotations

from collections.abc import Sequence

from verticals.contract_review.domain.case import Case
from verticals.contract_review.domain.playbook import Rule, rules
from verticals.contract_review.domain.shapes import ChecklistItem, Finding, Language, Span, State
from verticals.contract_review.domain.vocabulary import judge


def checklist(
    case: Case, findings: Sequence[Finding], tongues: tuple[Language, ...], reader: Language
) -> tuple[ChecklistItem, ...]:
    """One item for each rule that asks for a clause; of English confidentiality agreements the hypotheses.

    A snippet has no checklist: it cannot lack what stands elsewhere.
    """
    if not case.whole:
        return ()
    items = [
        _item(one, case, findings, reader)
        for one in rules()
        if one.checklist
        and one.language in tongues
        and case.playbook.uses(one)
        and (not one.types or case.contract_type in one.types)
    ]
    if "en" in tongues and case.contract_type == "nda":
        items += [
            ChecklistItem(
                code=one.code,
                title=one.titles[reader],
                state=one.state,
                spans=one.spans,
                rule="",
                titles=one.titles,
            )
            for one in judge(case.copy.given)
        ]
    return tuple(items)


def _item(one: Rule, case: Case, findings: Sequence[Finding], reader: Language) -> ChecklistItem:
    found = [finding for finding in findings if finding.rule == one.code and finding.score >= 15]
    spans: tuple[Span, ...] = tuple(span for finding in found for span in finding.spans)
    state: State = "satisfied"
    if found:
        state = "absent" if all(finding.absent for finding in found) else "violated"
    elif place := one.find("present", case.text):
        spans = (case.copy.back(*place.span()),)
    return ChecklistItem(
        code=one.code,
        title=one.checklist[reader],
        state=state,
        spans=spans,
        rule=one.code,
        titles=one.checklist,
    )
