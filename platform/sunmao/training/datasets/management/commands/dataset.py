"""`dataset VERB`: what is trained on, from the shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.core.resolving import visible
from sunmao.jobs.here import run_here
from sunmao.training.datasets import comparing, editing, exporting, presenting, selectors, steps
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.formats import FORMATS
from sunmao.training.datasets.models import Step

CHUNK = 1 << 20


class Command(StackCommand):
    help = "Make data sets, prepare them, and approve what may be trained on"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="all data sets")
        made = verbs.add_parser("create", help="a data set with an empty draft")
        made.add_argument("slug")
        made.add_argument("--kind", required=True, choices=Kind.values)
        made.add_argument("--title", default="")
        made.add_argument("--purpose", default="")
        made.add_argument("--vertical", default="")
        self._files(verbs)
        self._steps(verbs)
        for name, told in (
            ("freeze", "from now on the draft does not change"),
            ("approve", "a frozen version may be trained on; somebody else than who froze it"),
            ("refuse", "a frozen version may not be trained on"),
            ("retire", "no training begins on it any more"),
            ("restore", "the draft holds again what a version held"),
            ("stats", "examples by part, origin, label and length"),
        ):
            one = verbs.add_parser(name, help=told)
            one.add_argument("version", metavar="SLUG[@NUMBER]")
            one.add_argument("--note", default="")
        diff = verbs.add_parser("diff", help="what differs between two versions")
        diff.add_argument("before", metavar="SLUG@NUMBER")
        diff.add_argument("after", metavar="SLUG[@NUMBER]")
        for own in verbs.choices.values():
            super().add_arguments(own)

    def _files(self, verbs: Any) -> None:
        read = verbs.add_parser("import", help="examples of a file")
        read.add_argument("slug")
        read.add_argument("file", type=Path)
        read.add_argument("--format", default="auto", choices=FORMATS)
        read.add_argument("--column", action="append", default=[], metavar="FIELD=NAME")
        read.add_argument(
            "--dry-run", action="store_true", help="say what would be read, and every wrong line"
        )
        read.add_argument("--here", action="store_true", help="in this process instead of a worker's")
        out = verbs.add_parser("export", help="a version as JSON lines or a table")
        out.add_argument("version", metavar="SLUG[@NUMBER]")
        out.add_argument("--format", default="jsonl", choices=exporting.FORMATS)
        out.add_argument("--part", default="")
        out.add_argument("--to", type=Path, metavar="FILE")

    def _steps(self, verbs: Any) -> None:
        for name, told in (
            ("gather", "from conversations, corrections or rewrites"),
            ("generate", "questions from a knowledge base"),
            ("clean", "twins, noise, length, language"),
            ("mask", "personal data, for good"),
            ("label", "weak labels by functions"),
            ("split", "80/10/10 by group"),
            ("check", "leaks between parts and into suites"),
        ):
            step = verbs.add_parser(name, help=told)
            step.add_argument("slug")
            step.add_argument(
                "--with", dest="chosen", default="{}", metavar="JSON", help="settings of the step"
            )
            step.add_argument("--here", action="store_true", help="in this process instead of a worker's")
            if name == "gather":
                step.add_argument(
                    "--source", default="", choices=("conversations", "corrections", "rewrites")
                )
            elif name == "generate":
                step.add_argument("--base", default="")
                step.add_argument("--count", type=int)
                step.add_argument("--engine", default="")
            elif name == "label":
                step.add_argument("--functions", type=Path, metavar="FILE")
            elif name == "split":
                step.add_argument("--seed", type=int)
            elif name == "check":
                step.add_argument("--leaks", choices=steps.LEAKS_ARE)

    def run(self, **options: Any) -> None:
        getattr(self, "_verb_" + options["verb"], self._step)(actor_from(options), options)

    def _verb_list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            shown = [presenting.dataset(one) for one in selectors.datasets_visible_to(actor)]
        if not self.emit({"datasets": shown}, options):
            names = ("slug", "kind", "version", "state", "approved", "examples")
            self.table(names, [[one[name] for name in names] for one in shown])

    def _verb_create(self, actor: Actor, options: dict[str, Any]) -> None:
        given = {name: options[name] for name in ("slug", "kind", "purpose", "vertical")}
        made = editing.create(actor=actor, title=options["title"] or options["slug"], **given)
        with tenancy.scope(actor.organisation_id):
            self.facts(presenting.dataset(made), options)

    def _verb_import(self, actor: Actor, options: dict[str, Any]) -> None:
        dataset, file = self._set(actor, options["slug"]), options["file"]
        if not file.is_file():
            raise InvalidInput(_("There is no such file."), code="file_missing", fields={"file": str(file)})
        columns = dict(pair.partition("=")[::2] for pair in options["column"])
        asked = {"layout": options["format"], "columns": columns}
        if options["dry_run"]:
            found = steps.preview(actor=actor, dataset=dataset, content=file.read_bytes(), **asked)
            self.facts(presenting.material(found, Kind(dataset.kind), shown=3), options)
            return
        step = steps.import_file(actor=actor, dataset=dataset, chunks=_chunks(file), name=file.name, **asked)
        self._told(actor, step, options)

    def _step(self, actor: Actor, options: dict[str, Any]) -> None:
        settings = {**_object(options["chosen"]), **_given(options)}
        dataset = self._set(actor, options["slug"])
        step = steps.start(actor=actor, dataset=dataset, kind=options["verb"], settings=settings)
        self._told(actor, step, options)

    def _told(self, actor: Actor, step: Step, options: dict[str, Any]) -> None:
        if options["here"] and step.job:
            run_here(self, step.job)
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "dataset_step", step.pk)
            shown = presenting.step(found)
        wrong = shown["found"].get("wrong")
        if wrong is not None and not options["json"]:
            raise InvalidInput(
                found.job.error_text if found.job else None, code=shown["found"]["code"], fields=wrong
            )
        self.facts(shown, options)

    def _version(self, actor: Actor, reference: str) -> Any:
        with tenancy.scope(actor.organisation_id):
            return visible(actor, "dataset_version", reference)

    def _set(self, actor: Actor, slug: str) -> Any:
        with tenancy.scope(actor.organisation_id):
            return visible(actor, "dataset", slug)

    def _decided(self, actor: Actor, options: dict[str, Any], verb: Any, *, noted: bool = True) -> None:
        note = {"note": options["note"]} if noted else {}
        done = verb(actor=actor, version=self._version(actor, options["version"]), **note)
        self.facts(presenting.version(done), options)

    def _verb_freeze(self, actor: Actor, options: dict[str, Any]) -> None:
        self._decided(actor, options, editing.freeze)

    def _verb_approve(self, actor: Actor, options: dict[str, Any]) -> None:
        self._decided(actor, options, editing.approve)

    def _verb_refuse(self, actor: Actor, options: dict[str, Any]) -> None:
        self._decided(actor, options, editing.refuse)

    def _verb_retire(self, actor: Actor, options: dict[str, Any]) -> None:
        self._decided(actor, options, editing.retire, noted=False)

    def _verb_restore(self, actor: Actor, options: dict[str, Any]) -> None:
        self._decided(actor, options, editing.restore, noted=False)

    def _verb_stats(self, actor: Actor, options: dict[str, Any]) -> None:
        version = self._version(actor, options["version"])
        with tenancy.scope(actor.organisation_id):
            self.facts(presenting.statistics(version), options)

    def _verb_diff(self, actor: Actor, options: dict[str, Any]) -> None:
        before, after = (self._version(actor, options[name]) for name in ("before", "after"))
        if before.dataset_id != after.dataset_id:
            raise Conflict(_("The two versions are of different data sets."), code="other_dataset")
        with tenancy.scope(actor.organisation_id):
            self.facts(presenting.difference(comparing.between(before, after)), options)

    def _verb_export(self, actor: Actor, options: dict[str, Any]) -> None:
        version = self._version(actor, options["version"])
        text = exporting.export(actor=actor, version=version, layout=options["format"], part=options["part"])
        if options["to"]:
            options["to"].write_text(text, encoding="utf-8")
        elif not self.emit({"format": options["format"], "content": text}, options):
            self.stdout.write(text, ending="")


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """What was said by options of their own; the others are settings of the step as JSON."""
    names = ("source", "base", "count", "engine", "seed", "leaks")
    found = {name: options[name] for name in names if options.get(name) not in (None, "")}
    if options.get("functions"):
        found["functions"] = _json(options["functions"].read_text(encoding="utf-8"), "functions")
    return found


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(CHUNK):
            yield piece


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(fields={name: _("must be JSON")}) from error


def _object(text: str) -> dict[str, Any]:
    data = _json(text, "with")
    if not isinstance(data, dict):
        raise InvalidInput(fields={"with": _("must be an object")})
    return data
