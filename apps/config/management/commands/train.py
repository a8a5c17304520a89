"""`train WHAT …`: learn from files, measure on a file that was left out, and print a table or JSON."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.config.training_commands import trainings
from sunmao.core.command import StackCommand
from sunmao.core.evaluating import Report


class Command(StackCommand):
    help = "Learn from files and measure on others: " + ", ".join(trainings())

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="training", metavar="WHAT", required=True)
        for name, training in trainings().items():
            own = kinds.add_parser(name, help=training.help)
            super().add_arguments(own)
            own.add_argument("--seed", type=int, default=1, help="of everything that is drawn by chance")
            training.add_arguments(own)

    def run(self, **options: Any) -> None:
        try:
            report = trainings()[options["training"]].run(options)
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
