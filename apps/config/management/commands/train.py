"""`train VERB`: trainings from the shell. Its verbs are the files of `apps/config/training_commands`."""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.config import training_commands
from sunmao.accounts.command import actor_from
from sunmao.core.command import StackCommand
from sunmao.core.evaluating import Report
from sunmao.training.runs.commanding import found_in


class Command(StackCommand):
    help = (
        "Trainings: what would be done, run, follow, cancel, resume, search for settings, export; heads for "
        "intents and encoders for retrieval, from files"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        for one in found_in(training_commands).values():
            own = verbs.add_parser(one.name, help=one.help)
            super().add_arguments(own)
            one.arguments(own)

    def run(self, **options: Any) -> None:
        one = found_in(training_commands)[options["verb"]]
        if one.measure is None:
            one.run(self, actor_from(options), options)
            return
        if options["verbosity"] < 2:
            _quiet()
        try:
            report = one.measure(options)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        if not self.emit(report.data, options):
            self._tell(report)

    def _tell(self, report: Report) -> None:
        for table in report.tables:
            self.stdout.write(table.title)
            self.table(table.header, table.rows)
            self.stdout.write("")
        for note in report.notes:
            self.stdout.write(note)


def _quiet() -> None:
    """What libraries tell of loading is no answer; `-v 2` shows it."""
    from transformers.utils import logging as library

    hide: Any = library.disable_progress_bar
    hide()
    for name in ("sentence_transformers", "bitsandbytes", "transformers"):
        logging.getLogger(name).setLevel(logging.ERROR)
