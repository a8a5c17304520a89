"""How a training is printed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.resolving import visible
from sunmao.training.runs import presenting, selectors


def show(command: StackCommand, actor: Actor, reference: object, options: dict[str, Any]) -> None:
    with tenancy.scope(actor.organisation_id):
        found = visible(actor, "training", reference)
        shown = presenting.training(found)
        series = [presenting.figure(one) for one in selectors.series_of(found)]
        exports = [presenting.export(one) for one in found.exports.all()]
    if command.emit({**shown, "figures": series, "exports": exports}, options):
        return
    place = shown["job"]["position"] if shown["job"] else None
    told = f" ({place})" if place else ""
    command.stdout.write(f"{shown['id']} {shown['name']} {shown['state']}{told}")
    command.stdout.write(f"{shown['recipe']} {shown['objective']} {shown['step']}/{shown['steps']}")
    if shown["error"]:
        command.stdout.write(f"{shown['error']['message']} [{shown['error']['code']}]")
    if shown["adapter_version"]:
        command.stdout.write(shown["adapter_version"])
    command.table(
        (_("measure"), _("before"), _("after"), _("change")),
        [
            tuple(_number(row[name]) for name in ("measure", "before", "after", "change"))
            for row in shown["table"]
        ],
    )


def _number(value: Any) -> str:
    return "–" if value is None else (f"{value:.4g}" if isinstance(value, float) else str(value))
