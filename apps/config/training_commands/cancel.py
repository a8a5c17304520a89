"""`train cancel`: it keeps its last checkpoint."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.config.training_commands import showing
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.resolving import visible
from sunmao.training.runs import starting
from sunmao.training.runs.commanding import Subcommand
from sunmao.training.runs.selectors import CANCEL


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("training")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    with tenancy.scope(actor.organisation_id):
        found = visible(actor, "training", options["training"], permission=CANCEL)
    starting.cancel(actor=actor, training=found)
    showing.show(command, actor, found.pk, options)


SUBCOMMAND = Subcommand(name="cancel", help="stop one, keep its checkpoint", arguments=_arguments, run=_run)
