"""`trials VERB`: try a question, keep cases, and run hit tests of many questions, from the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import UnreadableFile
from sunmao.core.resolving import visible
from sunmao.jobs.here import run_here
from sunmao.knowledge.embedding import questions
from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.trials import cases, lines, presenting, running, selectors, trying

SHOWN = 60


class Command(StackCommand):
    help = "Try questions against knowledge bases, keep regression cases, and compare runs"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        verbs = parser.add_subparsers(dest="verb", required=True)
        one = verbs.add_parser("try", help="what each stage did for one question")
        one.add_argument("question")
        one.add_argument("--base", action="append", required=True, metavar="SLUG", help="may be repeated")
        one.add_argument("--version", dest="at", type=int, help="an earlier version of the first base")
        one.add_argument("--limit", type=int, default=trying.FOUND)
        save = verbs.add_parser("save", help="a question must find these passages from now on")
        save.add_argument("question")
        save.add_argument("--passage", action="append", required=True, metavar="ID")
        remove = verbs.add_parser("remove", help="let go of cases")
        remove.add_argument("ids", nargs="+", metavar="CASE")
        run = verbs.add_parser("run", help="try all cases of a base, or the questions of a file")
        run.add_argument("--base", required=True, metavar="SLUG")
        run.add_argument("--file", type=Path, help="JSON lines or CSV: question, document, label")
        run.add_argument("--version", dest="at", type=int)
        run.add_argument("--here", action="store_true", help="in this process instead of a worker's")
        for name, told in (("cases", "the cases of a base"), ("runs", "the runs of a base")):
            verbs.add_parser(name, help=told).add_argument("--base", required=True, metavar="SLUG")
        verbs.add_parser("show", help="a run, question by question").add_argument("run_id", metavar="RUN")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        getattr(self, f"_{options['verb']}")(actor, options)

    def _try(self, actor: Actor, options: dict[str, Any]) -> None:
        question = trying.checked(options["question"])
        with tenancy.scope(actor.organisation_id):
            wanted = dict.fromkeys(options["base"]) | {options["base"][0]: options["at"]}
            pins = selectors.pins_of(actor=actor, wanted=wanted)
            questions.load([question], [pin.base.pk for pin in pins])
            result = trying.look(actor=actor, question=question, bases=pins, limit=options["limit"])
            data = presenting.tried(actor=actor, question=question, result=result, pins=pins)
        if self.emit(data, options):
            return
        self.table(
            (_("stage"), _("base"), _("found"), "ms"),
            [(one["name"], one["base"], one["found"], one["milliseconds"]) for one in data["stages"]],
        )
        verdict = _("answered") if data["accepted"] else _("refused")
        self.stdout.write(f"\n{verdict}: {data['reason']} {data['relevance']:.2f}\n\n")
        self.table(
            ("", _("document"), _("label"), _("score"), _("words"), _("passage")),
            [
                (
                    hit["rank"],
                    hit["passage"]["document"],
                    hit["passage"]["label"],
                    "" if hit["score"] is None else f"{hit['score']:.3f}",
                    " ".join(hit["words"]),
                    hit["passage"]["id"],
                )
                for hit in data["hits"]
            ],
        )

    def _save(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            passages = [visible(actor, "passage", one) for one in options["passage"]]
            base = passages[0].document.base
            made = cases.save_case(actor=actor, base=base, question=options["question"], passages=passages)
            data = presenting.case(visible(actor, "trial_case", made.pk))
        if not self.emit(data, options):
            self.stdout.write(data["id"])

    def _remove(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            for one in options["ids"]:
                found = visible(actor, "trial_case", one, permission=selectors.WRITE)
                cases.remove_case(actor=actor, case=found)
        self.emit({"removed": options["ids"]}, options)

    def _cases(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            base = selectors.pin_of(actor=actor, slug=options["base"]).base
            shown = [presenting.case(one) for one in selectors.cases_visible_to(actor).filter(base=base)]
        if not self.emit({"cases": shown}, options):
            self.table(
                (_("id"), _("question"), _("expected")),
                [
                    (one["id"], _short(one["question"]), ", ".join(_expected(e) for e in one["expected"]))
                    for one in shown
                ],
            )

    def _run(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            pin = selectors.pin_of(
                actor=actor, slug=options["base"], version=options["at"], permission=selectors.RUN
            )
        file: Path | None = options["file"]
        if file is None:
            made = running.run_cases(actor=actor, pin=pin)
        else:
            given = lines.read(_text_of(file))
            made = running.run_lines(actor=actor, pin=pin, name=file.name, given=given)
        if options["here"] and made.job:
            run_here(self, made.job)
        self._show(actor, {**options, "run_id": made.pk})

    def _runs(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            base = selectors.pin_of(actor=actor, slug=options["base"]).base
            shown = [presenting.run(one) for one in selectors.runs_visible_to(actor).filter(base=base)]
        if not self.emit({"runs": shown}, options):
            self.table(_FIGURES, [_figures(one) for one in shown])

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "trial_run", options["run_id"])
            data = presenting.run(found)
            results = [presenting.result(one) for one in selectors.worst_first(found)]
        if self.emit({**data, "results": results}, options):
            return
        self.table(_FIGURES, [_figures(data)])
        for one in data["wrong"]:
            self.stdout.write(_("line %(line)d: %(code)s") % one)
        self.table(
            (_("line"), _("question"), _("rank"), _("before"), _("refused"), _("change")),
            [
                (
                    one["line"],
                    _short(one["question"]),
                    one["rank"] or "–",
                    (one["before"] or {}).get("rank") or "–",
                    _("yes") if one["refused"] else "",
                    one["change"],
                )
                for one in results
            ],
        )


_FIGURES = (
    "id", "set", "version", "state", "questions", "recall@1", "recall@5", "recall@10", "MRR", "refused",
    "p50 ms", "p95 ms", "worse", "better",
)  # fmt: skip


def _figures(one: dict[str, Any]) -> tuple[object, ...]:
    known = one["figures"]
    names = (
        "recall@1", "recall@5", "recall@10", "mrr", "refused", "p50_ms", "p95_ms", "worse", "better",
    )  # fmt: skip
    head = (one["id"], one["set"] or _("regression cases"), one["version"], one["state"], one["questions"])
    return (*head, *("–" if known.get(name) is None else known[name] for name in names))


def _expected(one: dict[str, Any]) -> str:
    return f"{one['document']} {one['label']}".strip()


def _short(text: str) -> str:
    return Truncator(text).chars(SHOWN)


def _text_of(file: Path) -> str:
    try:
        return decode(file.read_bytes()).text
    except OSError as error:
        raise UnreadableFile(str(error), code="cannot_open") from error
