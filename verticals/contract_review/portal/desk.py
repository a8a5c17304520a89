"""One review at work: the document with its highlights, the findings by weight, decisions, signatures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from sunmao.core.actor import Actor
from sunmao.core.errors import SunmaoError
from sunmao.core.resolving import visible
from verticals.contract_review import selectors
from verticals.contract_review.models import (
    ClauseTemplate,
    Decision,
    Finding,
    Inquiry,
    Review,
    ReviewState,
)
from verticals.contract_review.portal.document import Mark, lines
from verticals.contract_review.portal.shell import actor_of, shown, wants_fragment
from verticals.contract_review.service import (
    comparing,
    deciding,
    exporting,
    facts,
    inquiries,
    presenting,
    reviewing,
    wording,
)
from verticals.contract_review.service.errors import DecidedMeanwhile
from verticals.contract_review.service.rights import SIGN, may

VIEWS = ("findings", "facts", "checklist", "calendar", "questions", "versions")
LEVELS = ("critical", "high", "medium", "low", "info")


def page(request: HttpRequest, review_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    review = visible(actor, "contract_review", review_id)
    if review.is_under_way or review.state == ReviewState.FAILED or not review.finished_at:
        return shown(request, "waiting.html", _waiting(review), here="contracts")
    view = request.GET.get("view", "findings")
    view = view if view in VIEWS else "findings"
    rows = list(review.findings.all())
    chosen = request.GET.get("show", "")
    context = {
        **_head(actor, review, rows),
        **_document(review, rows),
        **_panel(actor, review, rows, view, chosen),
        "view": view,
        "views": _views(review, rows, view),
    }
    return shown(request, "desk.html", context, here="contracts")


def _waiting(review: Review) -> dict[str, Any]:
    steps = (ReviewState.QUEUED, ReviewState.PARSING, ReviewState.ANALYSING)
    failed = presenting.error(review.error)
    batch = review.contract.batch
    job = review.job or (batch.job if batch else None)
    if review.is_under_way and job and job.state in ("failed", "cancelled"):
        failed = {
            "code": job.error_code or "cancelled",
            "message": job.error_text or _("It was cancelled."),
        }
    return {
        "review": review,
        "title": review.contract.title,
        "failed": failed,
        "superseded": review.state == ReviewState.SUPERSEDED,
        "steps": [
            {
                "name": one.value,
                "title": one.label,
                "done": one in steps[: _index(review, steps)],
                "now": one == review.state,
            }
            for one in steps
        ],
        "status_url": reverse("contract_review:status", args=[review.pk]),
    }


def _index(review: Review, steps: Sequence[ReviewState]) -> int:
    return steps.index(ReviewState(review.state)) if review.state in steps else 0


def status(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Asked again and again while the review is under way; the page is loaded anew when it has ended."""
    review = visible(actor_of(request), "contract_review", review_id)
    waiting = _waiting(review)
    response = shown(request, "_waiting.html", waiting)
    if not review.is_under_way or waiting["failed"]:
        response["HX-Refresh"] = "true"
    return response


def _head(actor: Actor, review: Review, rows: Sequence[Finding]) -> dict[str, Any]:
    open_rows = [one for one in rows if one.decision == Decision.OPEN and one.severity != "info"]
    blocking = sum(one.blocks_signing for one in rows)
    signatures = list(review.signatures.all())
    return {
        "review": review,
        "title": review.contract.title,
        "type": facts.type_name(review.contract_type),
        "side": facts.side_name(review.side),
        "verdict": wording.told(wording.VERDICTS, review.verdict),
        "reason": presenting.reason(review, wording.reader()),
        "counts": [(level, review.counts.get(level, 0)) for level in LEVELS if review.counts.get(level)],
        "open_count": len(open_rows),
        "blocking": blocking,
        "signatures": signatures,
        "has_signed": any(one.signer_id == actor.id for one in signatures),
        "can_sign": may(actor, SIGN) and review.is_open and not blocking,
        "notes": [wording.told(wording.NOTES, code) for code in presenting.notes_of(review)]
        + facts.remarks(review.version)
        + _model_notes(review),
        "label": presenting.labelled(review)["label"],
        "exports": _exports(review),
        "is_newest": not review.contract.reviews.filter(created_at__gt=review.created_at).exists(),
    }


def _model_notes(review: Review) -> list[str]:
    dropped = sum(review.model_notes.get("dropped", {}).values())
    notes = []
    if dropped:
        notes.append(
            _("Of what the model said, %(count)d points were left out because they could not be verified.")
            % {"count": dropped}
        )
    if review.model_notes.get("not_read"):
        notes.append(_("The contract is long: the model did not read all of it; the rules did."))
    if review.model_notes.get("skipped") not in (None, "no_release"):
        notes.append(_("The model did not answer; this review rests on the rules alone."))
    return notes


def _exports(review: Review) -> list[dict[str, str]]:
    names = (
        ("redline", _("Redline (Word)")),
        ("report.pdf", _("Report (PDF)")),
        ("report.docx", _("Report (Word)")),
        ("calendar", _("Calendar (ICS)")),
        ("original", _("Contract as received")),
    )
    return [
        {"url": reverse("contract_review:export", args=[review.pk, kind]), "title": title, "kind": kind}
        for kind, title in names
    ]


def _document(review: Review, rows: Sequence[Finding]) -> dict[str, Any]:
    marks = [
        Mark(span["start"], span["end"], one.ordinal, one.severity, one.decision)
        for one in rows
        for span in one.content.get("spans", [])
    ]
    text = str(review.version.text)
    return {
        "lines": list(lines(text, review.result.get("clauses", []), marks)),
        "text_language": review.language,
        "words": len(text),
    }


def _views(review: Review, rows: Sequence[Finding], view: str) -> list[dict[str, Any]]:
    names: dict[str, tuple[str, int | None]] = {
        "findings": (_("Findings"), len(rows)),
        "facts": (_("Facts"), None),
        "checklist": (_("Checklist"), None),
        "calendar": (_("Dates"), None),
        "questions": (_("Questions"), None),
        "versions": (_("Versions"), review.contract.versions.count()),
    }
    here = reverse("contract_review:review", args=[review.pk])
    return [
        {"url": f"{here}?view={name}", "title": title, "count": count, "is_current": name == view}
        for name, (title, count) in names.items()
    ]


def _panel(actor: Actor, review: Review, rows: Sequence[Finding], view: str, chosen: str) -> dict[str, Any]:
    if view == "facts":
        return {"facts": facts.table(review), "figures": _figures(review)}
    if view == "checklist":
        return {"checklist": [_item(one) for one in review.result.get("checklist", [])]}
    if view == "calendar":
        return {"duties": [_duty(one, review) for one in exporting.duties_of(review)]}
    if view == "questions":
        own = review.inquiries.filter(owner_id=actor.id).order_by("created_at").select_related("job")
        return {"inquiries": [_inquiry(one) for one in own]}
    if view == "versions":
        return {"versions": _versions(actor, review)}
    wanted = [one for one in rows if _fits(one, chosen)]
    library = _library(review, rows)
    return {
        "findings": [card(one, review, library) for one in wanted],
        "filters": _filters(review, rows, chosen),
        "chosen": chosen,
    }


def _figures(review: Review) -> list[tuple[str, dict[str, str]]]:
    """The figures that held on the day of the review."""
    in_force = review.parameters.get("in_force", {})
    return [(wording.told(wording.PARAMETERS, name), row) for name, row in in_force.items()]


def _fits(one: Finding, chosen: str) -> bool:
    if chosen in LEVELS:
        return one.severity == chosen
    if chosen in Decision.values:
        return one.decision == chosen
    return True


def _filters(review: Review, rows: Sequence[Finding], chosen: str) -> list[dict[str, Any]]:
    from sunmao.ui.templatetags.ui_tags import severity_word

    severities = Counter(one.severity for one in rows)
    decisions = Counter(one.decision for one in rows)
    here = reverse("contract_review:review", args=[review.pk])
    choices = [("", _("All"), len(rows)), ("open", _("Undecided"), decisions["open"])]
    choices += [(level, severity_word(level), severities[level]) for level in LEVELS if severities[level]]
    return [
        {
            "url": f"{here}?show={name}#findings" if name else f"{here}#findings",
            "title": title,
            "count": count,
            "is_current": name == chosen,
        }
        for name, title, count in choices
    ]


def _library(review: Review, rows: Sequence[Finding]) -> dict[str, ClauseTemplate]:
    """Of the organisation's own clauses the newest for each rule, where one fits the type and side."""
    found = ClauseTemplate.objects.filter(
        rule__in={one.rule for one in rows if one.rule},
        archived_at=None,
        contract_type__in=["", review.contract_type],
        side__in=["", review.side],
    )
    return {one.rule: one for one in found.order_by("created_at")}


def card(one: Finding, review: Review, library: dict[str, ClauseTemplate] | None = None) -> dict[str, Any]:
    """A finding as its card shows it."""
    content = one.content
    return {
        "row": one,
        "number": one.ordinal,
        "rule": one.rule,
        "severity": one.severity,
        "title": presenting.words_of(one, "title"),
        "explanation": presenting.words_of(one, "explanation"),
        "remark": content.get("remark", ""),
        "spans": [{**span, **_around(span, review)} for span in content.get("spans", [])],
        "absent": content.get("absent", False),
        "effect": wording.told(wording.EFFECTS, one.effect) if one.effect else "",
        "effect_help": wording.told(wording.EFFECT_HELP, one.effect) if one.effect else "",
        "source": wording.told(wording.SOURCES, one.source),
        "kind": wording.told(wording.KINDS, content["kind"]) if content.get("kind") else "",
        "confidence": f"{content.get('confidence', 0):.0%}",
        "computed": list(facts.computed(content.get("computed", {}))),
        "citations": content.get("citations", []),
        "rewrite": content.get("rewrite", ""),
        "deletes": bool(content.get("replacement")) and not content["replacement"]["text"],
        "chosen": one.rewrite,
        "fallback": content.get("fallback", ""),
        "clause": (library or {}).get(one.rule),
        "decision": one.decision,
        "decision_label": Decision(one.decision).label,
        "is_open": review.is_open,
        "language": review.language,
    }


CONTEXT, SHORT = 24, 30
_ENDS = "。；;\n"


def _around(span: dict[str, Any], review: Review) -> dict[str, str]:
    """A few words before and after a short quote, within its sentence."""
    if len(span["quote"]) > SHORT:
        return {"before": "", "after": ""}
    text = str(review.version.text)
    before = text[max(0, span["start"] - CONTEXT) : span["start"]]
    after = text[span["end"] : span["end"] + CONTEXT]
    cut = max(before.rfind(sign) for sign in _ENDS)
    ends = [place for place in (after.find(sign) for sign in _ENDS) if place >= 0]
    whole = cut >= 0 or span["start"] <= CONTEXT
    return {
        "before": ("" if whole else "…") + before[cut + 1 :].lstrip(),
        "after": after[: min(ends)] if ends else after + ("…" if len(after) == CONTEXT else ""),
    }


def _item(one: dict[str, Any]) -> dict[str, Any]:
    tones = {"satisfied": "good", "violated": "high", "absent": "medium"}
    return {
        "title": one["titles"].get(wording.reader()) or one["title"],
        "state": one["state"],
        "says": wording.told(wording.STATES, one["state"]),
        "tone": tones.get(one["state"], "info"),
        "rule": one["rule"],
    }


def _duty(one: Any, review: Review) -> dict[str, Any]:
    units = {"day": _("days"), "working_day": _("working days"), "month": _("months"), "year": _("years")}
    late = one.event and one.offset < 0
    return {
        "due": one.due,
        "when": (
            _("%(count)s %(unit)s before: %(event)s") if late else _("%(count)s %(unit)s after: %(event)s")
        )
        % {"count": abs(one.offset), "unit": units.get(one.unit, one.unit), "event": one.event}
        if one.event
        else "",
        "who": one.who,
        "quote": one.quote,
        "where": facts.where(review, one.start),
        "passed": bool(one.due and one.due < review.as_of),
    }


def _versions(actor: Actor, review: Review) -> list[dict[str, Any]]:
    """Every version with its newest review, and the way to compare it with the one before."""
    found = []
    before: Review | None = None
    for version in review.contract.versions.order_by("number"):
        newest = selectors.review_of(actor, version)
        found.append(
            {
                "version": version,
                "review": newest,
                "is_here": version.pk == review.version_id,
                "url": reverse("contract_review:review", args=[newest.pk]) if newest else "",
                "state": ReviewState(newest.state).label if newest else "",
                "compare": _comparing("compare", before, newest),
            }
        )
        before = newest or before
    return found[::-1]


def _comparing(name: str, before: Review | None, after: Review | None) -> str:
    """The address that compares two reviews; empty while one of them has not finished."""
    if not (before and after and before.finished_at and after.finished_at):
        return ""
    here = reverse(f"contract_review:{name}", args=[after.contract_id])
    return f"{here}?before={before.pk}&after={after.pk}"


def decide(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """One keystroke: the card comes back with the decision, or with what is missing for it."""
    actor = actor_of(request)
    finding = visible(actor, "contract_finding", finding_id)
    problem: SunmaoError | None = None
    try:
        finding = deciding.decide(
            actor=actor,
            finding=finding,
            decision=request.POST.get("decision", ""),
            note=request.POST.get("note", ""),
            rewrite=request.POST.get("rewrite", ""),
            revision=_number(request.POST.get("revision", "")),
        )
    except SunmaoError as error:
        if not wants_fragment(request):
            raise
        problem = error
    if not wants_fragment(request):
        here = reverse("contract_review:review", args=[finding.review_id])
        return redirect(f"{here}#finding-{finding.ordinal}")
    return _decided(request, actor, finding, problem)


def _decided(
    request: HttpRequest, actor: Actor, finding: Finding, problem: SunmaoError | None
) -> HttpResponse:
    review = visible(actor, "contract_review", finding.review_id)
    rows = list(review.findings.all())
    now = next((one for one in rows if one.pk == finding.pk), finding)
    context = {
        **_head(actor, review, rows),
        "finding": card(now, review, _library(review, [now])),
        "problem": _told(problem),
        "given": request.POST if problem else {},
        "swapped": True,
    }
    return shown(request, "_decided.html", context, status=problem.status if problem else 200)


def _told(problem: SunmaoError | None) -> list[str]:
    """What is wrong; who decided what is in the message already."""
    if problem is None:
        return []
    told = problem.as_dict()
    return [told["message"], *([] if isinstance(problem, DecidedMeanwhile) else told["fields"].values())]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def sign(request: HttpRequest, review_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    review = visible(actor, "contract_review", review_id)
    review = deciding.sign(actor=actor, review=review, note=request.POST.get("note", ""))
    if review.state == ReviewState.FINAL:
        messages.success(request, _("The review is signed off."))
    else:
        messages.info(request, _("Your signature is there; a second person has to sign as well."))
    return redirect("contract_review:review", review_id=review.pk)


def again(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Today's rules, today's figures, the same text."""
    actor = actor_of(request)
    made = reviewing.again(actor=actor, review=visible(actor, "contract_review", review_id))
    return redirect("contract_review:review", review_id=made.pk)


def ask(request: HttpRequest, review_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    review = visible(actor, "contract_review", review_id)
    asked = inquiries.ask(actor=actor, review=review, question=request.POST.get("question", ""))
    if wants_fragment(request):
        return shown(request, "_inquiry.html", {"inquiry": _inquiry(asked)})
    here = reverse("contract_review:review", args=[review.pk])
    return redirect(f"{here}?view=questions#inquiry-{asked.pk}")


def inquiry(request: HttpRequest, inquiry_id: UUID) -> HttpResponse:
    found = visible(actor_of(request), "contract_inquiry", inquiry_id)
    return shown(request, "_inquiry.html", {"inquiry": _inquiry(found)})


def _inquiry(one: Inquiry) -> dict[str, Any]:
    answer = one.answer
    failed = presenting.error(one.error)
    return {
        "row": one,
        "question": one.question,
        "pending": not answer and not failed and not (one.job and one.job.has_ended),
        "failed": failed,
        "text": answer.get("text", ""),
        "outcome": one.outcome,
        "citations": answer.get("citations", []),
        "findings": answer.get("findings", []),
        "label": presenting.labelled(one)["label"],
        "url": reverse("contract_review:inquiry", args=[one.pk]),
    }


def compare(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    """What became of each clause, and of each risk."""
    actor = actor_of(request)
    contract = visible(actor, "contract", contract_id)
    before = visible(actor, "contract_review", request.GET.get("before", ""))
    after = visible(actor, "contract_review", request.GET.get("after", ""))
    comparing.check(contract=contract, before=before, after=after)
    made = exporting.comparison(before=before, after=after)
    context = {
        "contract": contract,
        "before": before,
        "after": after,
        "changes": [one for one in made.changes if one.kind != "same"],
        "same": made.count("same"),
        "counts": [(kind, made.count(kind)) for kind in ("changed", "added", "removed", "moved")],
        "risks": _risks(before, after),
        "download": _comparing("compare_docx", before, after),
    }
    return shown(request, "compare.html", context, here="contracts")


def _risks(before: Review, after: Review) -> dict[str, list[dict[str, Any]]]:
    became = comparing.risks(before, after)
    return {
        "fixed": [card(one, before) for one in became.fixed],
        "new": [card(one, after) for one in became.new],
        "kept": [card(one, after) for one in became.kept],
    }


__all__ = ["again", "ask", "card", "compare", "decide", "inquiry", "page", "sign", "status"]
