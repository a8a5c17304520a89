"""The clause library: for each topic what we want, what we can live with, and where we walk away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sunmao.core.errors import SunmaoError
from sunmao.core.resolving import visible
from verticals.contract_review.models import ClauseTemplate, ContractType, Side
from verticals.contract_review.portal.shell import actor_of, shown
from verticals.contract_review.service import clauses, engine, facts, playbooks, wording

FIELDS = ("title", "preferred", "acceptable", "walk_away", "contract_type", "side", "language", "rule")


def page(request: HttpRequest) -> HttpResponse:
    return _page(request, {}, None)


def _page(request: HttpRequest, given: Any, problem: SunmaoError | None, status: int = 200) -> HttpResponse:
    kind = request.GET.get("type", "")
    language = request.GET.get("language") or wording.reader()
    actor_of(request)
    own = ClauseTemplate.objects.filter(archived_at=None)
    context = {
        "clauses": [_own(one) for one in own if _fits(one.contract_type, kind)]
        + [_shipped(one) for one in clauses.shipped(language) if _fits(one.contract_type, kind)],
        "types": ContractType.choices,
        "sides": Side.choices,
        "rules": [(row.code, row.titles.get(wording.reader(), row.code)) for row in engine.rules()],
        "kind": kind,
        "given": given or {"language": language, "contract_type": kind},
        "problem": [problem.as_dict()["message"], *problem.as_dict()["fields"].values()] if problem else [],
    }
    return shown(request, "library.html", context, here="library", status=status)


def _fits(own: str, wanted: str) -> bool:
    return not wanted or own in ("", wanted)


def _own(one: ClauseTemplate) -> dict[str, Any]:
    return {
        "id": one.pk,
        "title": one.title,
        "type": facts.type_name(one.contract_type) if one.contract_type else _("All types"),
        "side": facts.side_name(one.side) if one.side else "",
        "rule": one.rule,
        "language": one.language,
        "preferred": one.preferred,
        "acceptable": one.acceptable,
        "walk_away": one.walk_away,
        "by": one.created_by,
        "at": one.created_at,
        "row": one,
    }


def _shipped(one: clauses.Clause) -> dict[str, Any]:
    return {
        "title": one.title,
        "type": facts.type_name(one.contract_type) if one.contract_type else _("All types"),
        "side": facts.side_name(one.side) if one.side else "",
        "rule": one.rule,
        "language": one.language,
        "preferred": one.preferred,
        "acceptable": one.acceptable,
        "walk_away": one.walk_away,
    }


def save(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    given = {name: request.POST.get(name, "") for name in FIELDS}
    replaces = request.POST.get("replaces", "")
    try:
        playbooks.save_clause(
            actor=actor,
            replaces=visible(actor, "contract_clause", replaces) if replaces else None,
            **given,
        )
    except SunmaoError as error:
        if error.status != 400:
            raise
        return _page(request, request.POST, error, status=error.status)
    messages.success(request, _("The clause is in the library."))
    return redirect("contract_review:library")


def archive(request: HttpRequest, clause_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    playbooks.archive_clause(actor=actor, clause=visible(actor, "contract_clause", clause_id))
    messages.success(request, _("The clause was taken out of the library."))
    return redirect("contract_review:library")
