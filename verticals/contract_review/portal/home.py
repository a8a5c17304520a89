"""The first page: bring a contract, and see those that are there; batches and lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sunmao.core.errors import SunmaoError
from sunmao.core.resolving import visible
from verticals.contract_review import selectors
from verticals.contract_review.models import ContractType, Review, ReviewState, Side
from verticals.contract_review.portal.shell import actor_of, shown
from verticals.contract_review.service import batches, engine, facts, presenting, receiving, wording

RECENT, PAGE = 6, 30
SAMPLE = (
    "甲方应在合同签订后30日内支付乙方服务费用100万元，若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。"
    "乙方应在收到款项后60日内完成项目交付，若乙方逾期交付，无需承担任何违约责任。"
)
"""The clause of the product's design document; the table of its risks is a golden test."""


def page(request: HttpRequest) -> HttpResponse:
    return _home(request, {}, None)


def _home(request: HttpRequest, given: Any, problem: SunmaoError | None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    recent = list(selectors.newest_reviews(actor)[:RECENT])
    context = {
        "sides": Side.choices,
        "types": ContractType.choices,
        "strictness": [
            (code, wording.told(wording.STRICTNESS, code)) for code in ("normal", "strict", "lenient")
        ],
        "focuses": [(code, wording.told(wording.FOCUSES, code)) for code in engine.focuses()],
        "given": {
            "side": given.get("side") or Side.PARTY_A,
            "contract_type": given.get("contract_type", ""),
            "strictness": given.get("strictness", "normal"),
            "text": given.get("text", ""),
            "title": given.get("title", ""),
            "as_of": given.get("as_of") or timezone.localdate().isoformat(),
            "focus": given.getlist("focus") if hasattr(given, "getlist") else [],
        },
        "sample": SAMPLE,
        "problem": _told(problem),
        "recent": [row(one) for one in recent],
        "batches": [presenting.batch(one) for one in selectors.batches(actor)[:3]],
    }
    return shown(request, "home.html", context, here="work", status=status)


def _told(problem: SunmaoError | None) -> dict[str, Any] | None:
    if problem is None:
        return None
    told = problem.as_dict()
    return {"message": told["message"], "fields": list(told["fields"].values())}


def row(review: Review) -> dict[str, Any]:
    """One line of a list of contracts."""
    return {
        "review": review,
        "url": reverse("contract_review:review", args=[review.pk]),
        "title": review.contract.title,
        "type": facts.type_name(review.contract_type),
        "side": facts.side_name(review.side),
        "verdict": wording.told(wording.VERDICTS, review.verdict) if review.verdict else "",
        "counts": [(level, review.counts.get(level, 0)) for level in ("critical", "high", "medium", "low")],
        "error": presenting.error(review.error),
    }


def submit(request: HttpRequest) -> HttpResponse:
    """A pasted text, one file, or many. What is wrong is told on the page that was filled in."""
    actor, given = actor_of(request), request.FILES.getlist("file")
    try:
        wish = receiving.wish(request.POST)
        if len(given) > 1:
            taken = batches.receive(
                actor=actor,
                name=wish.title,
                given=[batches.Given(one.name or "", one.chunks()) for one in given],
                wish=wish,
            )
            for name, error in taken.refused:
                messages.error(request, f"{name}: {error.message}")
            return redirect("contract_review:batch", batch_id=taken.batch.pk)
        if given:
            received = receiving.receive_file(
                actor=actor, name=given[0].name or "", chunks=given[0].chunks(), wish=wish
            )
        else:
            text = request.POST.get("example") or request.POST.get("text", "")
            received = receiving.receive_text(actor=actor, text=text, wish=wish)
    except SunmaoError as error:
        return _home(request, request.POST, error, status=error.status)
    if received.outcome == "unchanged":
        messages.info(request, _("You have this contract already; here is its review."))
    return redirect("contract_review:review", review_id=received.review.pk)


def contracts(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    found = selectors.newest_reviews(actor)
    state = request.GET.get("state", "")
    if state in ReviewState.values:
        found = found.filter(state=state)
    paged = Paginator(found.order_by("-created_at", "-id"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": paged,
        "rows": [row(one) for one in paged],
        "state": state,
        "states": [
            ("", _("All")),
            *((code, label) for code, label in ReviewState.choices if code != "superseded"),
        ],
        "batches": [
            {**presenting.batch(one), "url": reverse("contract_review:batch", args=[one.pk])}
            for one in selectors.batches(actor)[:10]
        ],
    }
    return shown(request, "contracts.html", context, here="contracts")


def add_version(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    contract = visible(actor, "contract", contract_id)
    given = request.FILES.get("file")
    received = receiving.add_version(
        actor=actor,
        contract=contract,
        text=request.POST.get("text", ""),
        name=(given.name or "") if given else "",
        chunks=given.chunks() if given else (),
    )
    if received.outcome == "unchanged":
        messages.info(request, _("This is the version that you have already."))
    return redirect("contract_review:review", review_id=received.review.pk)


def remove(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    receiving.remove(actor=actor, contract=visible(actor, "contract", contract_id))
    messages.success(request, _("The contract was removed."))
    return redirect("contract_review:contracts")


def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    return shown(request, "batch.html", _batch(request, batch_id), here="contracts")


def batch_status(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    return shown(request, "_batch.html", _batch(request, batch_id))


def stop_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    batches.stop(actor=actor, batch=visible(actor, "contract_batch", batch_id))
    return redirect("contract_review:batch", batch_id=batch_id)


def go_on_with_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    batches.go_on(actor=actor, batch=visible(actor, "contract_batch", batch_id))
    return redirect("contract_review:batch", batch_id=batch_id)


def _batch(request: HttpRequest, batch_id: UUID) -> dict[str, Any]:
    from verticals.contract_review.service.exporting import grid_of

    actor = actor_of(request)
    found = visible(actor, "contract_batch", batch_id)
    reviews = list(selectors.newest_reviews(actor).filter(contract__batch=found).order_by("created_at", "id"))
    made, progress = grid_of(reviews, str(found.name)), selectors.progress_of(found)
    return {
        "batch": found,
        "progress": progress,
        "stopped": bool(progress["waiting"]) and found.is_stopped,
        "done": progress["total"] - progress["waiting"],
        "says": ngettext("%(count)d contract", "%(count)d contracts", progress["total"])
        % {"count": progress["total"]},
        "columns": made.columns,
        "rows": [
            {**row(one), "cells": [cells.values.get(column.key) for column in made.columns]}
            for one, cells in zip(reviews, made.rows, strict=True)
        ],
    }
