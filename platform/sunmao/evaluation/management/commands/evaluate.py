"""`evaluate NAME …`: measure on files of cases, with a fixed seed, and print a table or JSON."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from sunmao.core.command import StackCommand
from sunmao.core.evaluating import Report, evaluations, load


class Command(StackCommand):
    help = "Measure on files of cases: " + ", ".join(sorted(evaluations()))

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="evaluation", metavar="WHAT", required=True)
        for name in sorted(evaluations()):
            evaluation = load(name)
            own = kinds.add_parser(name, help=evaluation.help)
            super().add_arguments(own)
            own.add_argument("--seed", type=int, default=1, help="of everything that is drawn by chance")
            evaluation.add_arguments(own)

    def run(self, **options: Any) -> None:
        try:
            report = load(options["evaluation"]).run(options)
        except FileNotFoundError as error:
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
