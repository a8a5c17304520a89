"""What leaves the house: redline, report, calendar, grid, comparison. Every download has its audit entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils import translation
from django.utils.translation import gettext as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import NotFound
from sunmao.guards.label import of_stored
from verticals.contract_review.documents.calendar import ics
from verticals.contract_review.documents.comparing import Comparison, compare, compare_docx
from verticals.contract_review.documents.grid import Column, Grid, Row, grid_csv, grid_xlsx
from verticals.contract_review.documents.obligations import Obligation, obligations
from verticals.contract_review.documents.redline import Change, Redline, redline, redline_of_text
from verticals.contract_review.documents.report import (
    ReportData,
    ReportFact,
    ReportFinding,
    ReportItem,
    ReportParameter,
    SignOff,
    report_docx,
    report_pdf,
)
from verticals.contract_review.domain.segments import FORMS
from verticals.contract_review.models import (
    Batch,
    ContractVersion,
    Decision,
    Finding,
    Review,
    ReviewState,
)
from verticals.contract_review.service import engine, facts, presenting, wording
from verticals.contract_review.service.errors import NotYetReviewed
from verticals.contract_review.service.rights import RUN, TASK, require

Include = Literal["decided", "all"]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UI = {"zh": "zh-hans", "en": "en"}
EXPORTS = ("redline", "report.docx", "report.pdf", "calendar", "original")


@dataclass(frozen=True)
class Download:
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Place:
    """A clause as `documents` wants it."""

    start: int
    end: int
    path: tuple[str, ...]
    heading: str


def export(*, actor: Actor, review: Review, kind: str, include: str = "decided") -> Download:
    """`redline`, `report.docx`, `report.pdf`, `calendar` or `original`. Raises `NotYetReviewed`."""
    require(actor, RUN)
    makers: Mapping[str, Callable[[], Download]] = {
        "redline": lambda: _redline(review, include),
        "report.docx": lambda: _report(review, "docx"),
        "report.pdf": lambda: _report(review, "pdf"),
        "calendar": lambda: _calendar(review),
        "original": lambda: _original(review.version),
    }
    if kind not in makers:
        raise NotFound
    if kind != "original" and not review.finished_at:
        raise NotYetReviewed
    with tenancy.scope(actor.organisation_id):
        made = makers[kind]()
        verb = "contract.downloaded" if kind == "original" else "contract_review.exported"
        audit.record(
            actor=actor,
            verb=verb,
            subject=review.contract if kind == "original" else review,
            task=TASK,
            kind=kind,
            size=len(made.data),
        )
    return made


def changes_of(review: Review, include: str = "decided") -> list[tuple[Finding, Change]]:
    """The tracked changes and comments of a review: of accepted and edited findings, or of all but the
    rejected. Those that replace nothing are comments at the place that they are about."""
    body = [place for place in review.result.get("clauses", []) if place["kind"] != "sign"]
    end = body[-1]["end"] if body else len(str(review.version.text))
    return [
        (one, _change(one, str(review.version.text), end))
        for one in review.findings.all()
        if _goes_out(one, include)
    ]


def _goes_out(one: Finding, include: str) -> bool:
    """What a person took goes out, a note as well; undecided, a note is nobody's wish."""
    if one.decision in (Decision.ACCEPTED, Decision.EDITED):
        return True
    return include == "all" and one.decision != Decision.REJECTED and one.severity != "info"


def _change(one: Finding, text: str, body_end: int) -> Change:
    author = f"Sunmao + {one.decided_by}" if one.decided_by else "Sunmao"
    start, end, new = _edit(one, text, body_end)
    if new:
        start = _behind_number(start, end, new, text)
    return Change(start=start, end=end, new_text=new, comment=_comment(one), author=author)


def _edit(one: Finding, text: str, body_end: int) -> tuple[int, int, str | None]:
    content, edited = one.content, str(one.edited or "")
    edit, spans = content.get("replacement"), content.get("spans", [])
    if edit is None:
        place = spans[0] if spans else {"start": 0, "end": min(len(text), 1)}
        if edited and spans:
            return place["start"], place["end"], edited
        if edited:  # of what is absent: behind the last clause, before the signatures
            return body_end, body_end, f"\n{edited}"
        return place["start"], place["end"], None
    start, end, new = edit["start"], edit["end"], edit["text"]
    if not edited:
        return start, end, new
    whole = _whole(start, end, new, content.get("rewrite", ""), text)
    if whole is None:
        return start, end, ("\n" if new.startswith("\n") else "") + edited
    return _trimmed(*whole, edited, text)


def _behind_number(start: int, end: int, new: str, text: str) -> int:
    """The clause whose first sentence is replaced keeps its number; others refer to it."""
    if text[:start].rpartition("\n")[2].strip():
        return start
    found = (form.match(text, start) for form in FORMS)
    number = next((match.end() for match in found if match and match.end() < end), start)
    if number == start or new.startswith(text[start:number]):
        return start
    rest = text[number:end]
    return number + len(rest) - len(rest.lstrip(" \u3000\t:：、.．"))


def _whole(start: int, end: int, new: str, rewrite: str, text: str) -> tuple[int, int] | None:
    """The words that the whole rewrite would stand for, where the edit is only its smallest part."""
    for head in range(len(rewrite) - len(new) + 1):
        tail = rewrite[head + len(new) :]
        if (
            rewrite[head : head + len(new)] == new
            and start >= head
            and text[start - head : start] == rewrite[:head]
            and text[end : end + len(tail)] == tail
        ):
            return start - head, end + len(tail)
    return None


def _trimmed(start: int, end: int, new: str, text: str) -> tuple[int, int, str]:
    while start < end and new and text[start] == new[0]:
        start, new = start + 1, new[1:]
    while start < end and new and text[end - 1] == new[-1]:
        end, new = end - 1, new[:-1]
    return start, end, new


def _comment(one: Finding) -> str:
    from sunmao.ui.templatetags.ui_tags import severity_word

    cited = "、".join(cite["short"] for cite in one.content.get("citations", []))
    lines = [
        f"【{severity_word(one.severity)}】{presenting.words_of(one, 'title')}",
        cited,
        presenting.words_of(one, "explanation"),
        str(one.note or ""),
    ]
    return "\n".join(line for line in lines if line)


def _redline(review: Review, include: str) -> Download:
    version, language = review.version, review.language
    with translation.override(UI[language]):
        changes = [change for _one, change in changes_of(review, include)]
        label = of_stored(review.label)
        if version.kind == "docx":
            data = files.read(organisation_id=review.organisation_id, sha256=version.sha256)
            made: Redline = redline(data, changes, now=now(), label=label, language=language)
        else:
            made = redline_of_text(
                str(version.text),
                changes,
                now=now(),
                title=str(review.contract.title),
                label=label,
                language=language,
            )
    return Download(_name(review, "redline", "docx"), DOCX, made.data)


def _name(review: Review, what: str, ending: str) -> str:
    return f"{review.contract.title}-v{review.version.number}-{what}.{ending}"


def _report(review: Review, ending: str) -> Download:
    language = review.language or wording.reader()
    with translation.override(UI[language]):
        data = report_data(review, language)
        made = report_pdf(data) if ending == "pdf" else report_docx(data)
    return Download(_name(review, "report", ending), "application/pdf" if ending == "pdf" else DOCX, made)


def report_data(review: Review, language: str) -> ReportData:
    from sunmao.accounts.selectors import organisation_name

    findings = list(review.findings.all())
    parties = review.result.get("facts", {}).get("parties", [])
    ours = engine.SIDES[review.side]  # type: ignore[index]
    return ReportData(
        language=language,  # type: ignore[arg-type]
        title=str(review.contract.title),
        organisation=organisation_name(review.organisation_id),
        contract_type=facts.type_name(review.contract_type),
        our_side=facts.side_name(review.side),
        counterparty="、".join(one["name"] for one in parties if one["label"] != ours and one["name"]),
        as_of=review.as_of,
        made_at=now(),
        verdict=review.verdict,  # type: ignore[arg-type]
        reason=presenting.reason(review, language),
        number=str(review.pk),
        reviewed_version=f"{review.version.number} {review.version.name}".strip(),
        sha256=review.version.sha256,
        findings=tuple(_report_finding(one, review, language) for one in findings),
        facts=tuple(
            ReportFact(name=one.name, value=one.value, where=one.where) for one in facts.table(review)
        ),
        checklist=tuple(
            ReportItem(name=one["titles"].get(language) or one["title"], state=one["state"])
            for one in review.result.get("checklist", [])
        ),
        parameters=tuple(_report_parameters(review)),
        citations=tuple((one["full"], one["paraphrase"]) for one in presenting.statutes(findings)),
        remarks=tuple(
            [wording.told(wording.NOTES, code) for code in presenting.notes_of(review)]
            + facts.remarks(review.version)
        ),
        ruleset=review.ruleset_version,
        engine=" ".join(part for part in (review.engine, review.model) if part),
        sign_offs=tuple(
            SignOff(name=str(one.name), at=one.created_at, note=str(one.note))
            for one in review.signatures.all()
        ),
        final=review.state == ReviewState.FINAL,
        label=of_stored(review.label),
    )


def _report_finding(one: Finding, review: Review, language: str) -> ReportFinding:
    content = one.content
    spans = content.get("spans", [])
    return ReportFinding(
        rule=one.rule,
        severity=one.severity,  # type: ignore[arg-type]
        title=presenting.words_of(one, "title", language),
        explanation=presenting.words_of(one, "explanation", language),
        quotes=tuple(span["quote"] for span in spans),
        where=facts.where(review, spans[0]["start"]) if spans else "",
        absent=content.get("absent", False),
        citations=tuple(cite["short"] for cite in content.get("citations", [])),
        effect=wording.told(wording.EFFECTS, one.effect),
        computed=tuple(
            (str(name), str(value)) for name, value in facts.computed(content.get("computed", {}))
        ),
        suggestion=one.rewrite,
        fallback=content.get("fallback", ""),
        confidence=f"{content.get('confidence', 0):.0%}",
        source=wording.told(wording.SOURCES, one.source),
        decision=one.decision,  # type: ignore[arg-type]
        decided_by=str(one.decided_by or ""),
        decision_note=str(one.note or ""),
    )


def _report_parameters(review: Review) -> Iterable[ReportParameter]:
    for name, row in review.parameters.get("in_force", {}).items():
        yield ReportParameter(
            name=wording.told(wording.PARAMETERS, name),
            value=str(row["value"]),
            since=date.fromisoformat(row["since"]),
            source=row["source"],
        )


def places(review: Review) -> list[Place]:
    return [
        Place(one["start"], one["end"], tuple(one["path"]), one["heading"])
        for one in review.result.get("clauses", [])
    ]


def duties_of(review: Review) -> tuple[Obligation, ...]:
    """What is to be done under the contract, dated or hanging on an event."""
    return obligations(str(review.version.text), places(review), as_of=review.as_of)


def _calendar(review: Review) -> Download:
    data = ics(
        duties_of(review),
        contract_id=str(review.contract_id),
        title=str(review.contract.title),
        now=now(),
        language=review.language or "zh",
    )
    return Download(_name(review, "calendar", "ics"), "text/calendar; charset=utf-8", data)


def _original(version: ContractVersion) -> Download:
    if version.kind == "text":
        return Download(
            f"{version.contract.title}.txt", "text/plain; charset=utf-8", str(version.text).encode()
        )
    data = files.read(organisation_id=version.organisation_id, sha256=version.sha256)
    return Download(str(version.name), "application/octet-stream", data)


def comparison(*, before: Review, after: Review) -> Comparison:
    return compare(
        str(before.version.text),
        str(after.version.text),
        clauses_before=places(before),
        clauses_after=places(after),
    )


def compared_docx(*, actor: Actor, before: Review, after: Review) -> Download:
    """The old version with tracked changes that lead to the new one."""
    require(actor, RUN)
    with tenancy.scope(actor.organisation_id):
        sides = [_source(one.version) for one in (before, after)]
        data = compare_docx(
            sides[0],
            sides[1],
            now=now(),
            title=str(after.contract.title),
            language=after.language or "zh",
        )
        audit.record(
            actor=actor,
            verb="contract_review.exported",
            subject=after,
            task=TASK,
            kind="comparison",
            earlier=str(before.pk),
            size=len(data),
        )
    name = f"{after.contract.title}-v{before.version.number}-v{after.version.number}.docx"
    return Download(name, DOCX, data)


def _source(version: ContractVersion) -> str | bytes:
    if version.kind == "docx":
        return files.read(organisation_id=version.organisation_id, sha256=version.sha256)
    return str(version.text)


def grid_of(reviews: Sequence[Review], title: str) -> Grid:
    """Fields × contracts."""
    return Grid(
        title=title,
        corner=_("Contract"),
        columns=[Column(key=key, title=str(name)) for key, name in facts.COLUMNS.items()],
        rows=[
            Row(contract=str(one.contract.title), values=facts.row(one), notes=facts.quotes(one))
            for one in reviews
        ],
    )


def export_grid(
    *, actor: Actor, reviews: Sequence[Review], title: str, ending: str, batch: Batch | None = None
) -> Download:
    require(actor, RUN)
    if ending not in ("csv", "xlsx"):
        raise NotFound
    language = wording.reader()
    with tenancy.scope(actor.organisation_id):
        made = grid_of(reviews, title)
        data = grid_csv(made, language=language) if ending == "csv" else grid_xlsx(made, language=language)
        for subject in [batch] if batch else reviews:
            verb = "contract_batch.exported" if batch else "contract_review.exported"
            audit.record(
                actor=actor, verb=verb, subject=subject, task=TASK, kind=f"grid.{ending}", size=len(data)
            )
    return Download(f"{title}.{ending}", "text/csv; charset=utf-8" if ending == "csv" else XLSX, data)


__all__ = [
    "EXPORTS",
    "Download",
    "changes_of",
    "compared_docx",
    "comparison",
    "duties_of",
    "export",
    "export_grid",
    "grid_of",
    "report_data",
]
