"""What management commands share: choosing organisation and actor, JSON or table, one way to fail."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from sunmao.core.errors import InvalidInput, SunmaoError

MAX_INPUT = 2_000_000
MANY, LONGEST = 20, 300


class StackCommand(BaseCommand):
    """A command that needs the running stack. Subclasses implement `run(**options)`."""

    failed = False
    """What was asked for came to nothing: the command says so like everything else, and ends with 1."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--org", default="sample", metavar="SLUG", help="organisation (default: sample)")
        parser.add_argument("--as", dest="username", default="administrator", metavar="USER", help="who acts")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--out", metavar="FILE", help="write the JSON to a file")

    def handle(self, *args: Any, **options: Any) -> None:
        language = "zh-hans" if "zh" in _environment_language() else "en"
        with translation.override(language):
            try:
                self.run(**options)
            except SunmaoError as error:
                self._fail(error, as_json=options["json"])
            except OperationalError as error:
                raise CommandError(
                    _("The database does not answer. Start the stack with `make run` in another terminal.")
                ) from error
        if self.failed:
            sys.exit(1)

    def run(self, **options: Any) -> None:
        raise NotImplementedError

    def _fail(self, error: SunmaoError, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False))
            sys.exit(1)
        fields = "".join(f"\n  {name}: {text}" for name, text in error.as_dict()["fields"].items())
        raise CommandError(f"{error.message} [{error.code}]{fields}") from error

    def emit(self, data: Any, options: dict[str, Any]) -> bool:
        """Print or write `data` as JSON when asked for; otherwise False, and the caller prints a table."""
        text = json.dumps(data, ensure_ascii=False, indent=2)
        if options.get("out"):
            Path(options["out"]).write_text(text + "\n", encoding="utf-8")
        if options["json"]:
            self.stdout.write(text)
        return bool(options["json"] or options.get("out"))

    def facts(self, data: Mapping[str, Any], options: dict[str, Any]) -> None:
        """One thing as JSON, or a line for each of its values: `gate.suites.1.pass_rate  0.9`."""
        if not self.emit(data, options):
            self.table((_("name"), _("value")), facts_of(data))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in header:
            table.add_column(name, overflow="fold", no_wrap=name == "id")
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))  # names of files are not markup
        # Whoever reads it with a program wants one line for each row.
        width = None if self.stdout.isatty() else 1_000
        Console(file=cast(IO[str], self.stdout), width=width).print(table)


def facts_of(data: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Name and value of whatever nests in JSON; of a long list its beginning, and how many more there are."""
    inner: Iterable[tuple[object, object]] = ()
    if isinstance(data, Mapping):
        inner = data.items()
    elif isinstance(data, list | tuple):
        if any(isinstance(one, Mapping | list | tuple) for one in data):
            inner = enumerate(data[:MANY], 1)
        else:
            data = ", ".join(str(one) for one in data[:MANY]) + (" …" if len(data) > MANY else "")
    for key, value in inner:
        yield from facts_of(value, f"{name}.{key}" if name else str(key))
    if not inner:
        text = str(data).lower() if isinstance(data, bool) else "" if data is None else str(data)
        yield name, (text[:LONGEST] + " …" if len(text) > LONGEST else text) or "–"
    elif isinstance(data, list | tuple) and len(data) > MANY:
        yield f"{name}.…", f"+ {len(data) - MANY}"


def _environment_language() -> str:
    return os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""


def json_input(value: str) -> Any:
    """`--input JSON`, or `-` for standard input."""
    text = sys.stdin.read(MAX_INPUT + 1) if value == "-" else value
    if len(text) > MAX_INPUT:
        raise InvalidInput(code="input_too_large")
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            _("The input is not valid JSON: %(reason)s") % {"reason": error}, code="invalid_json"
        ) from error
