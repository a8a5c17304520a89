"""The rules and the figures they use: read by everybody, changed by those who may."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sunmao.core.errors import SunmaoError
from verticals.contract_review import selectors
from verticals.contract_review.models import ContractType, Parameter, PlaybookVersion, Side
from verticals.contract_review.portal.shell import actor_of, shown
from verticals.contract_review.service import engine, facts, playbooks, wording
from verticals.contract_review.service.playbook_forms import settings_from


def page(request: HttpRequest) -> HttpResponse:
    return _page(request, None)


def _page(request: HttpRequest, problem: SunmaoError | None, status: int = 200) -> HttpResponse:
    actor_of(request)
    given = request.POST if request.method == "POST" else request.GET
    kind, side = given.get("contract_type", ""), given.get("side", "")
    version = PlaybookVersion.objects.filter(playbook__contract_type=kind, playbook__side=side).first()
    settings = version.settings if version else {}
    known = sorted(engine.rules(), key=lambda one: one.language != wording.reader())
    context = {
        "kind": kind,
        "side": side,
        "types": ContractType.choices,
        "sides": Side.choices,
        "version": version,
        "history": PlaybookVersion.objects.filter(playbook__contract_type=kind, playbook__side=side)[:10],
        "rules": [_row(one, settings) for one in known if not kind or not one.types or kind in one.types],
        "count": len(known),
        "ruleset": engine.playbook_of(settings).version(),
        "parameters": _parameters(),
        "names": [(name, wording.told(wording.PARAMETERS, name)) for name in engine.PARAMETERS],
        "today": timezone.localdate().isoformat(),
        "problem": [problem.as_dict()["message"], *problem.as_dict()["fields"].values()] if problem else [],
    }
    return shown(request, "rules.html", context, here="rules", status=status)


def _row(one: engine.RuleRow, settings: dict[str, Any]) -> dict[str, Any]:
    own = settings.get("thresholds", {}).get(one.code, {})
    return {
        "code": one.code,
        "title": one.titles.get(wording.reader()) or next(iter(one.titles.values()), one.code),
        "types": ", ".join(facts.type_name(name) for name in one.types),
        "effect": wording.told(wording.EFFECTS, one.effect),
        "score": settings.get("scores", {}).get(one.code, one.score),
        "shipped_score": one.score,
        "enabled": one.code not in settings.get("disabled", []),
        "thresholds": [
            {
                "name": name,
                "title": wording.told(wording.THRESHOLDS, name),
                "value": own.get(name, value),
                "shipped": value,
                "changed": name in own,
            }
            for name, value in one.thresholds.items()
        ],
        "citations": one.citations,
    }


def _parameters() -> list[dict[str, Any]]:
    """What holds today comes first; every row says since when and from where."""
    shipped = engine.parameters_of({}).lpr_1y
    own = [
        {
            "name": wording.told(wording.PARAMETERS, row.name),
            "region": row.region,
            "value": row.value.normalize(),
            "since": row.valid_from,
            "source": row.source,
            "by": row.entered_by,
        }
        for row in Parameter.objects.all()
    ]
    built_in = [
        {
            "name": wording.told(wording.PARAMETERS, engine.LPR),
            "region": "",
            "value": row.value,
            "since": row.since,
            "source": row.source,
            "by": "",
        }
        for row in shipped
    ]
    return own + built_in[::-1]


def save(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    kind, side = request.POST.get("contract_type", ""), request.POST.get("side", "")
    try:
        newest = selectors.newest_version(contract_type=kind, side=side)
        made = playbooks.save_playbook(
            actor=actor,
            contract_type=kind,
            side=side,
            settings=settings_from(request.POST),
            four_eyes=request.POST.get("four_eyes") == "on",
            note=request.POST.get("note", ""),
        )
    except SunmaoError as error:
        if error.status != 400:
            raise
        return _page(request, error, status=error.status)
    if newest and made.pk == newest.pk:
        messages.info(request, _("Nothing was changed."))
    else:
        text = _("Version %(number)s of this playbook is in force. Reviews that are there keep theirs.")
        messages.success(request, text % {"number": made.number})
    return redirect(f"{reverse('contract_review:rules')}?contract_type={kind}&side={side}")


def enter(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    try:
        playbooks.enter_parameter(
            actor=actor,
            **{
                name: request.POST.get(name, "")
                for name in ("name", "value", "valid_from", "source", "region")
            },
        )
    except SunmaoError as error:
        if error.status != 400:
            raise
        return _page(request, error, status=error.status)
    messages.success(request, _("The figure is entered. New reviews use it."))
    return redirect("contract_review:rules")
