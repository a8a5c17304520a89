"""`task VERTICAL.TASK --input JSON|-`: the same call as the API and the portal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.answering import running, services
from sunmao.answering.presenting import task_result
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand, json_input
from sunmao.core.errors import SunmaoError
from sunmao.knowledge.text.picking import heading_of

WHEN = {"as_of": "as_of", "version": "at_version"}
CHUNK = 1024 * 1024


class Command(StackCommand):
    help = "Run one task, or a batch of inputs from a file with one JSON object per line."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="VERTICAL.TASK")
        parser.add_argument("--file", metavar="PATH", help="a file that goes with the input")
        given = parser.add_mutually_exclusive_group()
        given.add_argument(
            "--input", metavar="JSON", default="{}", help="the task's input, or - for standard input"
        )
        given.add_argument(
            "--batch", metavar="IN.jsonl", help="one input per line; --out gets one result per line"
        )

        parser.add_argument("--as-of", metavar="DAY", help="read what is in force on this day (2026-01-31)")
        parser.add_argument("--at-version", type=int, metavar="N", help="read the base at this version of it")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        when = {name: options[given] for name, given in WHEN.items() if options[given] is not None}
        if options["batch"]:
            self._batch(actor, options, when)
            return
        data = _with(json_input(options["input"]), when)
        result = run_task(actor=actor, name=options["name"], data=data, path=options["file"])
        if not self.emit(result, options):
            self._print(result)

    def _batch(self, actor: Actor, options: dict[str, Any], when: dict[str, Any]) -> None:
        if not options["out"]:
            raise CommandError(_("A batch needs --out FILE."))
        done = failed = 0
        with (
            Path(options["batch"]).open(encoding="utf-8") as lines,
            Path(options["out"]).open("w", encoding="utf-8") as out,
        ):
            for line in lines:
                if not line.strip():
                    continue
                result = self._line(actor, options["name"], line, when)
                failed += "error" in result
                done += 1
                out.write(json.dumps(result, ensure_ascii=False) + "\n")
        self.stdout.write(_("%(done)d lines, %(failed)d errors") % {"done": done, "failed": failed})

    def _line(self, actor: Actor, name: str, line: str, when: dict[str, Any]) -> dict[str, Any]:
        try:
            return run_task(actor=actor, name=name, data=_with(json_input(line), when))
        except SunmaoError as error:
            return {"error": error.as_dict()}

    def _print(self, result: dict[str, Any]) -> None:
        write = self.stdout.write
        for finding in result["findings"]:
            write(f"! {finding['severity']}  {finding['title']}: {finding['explanation']}")
            if finding.get("advice"):
                write(f"  → {finding['advice']}")
        write(result["output"]["text"])
        for citation in result["citations"]:
            write(f"  {_cited(citation)}")
        write(
            f"\n{result['label']}\n{_('record')} {result['record_id']}  {result['timings']['seconds']:.3f} s"
        )


def _with(data: Any, when: dict[str, Any]) -> Any:
    """What the line itself says comes first."""
    return {**when, **data} if isinstance(data, dict) else data


def _cited(citation: dict[str, Any]) -> str:
    """A passage of a base, a clause of a contract, or an article."""
    if "document" in citation:
        return f"[{citation['number']}] {heading_of(citation['document'], citation['label'])}"
    if "heading" in citation:
        return f"[{citation['number']}] {citation['heading']}"
    return f"§ {citation['full']}"


def run_task(*, actor: Actor, name: str, data: Any, path: str | None = None) -> dict[str, Any]:
    if path is None:
        return _run(actor=actor, name=name, data=data)
    try:
        with Path(path).open("rb") as file:
            given = running.GivenFile(Path(path).name, iter(lambda: file.read(CHUNK), b""))
            return _run(actor=actor, name=name, data=data, file=given)
    except OSError as error:
        raise CommandError(_("The file cannot be read: %(path)s") % {"path": path}) from error


def _run(*, actor: Actor, name: str, data: Any, file: running.GivenFile | None = None) -> dict[str, Any]:
    work = running.start(actor=actor, task_name=name, data=data, file=file)
    if work is not None:
        return work.wait()
    exchange = services.ask(actor=actor, task_name=name, data=data)
    return task_result(services.wait(exchange=exchange))
