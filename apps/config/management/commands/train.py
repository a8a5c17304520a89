"""`train VERB`: trainings from the shell. Its verbs are the files of `apps/config/training_commands`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.config import training_commands
from sunmao.accounts.command import actor_from
from sunmao.core.command import StackCommand
from sunmao.training.runs.commanding import found_in


class Command(StackCommand):
    help = "Trainings: what would be done, run, follow, cancel, resume, search for settings, export"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        verbs = parser.add_subparsers(dest="verb", required=True)
        for one in found_in(training_commands).values():
            one.arguments(verbs.add_parser(one.name, help=one.help))

    def run(self, **options: Any) -> None:
        found_in(training_commands)[options["verb"]].run(self, actor_from(options), options)
