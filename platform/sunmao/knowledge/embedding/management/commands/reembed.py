"""`reembed BASE --encoder E`: vectors of another encoder for a base, while questions keep the old ones."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.jobs.models import Job
from sunmao.knowledge import selectors
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.presenting import space_shape
from sunmao.knowledge.models import KnowledgeBase

POLL_SECONDS = 0.5


class Command(StackCommand):
    help = "Make the vectors of a base anew with another encoder, or say which serve it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("base")
        wanted = parser.add_mutually_exclusive_group()
        wanted.add_argument("--encoder", help="minilm, st:PATH-OR-ID[@REVISION] or openai:MODEL")
        wanted.add_argument("--back", action="store_true", help="go back to the vectors of before")
        parser.add_argument("--language", choices=["en", "zh", "all"], help="only passages of this language")
        parser.add_argument("--pictures", action="store_true", help="the vectors of the pictures of the base")
        parser.add_argument("--no-wait", action="store_true", help="queue the work and leave")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        with tenancy.scope(actor.organisation_id):
            base = selectors.visible_base(actor=actor, slug=options["base"])
        job = self._asked(actor, base, options)
        if job is not None and not options["no_wait"]:
            job = self._wait(actor, job)
        self._report(actor, base, job, options)
        if job is not None and job.has_ended and job.state != "succeeded":
            raise CommandError(f"{job.error_text} [{job.error_code}]")

    def _asked(self, actor: Actor, base: KnowledgeBase, options: dict[str, Any]) -> Job | None:
        if options["back"]:
            return spaces.go_back(actor=actor, base=base)
        if options["encoder"]:
            language = {"all": "", None: None}.get(options["language"], options["language"])
            return spaces.reembed(
                actor=actor,
                base=base,
                encoder=options["encoder"],
                language=language,
                medium=spaces.Medium.PICTURE if options["pictures"] else spaces.Medium.TEXT,
            )
        return None

    def _wait(self, actor: Actor, job: Job) -> Job:
        while not job.has_ended:
            time.sleep(POLL_SECONDS)
            with tenancy.scope(actor.organisation_id):
                job.refresh_from_db()
            if job.progress_total:
                self.stderr.write(f"\r{job.progress}/{job.progress_total}", ending="")
        return job

    def _report(self, actor: Actor, base: KnowledgeBase, job: Job | None, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = [space_shape(one) for one in spaces.spaces_of(actor=actor, base=base)]
        data = {"base": base.slug, "spaces": found, "job": str(job.pk) if job else None}
        if not self.emit(data, options):
            self.table(
                (
                    _("state"),
                    _("made of"),
                    _("language"),
                    _("encoder"),
                    _("dimensions"),
                    _("vectors"),
                    _("index"),
                ),
                [
                    (
                        one["state"],
                        str(spaces.Medium(one["medium"]).label),
                        one["language"] or "*",
                        one["encoder"],
                        one["dimensions"],
                        one["vectors"],
                        _("yes") if one["indexed"] else _("no"),
                    )
                    for one in found
                ],
            )
