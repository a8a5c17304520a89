"""`train sweep`: one training for each choice of settings; with an id, how a search stands."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.config.training_commands import asking
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand, json_input
from sunmao.core.resolving import visible
from sunmao.training.runs import presenting, sweeping
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    asking.arguments(parser)
    parser.add_argument("--space", required=True, metavar="JSON", help='such as {"rank": [4, 8]}')
    parser.add_argument("--method", default="grid", choices=sweeping.METHODS)
    parser.add_argument("--count", type=int, default=8, help="how many are drawn")
    parser.add_argument("--seed", type=int, default=0)


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    made = sweeping.sweep(
        actor=actor,
        wanted=asking.wanted(actor, options),
        space=json_input(options["space"]),
        method=options["method"],
        count=options["count"],
        seed=options["seed"],
    )
    print_sweep(command, actor, made.pk, options)


def print_sweep(command: StackCommand, actor: Actor, reference: object, options: dict[str, Any]) -> None:
    with tenancy.scope(actor.organisation_id):
        shown = presenting.sweep(visible(actor, "sweep", reference))
    if command.emit(shown, options):
        return
    command.stdout.write(f"{shown['id']} {shown['name']}")
    command.table(
        ("id", _("state"), _("settings"), _("best"), ""),
        [
            (
                one["id"],
                one["state"],
                one["settings"],
                one["best"] or "–",
                "*" if one["id"] == shown["best"] else "",
            )
            for one in shown["trainings"]
        ],
    )


SUBCOMMAND = Subcommand(name="sweep", help="search for settings", arguments=_arguments, run=_run)
