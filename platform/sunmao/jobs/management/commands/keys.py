"""`keys list|add|rotate|retire`: the installation's encryption keys. For the operator at the shell."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.core import tenancy
from sunmao.core.command import StackCommand
from sunmao.jobs import renewal
from sunmao.jobs.models import Job, JobState


class Command(StackCommand):
    help = "Show, add, change and retire the keys that everything at rest is encrypted with."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["list", "add", "rotate", "retire"])
        parser.add_argument("key", nargs="?", default="", metavar="KEY_ID")
        parser.add_argument(
            "--wait", action="store_true", help="rotate: stay until everything is sealed anew"
        )

    def run(self, **options: Any) -> None:
        verb = {"list": self._list, "add": self._add, "rotate": self._rotate, "retire": self._retire}
        verb[options["verb"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        found = renewal.overview()
        keys = [{"id": one.key.id, "current": one.current, "uses": one.uses} for one in found.keys]
        if self.emit({"keys": keys, "lost": found.lost, "plain_files": found.plain}, options):
            return
        self.table(
            (_("key"), _("current"), _("rows and files")),
            [(one["id"], "●" if one["current"] else "", one["uses"]) for one in keys],
        )
        if found.plain:
            self.stdout.write(_("Files that are not encrypted: %(count)d") % {"count": found.plain})
        for key_id, uses in found.lost.items():
            told = _("The key %(key)s is missing; %(uses)d rows and files cannot be read without it.")
            self.stdout.write(told % {"key": key_id, "uses": uses})

    def _add(self, options: dict[str, Any]) -> None:
        key = renewal.add_key()
        if not renewal.given_by_environment():
            if not self.emit({"key": key.id}, options):
                self.stdout.write(_("Added %(key)s. `keys rotate` makes it current.") % {"key": key.id})
        elif not self.emit({"key": key.id, "line": key.line()}, options):
            self.stdout.write(_("Put this at the end of SUNMAO_ENCRYPTION_KEYS of every process:"))
            self.stdout.write(key.line())

    def _rotate(self, options: dict[str, Any]) -> None:
        jobs = renewal.rotate(key_id=options["key"])
        if options["wait"]:
            jobs = [self._ended(job) for job in jobs]
        if not self.emit({"jobs": [{"id": str(job.pk), "state": job.state} for job in jobs]}, options):
            for job in jobs:
                self.stdout.write(f"{job.pk}  {JobState(job.state).label}  {job.error_text}")
        if any(job.state in (JobState.FAILED, JobState.CANCELLED) for job in jobs):
            raise CommandError(_("Not everything was sealed anew. Rotate again to go on."))

    def _ended(self, job: Job) -> Job:
        while not job.has_ended:
            time.sleep(0.5)
            with tenancy.scope(job.organisation_id):
                job.refresh_from_db()
        return job

    def _retire(self, options: dict[str, Any]) -> None:
        if not options["key"]:
            raise CommandError(_("Name the key."))
        renewal.retire(key_id=options["key"])
        if not self.emit({"retired": options["key"]}, options):
            self.stdout.write(_("%(key)s is no longer in the ring.") % {"key": options["key"]})
