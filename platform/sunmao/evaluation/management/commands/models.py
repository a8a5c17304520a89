"""`models VERB`: base models and adapters from the shell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.accounts.selectors import organisation_by_slug
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import UnreadableFile
from sunmao.core.resolving import visible
from sunmao.evaluation.parity import checking
from sunmao.jobs.here import run_here
from sunmao.modelhub import adapters, bases, presenting, selectors
from sunmao.modelhub.files.archives import pieces_of
from sunmao.modelhub.models import Quantisation
from sunmao.modelhub.selectors import EXPORT, MANAGE, READ

STEP = 2**20
TOLD = ("purpose", "licence", "provenance", "provider", "filing-number")


class Command(StackCommand):
    help = "Base models and adapters: list, add, import, check, export, retire"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="base models, adapters and their versions")
        verbs.add_parser("usage", help="how much room they take")
        add = verbs.add_parser("add", help="name a base model and read its files")
        add.add_argument("name")
        add.add_argument("source", help="a hub id, or a path below SUNMAO_MODELS")
        add.add_argument("--quantisation", default="none", choices=Quantisation.values)
        add.add_argument("--keep", action="store_true", help="take its files into the encrypted store")
        add.add_argument("--here", action="store_true", help="read it in this process, not in a worker")
        for name in bases.TEXTS:
            add.add_argument(f"--{name.replace('_', '-')}", default="")
        keep = verbs.add_parser("keep", help="take a base model's files into the encrypted store")
        keep.add_argument("name")
        keep.add_argument("--here", action="store_true", help="in this process, not in a worker")
        share = verbs.add_parser("share", help="let every organisation use a base model")
        share.add_argument("name")
        bring = verbs.add_parser("import", help="an adapter from an archive")
        bring.add_argument("name")
        bring.add_argument("file", type=Path)
        bring.add_argument("--base", required=True, metavar="MODEL")
        for name in TOLD:
            bring.add_argument(f"--{name}", default="")
        export = verbs.add_parser("export", help="an adapter version as an archive")
        export.add_argument("version")
        export.add_argument("file", type=Path)
        parity = verbs.add_parser("parity", help="check that all its forms say the same")
        parity.add_argument("version")
        parity.add_argument("--here", action="store_true", help="in this process, not in a worker")
        for verb, told in (
            ("show", "everything about a version"),
            ("verify", "read every byte of a version again"),
            ("pin", "keep a version loaded"),
            ("unpin", "let it go"),
            ("retire", "it answers no more"),
            ("remove", "give the room of a retired one back"),
        ):
            verbs.add_parser(verb, help=told).add_argument("version")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        getattr(self, f"_{options['verb']}")(actor, options)

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        actor.require(READ)
        with tenancy.scope(actor.organisation_id):
            known = [presenting.base(one, actor=actor) for one in selectors.bases_visible_to(actor)]
            versions = [presenting.version(one) for one in selectors.versions_visible_to(actor)]
        if self.emit({"base_models": known, "versions": versions}, options):
            return
        self.table(
            (_("base model"), _("state"), _("parameters"), _("context"), _("quantisation"), _("licence")),
            [[f"{one[name]:,}" if name == "parameters" else one[name] for name in _BASE] for one in known],
        )
        self.stdout.write("")
        self.table(
            (_("version"), _("state"), _("base model"), _("method"), _("rank"), _("bytes"), _("pinned")),
            [[_shown(one[name]) for name in _VERSION] for one in versions],
        )

    def _usage(self, actor: Actor, options: dict[str, Any]) -> None:
        actor.require(READ)
        with tenancy.scope(actor.organisation_id):
            told = selectors.usage()
        if not self.emit(told, options):
            rows = [*told["adapters"].items(), *told["base_models"].items()]
            self.table((_("name"), _("bytes")), [(name, f"{size:,}") for name, size in rows])

    def _add(self, actor: Actor, options: dict[str, Any]) -> None:
        told = {name: options[name] for name in bases.TEXTS}
        made = bases.add_base(
            actor=actor,
            name=options["name"],
            source=options["source"],
            quantisation=options["quantisation"],
            told=told,
            keep=options["keep"],
        )
        if options["here"] and made.job:
            run_here(self, made.job)
        self._tell_base(actor, made.slug, options)

    def _keep(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            base = visible(actor, "base_model", options["name"], permission=MANAGE)
        made = bases.keep_base(actor=actor, base=base)
        if options["here"] and made.job:
            run_here(self, made.job)
        self._tell_base(actor, made.slug, options)

    def _share(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            base = visible(actor, "base_model", options["name"], permission=MANAGE)
        bases.share(organisation=organisation_by_slug(options["org"]), base=base)
        self._tell_base(actor, options["name"], options)

    def _tell_base(self, actor: Actor, name: str, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            told = presenting.base(visible(actor, "base_model", name), actor=actor)
        if not self.emit(told, options):
            self.table(
                (_("base model"), _("state"), "sha256"), [(told["name"], told["state"], told["sha256"])]
            )

    def _import(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            base = visible(actor, "base_model", options["base"])
        told = adapters.Told(**{(key := name.replace("-", "_")): options[key] for name in TOLD})
        made = adapters.import_archive(
            actor=actor, name=options["name"], base=base, chunks=_pieces(options["file"]), told=told
        )
        self._show(actor, {**options, "version": made.pk})

    def _export(self, actor: Actor, options: dict[str, Any]) -> None:
        version = self._found(actor, options, EXPORT)
        with (
            adapters.export_archive(actor=actor, version=version) as archive,
            options["file"].open("wb") as out,
        ):
            for piece in pieces_of(archive):
                out.write(piece)
        if not self.emit({"exported": version.name, "file": str(options["file"])}, options):
            self.stdout.write(str(options["file"]))

    def _parity(self, actor: Actor, options: dict[str, Any]) -> None:
        made = checking.check(actor=actor, version=self._found(actor, options, MANAGE))
        if options["here"] and made.job:
            run_here(self, made.job)
        self._show(actor, options)

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "adapter_version", options["version"])
            told = presenting.version(found, selectors.last_check(found))
        if self.emit(told, options):
            return
        self.table((_("version"), _("state"), "sha256"), [_named(told)])
        for form in (told["parity"] or {}).get("forms", []):
            passed = {True: _("agrees"), False: _("differs"), None: form["skipped"]}[form["passed"]]
            self.stdout.write(f"{form['name']}: {passed}, {form['agreement']:.3f}")
        for one in (told["parity"] or {}).get("apart", []):
            self.stdout.write(
                _("%(form)s: prompt %(prompt)d, token %(position)d: %(given)r instead of %(wanted)r") % one
            )

    def _verify(self, actor: Actor, options: dict[str, Any]) -> None:
        adapters.verify(actor=actor, version=self._found(actor, options, MANAGE))
        self._show(actor, options)

    def _pin(self, actor: Actor, options: dict[str, Any]) -> None:
        adapters.pin(actor=actor, version=self._found(actor, options, MANAGE))
        self._show(actor, options)

    def _unpin(self, actor: Actor, options: dict[str, Any]) -> None:
        adapters.pin(actor=actor, version=self._found(actor, options, MANAGE), pinned=False)
        self._show(actor, options)

    def _retire(self, actor: Actor, options: dict[str, Any]) -> None:
        adapters.retire(actor=actor, version=self._found(actor, options, MANAGE))
        self._show(actor, options)

    def _remove(self, actor: Actor, options: dict[str, Any]) -> None:
        adapters.remove(actor=actor, version=self._found(actor, options, MANAGE))
        self._show(actor, options)

    def _found(self, actor: Actor, options: dict[str, Any], permission: str) -> Any:
        with tenancy.scope(actor.organisation_id):
            return visible(actor, "adapter_version", options["version"], permission=permission)


_BASE = ("name", "state", "parameters", "context", "quantisation", "licence")
_VERSION = ("name", "state", "base_model", "method", "rank", "size", "pinned")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _named(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["name"], told["state"], told["sha256"]


def _pieces(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            while piece := stream.read(STEP):
                yield piece
    except OSError as error:
        raise UnreadableFile(str(error), code="cannot_open") from error
