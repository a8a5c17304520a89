"""`train sweep-show`: how a search for settings stands."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.config.training_commands.sweep import print_sweep
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("sweep")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    print_sweep(command, actor, options["sweep"], options)


SUBCOMMAND = Subcommand(name="sweep-show", help="how a search stands", arguments=_arguments, run=_run)
