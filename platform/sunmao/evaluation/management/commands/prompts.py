"""`prompts VERB`: what the console does with prompts, from the shell."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand, json_input
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.evaluation.optimising import starting as optimising
from sunmao.evaluation.playground import starting
from sunmao.evaluation.playground.starting import Candidate
from sunmao.jobs.here import run_here
from sunmao.prompts import editing, exchange, presenting, selectors
from sunmao.prompts.installing import install
from sunmao.prompts.models import Prompt
from sunmao.prompts.rights import EDIT
from sunmao.prompts.source import LONGEST


class Command(StackCommand):
    help = "Prompts: list, show, save, diff, restore, score, try, optimise, export, import, packs"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="all prompts")
        verbs.add_parser("packs", help="bring the packs of the product, or their newer texts")
        one: dict[str, Any] = {"help": "name:language, such as customer_service.answer:zh"}
        show = verbs.add_parser("show", help="the current text, or another version")
        show.add_argument("prompt", **one)
        show.add_argument("--number", type=int)
        save = verbs.add_parser("save", help="a version from a file, or - for standard input")
        save.add_argument("prompt", **one)
        save.add_argument("file")
        save.add_argument("--note", default="")
        save.add_argument("--review", action="store_true", help="ask for a second person's look")
        diff = verbs.add_parser("diff", help="what two versions do not share")
        diff.add_argument("prompt", **one)
        diff.add_argument("before", type=int)
        diff.add_argument("after", type=int)
        restore = verbs.add_parser("restore", help="work from an earlier version")
        restore.add_argument("prompt", **one)
        restore.add_argument("number", type=int)
        score = verbs.add_parser("score", help="the five-part score of a prompt, or of a file")
        score.add_argument("prompt", help="name:language, a file, or -")
        self._add_models(verbs, one)
        export = verbs.add_parser("export", help="text and cases as JSON")
        export.add_argument("prompt", **one)
        verbs.add_parser("import", help="what export wrote").add_argument("file")

    def _add_models(self, verbs: Any, one: dict[str, Any]) -> None:
        attempt = verbs.add_parser("try", help="several versions with several engines")
        attempt.add_argument("prompt", **one)
        attempt.add_argument("--number", type=int, action="append", default=[], help="may be repeated")
        attempt.add_argument("--engine", action="append", default=[], help="may be repeated")
        attempt.add_argument("--input", help="values as JSON; without them the cases are run")
        attempt.add_argument("--image", action="append", default=[], metavar="NAME=FILE")
        attempt.add_argument("--temperature", type=float)
        optimise = verbs.add_parser("optimise", help="search for a better text on the cases")
        optimise.add_argument("prompt", **one)
        optimise.add_argument("--engine", default="default")
        optimise.add_argument("--method", choices=optimising.METHODS, default="evolution")
        optimise.add_argument("--rounds", type=int, default=4)
        optimise.add_argument("--population", type=int, default=8)
        optimise.add_argument("--seed", type=int, default=1)
        for each in (attempt, optimise):
            each.add_argument("--here", action="store_true", help="in this process instead of a worker's")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        getattr(self, f"_{options['verb']}")(actor, options)

    def _found(self, actor: Actor, options: dict[str, Any]) -> Prompt:
        with tenancy.scope(actor.organisation_id):
            found: Prompt = visible(actor, "prompt", options["prompt"])
            return found

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            shown = [presenting.prompt(one) for one in selectors.prompts_visible_to(actor)]
        if not self.emit({"prompts": shown}, options):
            rows = [
                (f"{one['slug']}:{one['language']}", one["current"], one["versions"], one["newer_seed"] or "")
                for one in shown
            ]
            self.table((_("prompt"), _("version"), _("versions"), _("newer text")), rows)

    def _packs(self, actor: Actor, options: dict[str, Any]) -> None:
        actor.require(EDIT)
        made = install(actor=actor)
        with tenancy.scope(actor.organisation_id):
            names = [f"{one.prompt} v{one.number}" for one in made]
        if not self.emit({"prompts": names}, options):
            self.stdout.write("\n".join(names))

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        found = self._found(actor, options)
        with tenancy.scope(actor.organisation_id):
            number = options["number"] or (found.current.number if found.current else 0)
            shown = presenting.version(selectors.numbered(found, number))
        if not self.emit(shown, options):
            self.stdout.write(shown["source"])

    def _save(self, actor: Actor, options: dict[str, Any]) -> None:
        found = self._found(actor, options)
        made = editing.save(
            actor=actor,
            prompt=found,
            source=_text(options["file"]),
            note=options["note"],
            review=options["review"],
        )
        if not self.emit({"number": made.number, "id": str(made.pk)}, options):
            self.stdout.write(f"v{made.number}")

    def _diff(self, actor: Actor, options: dict[str, Any]) -> None:
        found = self._found(actor, options)
        with tenancy.scope(actor.organisation_id):
            both = [selectors.numbered(found, options[one]) for one in ("before", "after")]
            shown = presenting.differing(*both)
        if not self.emit(shown, options):
            marks = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
            said = (marks[one["op"]][0] + one["text"] + marks[one["op"]][1] for one in shown["pieces"])
            self.stdout.write("".join(said))

    def _restore(self, actor: Actor, options: dict[str, Any]) -> None:
        found = self._found(actor, options)
        with tenancy.scope(actor.organisation_id):
            version = selectors.numbered(found, options["number"])
        editing.restore(actor=actor, version=version)
        if not self.emit({"number": version.number}, options):
            self.stdout.write(f"v{version.number}")

    def _score(self, actor: Actor, options: dict[str, Any]) -> None:
        named = options["prompt"]
        from_file = named == "-" or Path(named).is_file()
        found = None if from_file else self._found(actor, options)
        source = _text(named) if found is None else found.current.source if found.current else ""
        with tenancy.scope(actor.organisation_id):
            shown = presenting.preview(source, found=found)
        if self.emit(shown, options):
            return
        for problem in shown["problems"]:
            self.stdout.write(f"{problem['line']}: {problem['message']}")
        if shown["score"]:
            rows = [
                (one["title"], one["weight"], one["score"], _advice(one)) for one in shown["score"]["parts"]
            ]
            self.table((_("part"), _("weight"), _("score"), _("advice")), rows)
            self.stdout.write(f"{shown['score']['total']}")

    def _try(self, actor: Actor, options: dict[str, Any]) -> None:
        found = self._found(actor, options)
        with tenancy.scope(actor.organisation_id):
            numbers = options["number"] or [found.current.number if found.current else 0]
            versions = [selectors.numbered(found, one) for one in numbers]
        run = starting.start(
            actor=actor,
            prompt=found,
            candidates=[Candidate(one.source, one) for one in versions],
            choices=[starting.choice_of(one) for one in options["engine"] or ["default"]],
            inputs=_object(options["input"]) if options["input"] else None,
            images={
                name: Path(file).read_bytes()
                for name, _eq, file in (one.partition("=") for one in options["image"])
            },
            settings={"temperature": options["temperature"]},
        )
        self._work(run, options)
        with tenancy.scope(actor.organisation_id):
            shown = presenting.run(visible(actor, "playground_run", run.pk))
        if self.emit(shown, options):
            return
        header = (
            _("version"),
            _("engine"),
            _("case"),
            _("passed"),
            "ms",
            _("tokens"),
            _("cost"),
            _("answer"),
        )
        self.table(header, [_cell(one) for one in shown["cells"]])

    def _optimise(self, actor: Actor, options: dict[str, Any]) -> None:
        given = {name: options[name] for name in ("engine", "method", "rounds", "population", "seed")}
        made = optimising.start(actor=actor, prompt=self._found(actor, options), given=given)
        self._work(made, options)
        with tenancy.scope(actor.organisation_id):
            shown = presenting.optimisation(visible(actor, "optimisation", made.pk))
        if not self.emit(shown, options):
            self.table((_("figure"), ""), list(shown["figures"].items()) or [(_("state"), shown["state"])])

    def _work(self, started: Any, options: dict[str, Any]) -> None:
        if options["here"] and started.job:
            run_here(self, started.job)

    def _export(self, actor: Actor, options: dict[str, Any]) -> None:
        found = self._found(actor, options)
        with tenancy.scope(actor.organisation_id):
            shown = exchange.exported(actor=actor, prompt=found)
        if not self.emit(shown, options):
            self.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2))

    def _import(self, actor: Actor, options: dict[str, Any]) -> None:
        made = exchange.take_in(actor=actor, data=json_input(_text(options["file"], most=5_000_000)))
        if not self.emit({"number": made.number, "id": str(made.pk)}, options):
            self.stdout.write(f"v{made.number}")


def _text(name: str, most: int = LONGEST * 4) -> str:
    data = sys.stdin.buffer.read(most + 1) if name == "-" else Path(name).read_bytes()[: most + 1]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(_("The file is not UTF-8 text."), code="undecodable_text") from error


def _object(given: str) -> dict[str, Any]:
    data = json_input(given)
    if not isinstance(data, dict):
        raise InvalidInput(_("The input must be a JSON object."))
    return data


def _advice(part: dict[str, Any]) -> str:
    return " ".join(one["advice"] for one in part["checks"] if one["advice"])


def _cell(one: dict[str, Any]) -> tuple[Any, ...]:
    said = one["text"] or (one["error"] or {}).get("message", "")
    return (
        one["version"] or "–", one["engine"], one["case"], "" if one["passed"] is None else one["passed"],
        round(one["milliseconds"]), one["prompt_tokens"] + one["tokens"], one["cost"] or "–", said[:200],
    )  # fmt: skip
