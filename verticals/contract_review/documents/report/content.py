"""A review → the blocks of its report, in the language that is active."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from verticals.contract_review.documents.report.blocks import (
    Block,
    Cover,
    Finding,
    Heading,
    NewPage,
    Numbered,
    Table,
    Words,
)
from verticals.contract_review.documents.report.data import (
    Decision,
    ReportData,
    ReportFinding,
    SignOff,
)
from verticals.contract_review.documents.weights import SEVERITIES, tag_of

_NOTHING = "—"


def blocks_of(data: ReportData) -> Iterator[Block]:
    yield _cover(data)
    yield NewPage()
    yield from _summary(data)
    yield from _three(data)
    yield from _details(data)
    yield from _facts(data)
    yield from _checklist(data)
    yield from _basis(data)
    yield from _end(data)


def state_of(data: ReportData) -> str:
    return _("Final version") if data.final else _("Draft: not signed off")


def caution(data: ReportData) -> str:
    """At the foot of every page, with who stands for the report."""
    said = _("Made with the help of software. No legal advice; needs the review of a qualified person.")
    if not (data.final and data.sign_offs):
        return said
    names = ", ".join(one.name for one in data.sign_offs)
    return f"{said} {_('Signed off by {names}.').format(names=names)}"


def _disclaimer() -> str:
    return _(
        "This report was made with the help of software. It is no legal advice and needs the review of a "
        "qualified person, who is named below once the report is signed off."
    )


def _cover(data: ReportData) -> Cover:
    pairs = (
        (_("Kind of contract"), data.contract_type),
        (_("Our side"), data.our_side),
        (_("Other side"), data.counterparty),
        (_("Number of the review"), data.number),
        (_("Version under review"), data.reviewed_version),
        (_("Law as of"), date_format(data.as_of, "DATE_FORMAT")),
        (_("Report made on"), date_format(timezone.localtime(data.made_at), "DATETIME_FORMAT")),
        (_("Rule set"), data.ruleset),
        (_("SHA-256 of the file"), data.sha256),
    )
    return Cover(
        organisation=data.organisation,
        kind=_("Contract review report"),
        title=data.title,
        verdict=_verdict(data),
        is_good=data.verdict == "compliant",
        state=state_of(data),
        pairs=tuple((name, value) for name, value in pairs if value),
    )


def _verdict(data: ReportData) -> str:
    return {
        "compliant": _("Conforms"),
        "non_compliant": _("Does not conform"),
        "unclear": _("Cannot be said"),
    }[data.verdict]


def _summary(data: ReportData) -> Iterator[Block]:
    yield Heading(_("Summary"))
    count = len(data.findings)
    yield Words(
        ngettext("{count} finding in all.", "{count} findings in all.", count).format(count=count)
        if count
        else _("Nothing was found that the rules look for.")
    )
    if count:
        rows = [(s, [f for f in data.findings if f.severity == s]) for s in SEVERITIES]
        shown = [(s, found) for s, found in rows if found]
        yield Table(
            head=(_("Weight"), _("Findings"), _("Accepted"), _("Rejected"), _("Not decided")),
            rows=tuple((tag_of(s), str(len(found)), *_decided(found)) for s, found in shown),
            widths=(0.24, 0.19, 0.19, 0.19, 0.19),
            tones=tuple(s for s, _found in shown),
        )
    for remark in data.remarks:
        yield Words(remark, "muted")


def _decided(findings: list[ReportFinding]) -> tuple[str, str, str]:
    counts = [
        sum(f.decision in kinds for f in findings)
        for kinds in (("accepted", "edited"), ("rejected",), ("open", "deferred"))
    ]
    accepted, rejected, waiting = (str(count) if count else _NOTHING for count in counts)
    return accepted, rejected, waiting


def _three(data: ReportData) -> Iterator[Block]:
    """The three blocks of every review: is it lawful, what is at risk, what to write instead."""
    yield Heading(_("I. Legality"))
    yield Words(_("[{verdict}] {reason}").format(verdict=_verdict(data), reason=data.reason))
    yield Heading(_("II. Risks"))
    if not data.findings:
        yield Words(_NOTHING)
    else:
        yield Numbered(tuple((tag_of(f.severity), f.title, f.severity) for f in data.findings))
    yield Heading(_("III. Suggested changes"))
    suggested = [(str(i), f.suggestion) for i, f in enumerate(data.findings, start=1) if f.suggestion]
    if not suggested:
        yield Words(_NOTHING)
    else:
        yield Table(head=(_("Risk"), _("Suggested clause")), rows=tuple(suggested), widths=(0.12, 0.88))


def _details(data: ReportData) -> Iterator[Block]:
    if not data.findings:
        return
    yield Heading(_("Findings in detail"))
    for number, finding in enumerate(data.findings, start=1):
        yield Finding(
            number=number,
            severity=finding.severity,
            mark=tag_of(finding.severity),
            title=finding.title,
            aside=" · ".join(filter(None, (finding.rule, finding.where, finding.effect, finding.source))),
            parts=tuple(_parts(finding)),
        )


def _parts(finding: ReportFinding) -> Iterator[tuple[str, str, bool]]:
    for quote in finding.quotes:
        yield _("Words of the contract"), quote, True
    if finding.absent:
        yield _("Words of the contract"), _("Nothing in the contract settles this."), False
    yield _("Why"), finding.explanation, False
    if finding.computed:
        yield _("Figures"), "; ".join(f"{name}: {value}" for name, value in finding.computed), False
    if finding.citations:
        yield _("Legal basis"), "\n".join(finding.citations), False
    if finding.suggestion:
        yield _("Suggested clause"), finding.suggestion, True
    if finding.fallback:
        yield _("If that cannot be had"), finding.fallback, False
    if finding.confidence:
        yield _("Confidence"), finding.confidence, False
    yield _("Decided"), _decision(finding), False


def _decision(finding: ReportFinding) -> str:
    words: dict[Decision, str] = {
        "open": _("Not decided"),
        "accepted": _("Suggestion accepted"),
        "edited": _("Accepted with changes"),
        "rejected": _("Finding rejected"),
        "deferred": _("Put off"),
    }
    said = " · ".join(filter(None, (words[finding.decision], finding.decided_by)))
    return f"{said}\n{finding.decision_note}" if finding.decision_note else said


def _facts(data: ReportData) -> Iterator[Block]:
    if data.facts:
        yield Heading(_("What the contract says"))
        yield Table(
            head=(_("Fact"), _("As it stands in the contract"), _("Where")),
            rows=tuple((fact.name, fact.value, fact.where) for fact in data.facts),
            widths=(0.22, 0.58, 0.2),
        )


def _checklist(data: ReportData) -> Iterator[Block]:
    if data.checklist:
        states = {
            "satisfied": _("There"),
            "violated": _("There, but not as it should be"),
            "absent": _("Missing"),
        }
        yield Heading(_("What a contract of this kind should settle"))
        yield Table(
            head=(_("Clause"), _("State"), _("Where")),
            rows=tuple((item.name, states[item.state], item.where) for item in data.checklist),
            widths=(0.5, 0.3, 0.2),
        )


def _basis(data: ReportData) -> Iterator[Block]:
    if data.citations:
        yield Heading(_("Legal basis"))
        yield Table(
            head=(_("Provision"), _("What it says, in our words")),
            rows=data.citations,
            widths=(0.42, 0.58),
        )
    if data.parameters:
        yield Heading(_("Figures that change over time"))
        yield Table(
            head=(_("Figure"), _("As it was used"), _("In force since"), _("Source")),
            rows=tuple(
                (
                    one.name,
                    one.value,
                    date_format(one.since, "DATE_FORMAT") if one.since else _NOTHING,
                    one.source or _NOTHING,
                )
                for one in data.parameters
            ),
            widths=(0.34, 0.16, 0.22, 0.28),
        )


def _end(data: ReportData) -> Iterator[Block]:
    yield Heading(_("Sign-off"))
    yield Words(_disclaimer(), "muted")
    if data.engine:
        yield Words(_("Language model: {engine}").format(engine=data.engine), "muted")
    yield Table(
        head=(_("Reviewed by"), _("Role"), _("On"), _("Remark or signature")),
        rows=tuple(map(_signed, data.sign_offs)) or ((" ", " ", " ", " "),) * 2,
        widths=(0.24, 0.2, 0.26, 0.3),
    )


def _signed(one: SignOff) -> tuple[str, ...]:
    at = date_format(timezone.localtime(one.at), "DATETIME_FORMAT") if one.at else _NOTHING
    return (one.name, one.role or _NOTHING, at, one.note or " ")


__all__ = ["blocks_of", "caution", "state_of"]
