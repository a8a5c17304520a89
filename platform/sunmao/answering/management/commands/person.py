"""`person export SUBJECT --out ZIP` and `person erase SUBJECT [--dry-run]`: the rights of a person."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.answering.people import services
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand


class Command(StackCommand):
    help = "Export or erase everything that an organisation holds about one person."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["export", "erase"])
        parser.add_argument(
            "subject", metavar="SUBJECT", help="user:ID, api_key:ID, subject:NAME, or a member's user name"
        )
        parser.add_argument(
            "--reason", default="", help="export: turn placeholders back into personal data, and say why"
        )
        parser.add_argument("--dry-run", action="store_true", help="erase: report without changing anything")
        parser.add_argument(
            "--with-documents", action="store_true", help="erase: also the documents that the person uploaded"
        )

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        if options["verb"] == "export":
            self._export(actor, options)
        else:
            self._erase(actor, options)

    def _export(self, actor: Actor, options: dict[str, Any]) -> None:
        if not options["out"]:
            raise CommandError(_("An export needs --out FILE.zip."))
        target = Path(options["out"])
        # Nobody else on this machine may read it, and a file that is there stays.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                manifest = services.export(
                    actor=actor, subject=options["subject"], to=file, reason=options["reason"]
                )
        except BaseException:
            target.unlink()
            raise
        if self.emit(manifest, {**options, "out": None}):
            return
        self.table((_("what"), _("rows")), [(part["title"], part["rows"]) for part in manifest["parts"]])

    def _erase(self, actor: Actor, options: dict[str, Any]) -> None:
        report = services.erase(
            actor=actor,
            subject=options["subject"],
            dry_run=options["dry_run"],
            with_documents=options["with_documents"],
        ).as_dict()
        if self.emit(report, options):
            return
        if report["dry_run"]:
            self.stdout.write(_("Nothing was changed. This is what erasing would do:"))
        if report["erased_before"]:
            self.stdout.write(_("Erased before, on %(date)s.") % {"date": report["erased_before"][:10]})
        self.table((_("erased"), _("count")), [(one["what"], one["count"]) for one in report["erased"]])
        self.stdout.write(_("Keys destroyed: %(count)d") % {"count": report["keys_destroyed"]})
        if report["kept"]:
            rows = [
                (one["what"], one["count"], one["why"], (one["until"] or "")[:10]) for one in report["kept"]
            ]
            self.table((_("kept"), _("count"), _("why"), _("until")), rows)
