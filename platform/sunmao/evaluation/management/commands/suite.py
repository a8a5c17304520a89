"""`suite VERB`: what releases must do right, from the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.evaluation import presenting, selectors
from sunmao.evaluation.reporting import before_after, exporting
from sunmao.evaluation.suites import editing, files, from_answers, questions, running
from sunmao.jobs.here import run_here
from sunmao.knowledge.text.decode import decode
from sunmao.releases.selectors import serving

SHOWN = 60


class Command(StackCommand):
    help = "Make suites of cases, and measure releases on them"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="all suites")
        made = verbs.add_parser("create", help="a suite of a task")
        made.add_argument("slug")
        made.add_argument("--task", required=True, metavar="VERTICAL.TASK")
        made.add_argument("--title", default="")
        made.add_argument("--limits", metavar="JSON", help='such as {"pass_rate": 0.9, "regressions": 0}')
        made.add_argument("--role", default="end_user", help="whose rights the questions are asked with")
        made.add_argument("--no-gate", action="store_true", help="does not stand before production")
        added = verbs.add_parser("add", help="cases from a file of JSON lines")
        added.add_argument("slug")
        added.add_argument("file", type=Path)
        shown = verbs.add_parser("cases", help="the cases of a suite; --lines as a file that `add` reads")
        shown.add_argument("slug")
        shown.add_argument("--lines", action="store_true")
        verbs.add_parser("end", help="take a case out").add_argument("case_id", metavar="CASE")
        limits = verbs.add_parser("limits", help="what is asked of a release")
        limits.add_argument("slug")
        limits.add_argument("limits", metavar="JSON")
        run = verbs.add_parser("run", help="measure a release, by default the one that serves")
        run.add_argument("slug")
        run.add_argument("--release", metavar="VERTICAL.TASK@NUMBER")
        run.add_argument("--here", action="store_true", help="in this process instead of a worker's")
        verbs.add_parser("show", help="a run, case by case, the worst first").add_argument("run_id")
        many = verbs.add_parser("ask", help="have a file of questions answered: text, CSV or JSON lines")
        many.add_argument("file", type=Path)
        many.add_argument("--title", required=True)
        many.add_argument("--release", required=True, metavar="VERTICAL.TASK@NUMBER")
        many.add_argument("--here", action="store_true", help="in this process instead of a worker's")
        report = verbs.add_parser("export", help="a run as a file: csv, xlsx, json, html or pdf by its name")
        report.add_argument("run_id", metavar="RUN")
        report.add_argument("file", type=Path)
        before = verbs.add_parser("compare", help="two runs of a suite side by side, before and after")
        before.add_argument("run_id", metavar="RUN")
        before.add_argument("--before", metavar="RUN", help="by default the run before it")
        bad = verbs.add_parser("from-answer", help="a bad answer becomes a case")
        bad.add_argument("record_id", metavar="RECORD")
        bad.add_argument("--suite", metavar="SLUG")
        bad.add_argument("--correction", default="", help="how the answer should read")
        bad.add_argument("--cites", action="append", default=[], metavar="DOCUMENT")
        for own in verbs.choices.values():
            super().add_arguments(own)

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        getattr(self, "_" + options["verb"].replace("-", "_"))(actor, options)

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            shown = [presenting.suite(one) for one in selectors.suites_visible_to(actor)]
        if not self.emit({"suites": shown}, options):
            self.table(
                (_("suite"), _("task"), _("version"), _("cases"), _("limits")),
                [
                    (one["slug"], one["task"], one["version"], one["cases"], json.dumps(one["limits"]))
                    for one in shown
                ],
            )

    def _create(self, actor: Actor, options: dict[str, Any]) -> None:
        suite = editing.create_suite(
            actor=actor,
            slug=options["slug"],
            title=options["title"] or options["slug"],
            task_name=options["task"],
            limits=_object(options["limits"]) if options["limits"] else None,
            gates=not options["no_gate"],
            role=options["role"],
        )
        self._suite(actor, suite.slug, options)

    def _suite(self, actor: Actor, slug: str, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            data = presenting.suite(visible(actor, "suite", slug))
        if not self.emit(data, options):
            self.table((_("name"), _("value")), list(data.items()))

    def _found(self, actor: Actor, slug: str) -> Any:
        with tenancy.scope(actor.organisation_id):
            return visible(actor, "suite", slug)

    def _add(self, actor: Actor, options: dict[str, Any]) -> None:
        suite = self._found(actor, options["slug"])
        cases = files.read(decode(options["file"].read_bytes()).text)
        editing.add_cases(actor=actor, suite=suite, cases=cases)
        self._suite(actor, options["slug"], options)

    def _limits(self, actor: Actor, options: dict[str, Any]) -> None:
        suite = self._found(actor, options["slug"])
        editing.change_suite(actor=actor, suite=suite, limits=_object(options["limits"]))
        self._suite(actor, options["slug"], options)

    def _cases(self, actor: Actor, options: dict[str, Any]) -> None:
        suite = self._found(actor, options["slug"])
        with tenancy.scope(actor.organisation_id):
            found = list(selectors.cases_at(suite, suite.version))
            shown = [presenting.case(one) for one in found]
            lines = files.written(found)
        if options["lines"]:
            self.stdout.write(lines, ending="")
        elif not self.emit({"cases": shown}, options):
            self.table(
                ("id", _("input"), _("checks"), _("origin")),
                [
                    (
                        one["id"],
                        Truncator(json.dumps(one["input"], ensure_ascii=False)).chars(SHOWN),
                        ", ".join(check["kind"] for check in one["checks"]),
                        one["origin"],
                    )
                    for one in shown
                ],
            )

    def _end(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            case = visible(actor, "suite_case", options["case_id"])
        suite = editing.end_case(actor=actor, case=case)
        self._suite(actor, suite.slug, options)

    def _run(self, actor: Actor, options: dict[str, Any]) -> None:
        suite = self._found(actor, options["slug"])
        with tenancy.scope(actor.organisation_id):
            if options["release"]:
                release = visible(actor, "release", options["release"])
            else:
                release = serving(vertical=suite.vertical, task=suite.task)
        if release is None:
            raise NotFound(code="unknown_release")
        run = running.start(actor=actor, suite=suite, release=release)
        if options["here"] and run.job:
            run_here(self, run.job)
        self._told(actor, run.pk, options)

    def _ask(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            release = visible(actor, "release", options["release"])
        text = decode(options["file"].read_bytes()).text
        run = questions.ask_many(actor=actor, title=options["title"], release=release, text=text)
        if options["here"] and run.job:
            run_here(self, run.job)
        self._told(actor, run.pk, options)

    def _export(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            run = visible(actor, "evaluation", options["run_id"])
        made = exporting.export(actor=actor, run=run, format_=options["file"].suffix.removeprefix("."))
        options["file"].write_bytes(made.data)
        told = {"file": str(options["file"]), "type": made.type, "size": len(made.data)}
        if not self.emit(told, options):
            self.table((_("name"), _("value")), list(told.items()))

    def _compare(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            after = visible(actor, "evaluation", options["run_id"])
            named = options["before"]
            before = visible(actor, "evaluation", named) if named else after.previous
            if before is None:
                raise NotFound(code="unknown_evaluation")
            lines = before_after.as_json(before_after.table(before, after))
        if not self.emit({"lines": lines}, options):
            self.table(
                (_("figure"), _("before"), _("after"), _("change")),
                [(one["name"], one["before"], one["after"], one["change"]) for one in lines],
            )

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        self._told(actor, options["run_id"], options)

    def _told(self, actor: Actor, run_id: object, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            run = visible(actor, "evaluation", run_id)
            results = [presenting.result(one) for one in selectors.worst_first(run)]
            data = {**presenting.run(run), "results": results}
        if self.emit(data, options):
            return
        self.table((_("figure"), _("value")), [(name, json.dumps(v)) for name, v in data["figures"].items()])
        self.table(
            (_("passed"), _("change"), _("input"), _("failed checks")),
            [
                (
                    one["passed"],
                    one["change"],
                    Truncator(json.dumps(one["input"], ensure_ascii=False)).chars(SHOWN),
                    "; ".join(f"{c['kind']} {c['why']}" for c in one["checks"] if not c["passed"]),
                )
                for one in results
            ],
        )

    def _from_answer(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            record = visible(actor, "record", options["record_id"])
            suite = visible(actor, "suite", options["suite"]) if options["suite"] else None
        case = from_answers.case_from_answer(
            actor=actor,
            record=record,
            suite=suite,
            correction=options["correction"],
            documents=options["cites"],
        )
        with tenancy.scope(actor.organisation_id):
            data = presenting.case(visible(actor, "suite_case", case.pk))
        if not self.emit(data, options):
            self.table((_("name"), _("value")), list(data.items()))


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidInput(fields={"limits": _("must be a JSON object")}) from error
    if not isinstance(data, dict):
        raise InvalidInput(fields={"limits": _("must be a JSON object")})
    return data
