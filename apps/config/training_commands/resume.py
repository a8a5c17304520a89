"""`train resume`: go on from the last checkpoint."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.config.training_commands import showing
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.resolving import visible
from sunmao.jobs.here import run_here
from sunmao.training.runs import starting
from sunmao.training.runs.commanding import Subcommand
from sunmao.training.runs.selectors import START


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("training")
    parser.add_argument("--here", action="store_true", help="in this process, not in a worker")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    with tenancy.scope(actor.organisation_id):
        found = visible(actor, "training", options["training"], permission=START)
    made = starting.resume(actor=actor, training=found)
    if options["here"] and made.job:
        run_here(command, made.job)
    showing.show(command, actor, found.pk, options)


SUBCOMMAND = Subcommand(name="resume", help="go on from the checkpoint", arguments=_arguments, run=_run)
