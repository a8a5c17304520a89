"""`bench`: ratios measured side by side on a stack of its own; see docs/guides/bench.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.config.bench.baseline import NotABaseline, changes, earlier_medians
from apps.config.bench.options import MIN_ROUNDS, MIN_ROWS, Options
from apps.config.bench.peers import PEERS
from apps.config.bench.plot import draw
from apps.config.bench.report import Report
from apps.config.bench.run import CASES, WITHOUT_STACK, run
from apps.config.bench.table import print_report

QUICK: dict[str, Any] = {"rows": 20_000, "rounds": 3, "seconds": 1.5, "batch": 60}
FULL: dict[str, Any] = {"rows": 100_000, "rounds": 5, "seconds": 8.0, "batch": 500}
QUESTIONS = {True: 15, False: 40}


class Command(BaseCommand):
    help = (
        "Measure our way against others on a database of its own. Exit code 1 when a ratio misses its goal."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", nargs="?", default="all", choices=sorted({*CASES, *WITHOUT_STACK}))
        parser.add_argument("--rows", type=int, help="passages in all bases together (default 100000)")
        parser.add_argument("--rounds", type=int, help=f"at least {MIN_ROUNDS} (default 5)")
        parser.add_argument("--seconds", type=float, help="measuring time of one race (default 8)")
        parser.add_argument("--seed", type=int, default=1, help="all data are made from it")
        parser.add_argument("--batch", type=int, help="contracts of a batch (default 500)")
        parser.add_argument("--quick", action="store_true", help="at most a minute: 20000 rows, 3 rounds")
        parser.add_argument("--peers", default="", help=f"other engines, of {','.join(PEERS)}")
        parser.add_argument("--adapters", type=int, default=8, help="of the case serve (default 8)")
        parser.add_argument("--device", default="", help="of the case serve: cpu or cuda (default: found)")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--out", metavar="FILE", help="write the JSON to a file")
        parser.add_argument("--plot", metavar="FILE", help="draw the dense cases into an SVG file")
        parser.add_argument(
            "--baseline", metavar="FILE", help="the JSON of an earlier run, to show beside it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        asked = self._asked(options)
        earlier = self._earlier(options["baseline"])
        report = run(options["case"], asked)
        self._tell(report, changes(report, earlier), options)
        if report.failed:
            sys.exit(1)

    def _asked(self, options: dict[str, Any]) -> Options:
        defaults = QUICK if options["quick"] else FULL
        given = {name: options[name] or value for name, value in defaults.items()}
        peers = tuple(name for name in options["peers"].split(",") if name)
        if unknown := [name for name in peers if name not in PEERS]:
            raise CommandError(f"Unknown peer {unknown[0]}; known are {', '.join(PEERS)}.")
        if given["rows"] < MIN_ROWS or given["rounds"] < MIN_ROUNDS:
            raise CommandError(f"At least {MIN_ROWS} rows and {MIN_ROUNDS} rounds are needed.")
        return Options(
            **given,
            seed=options["seed"],
            quick=options["quick"],
            questions=QUESTIONS[options["quick"]],
            peers=peers,
            adapters=max(1, options["adapters"]),
            device=options["device"],
            say=self._say,
        )

    def _say(self, text: str) -> None:
        self.stderr.write(f"· {text}", style_func=str)

    def _earlier(self, file: str | None) -> dict[str, float]:
        try:
            return earlier_medians(Path(file)) if file else {}
        except NotABaseline as error:
            raise CommandError(str(error)) from error

    def _tell(self, report: Report, changed: dict[str, dict[str, float]], options: dict[str, Any]) -> None:
        told = report.as_dict() | ({"baseline": changed} if options["baseline"] else {})
        text = json.dumps(told, ensure_ascii=False, indent=2)
        if options["out"]:
            Path(options["out"]).write_text(text + "\n", encoding="utf-8")
        if options["plot"]:
            rows = report.env["options"]["rows"]
            Path(options["plot"]).write_text(draw(told["cases"], rows=rows), encoding="utf-8")
        if options["json"]:
            self.stdout.write(text)
        else:
            print_report(report, cast(TextIO, self.stdout), changed)
