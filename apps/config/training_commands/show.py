"""`train show`: one training with its figures."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.config.training_commands import showing
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.training.runs.commanding import Subcommand


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("training")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    showing.show(command, actor, options["training"], options)


SUBCOMMAND = Subcommand(name="show", help="everything about one", arguments=_arguments, run=_run)
