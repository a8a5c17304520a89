"""`train list`: the newest hundred."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.training.runs import presenting, selectors
from sunmao.training.runs.commanding import Subcommand

COLUMNS = ("id", "name", "state", "recipe", "objective", "step", "steps", "best", "adapter_version")


def _arguments(parser: CommandParser) -> None:
    del parser


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    actor.require(selectors.READ)
    with tenancy.scope(actor.organisation_id):
        shown = [presenting.training(one) for one in selectors.trainings_visible_to(actor)[:100]]
    if command.emit({"trainings": shown}, options):
        return
    header = (
        "id", _("name"), _("state"), _("recipe"), _("objective"), _("step"), _("steps"), _("best"),
        _("adapter"),
    )  # fmt: skip
    command.table(header, [["–" if one[name] is None else one[name] for name in COLUMNS] for one in shown])


SUBCOMMAND = Subcommand(name="list", help="the newest trainings", arguments=_arguments, run=_run)
