"""`train run`: start one, and with `--here` do it in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.config.training_commands import asking, showing
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.jobs.here import run_here
from sunmao.training.runs import starting
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    asking.arguments(parser)
    parser.add_argument("--here", action="store_true", help="in this process, not in a worker")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    made = starting.start(actor=actor, wanted=asking.wanted(actor, options))
    if options["here"] and made.job:
        run_here(command, made.job)
    showing.show(command, actor, made.pk, options)


SUBCOMMAND = Subcommand(name="run", help="start a training", arguments=_arguments, run=_run)
