"""`documents list|retry|remove BASE`: the documents of a base, what is inside them, where they came from."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import NotFound
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import services
from sunmao.knowledge.models import Document
from sunmao.knowledge.presenting import document as shown
from sunmao.knowledge.reading import about
from sunmao.knowledge.selectors import documents_visible_to, members_of, visible_base

READ, RETRY = "knowledge.document.read", "jobs.job.retry"


class Command(StackCommand):
    help = "List documents with state, reason and origin, look into archives, read again what failed, remove."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("action", choices=["list", "retry", "remove"])
        parser.add_argument("base")
        parser.add_argument("name", nargs="?", default="", help="a document; list shows what is inside it")
        parser.add_argument("--keep-members", action="store_true", help="remove: what is inside it stays")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        {"list": self._list, "retry": self._retry, "remove": self._remove}[options["action"]](actor, options)

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            inside = members_of(_named(actor, options)) if options["name"] else _brought(actor, options)
            rows = [shown(one) for one in inside.order_by("name", "pk")]
        if not self.emit({"base": options["base"], "documents": rows}, options):
            header = (_("name"), _("state"), _("inside"), _("comes from"), _("reason"))
            self.table(header, [_row(row) for row in rows])

    def _retry(self, actor: Actor, options: dict[str, Any]) -> None:
        """The document, and whatever failed inside it."""
        with tenancy.scope(actor.organisation_id):
            document = _named(actor, options)
            actor.require(RETRY, base=document.base.slug)
            of = [document.pk, *services.inside_of(document)]
            failed = Job.objects.filter(document__in=of, state=JobState.FAILED)
        count = jobs.retry_all(actor=actor, jobs=failed, subject=about(document.pk))
        if not self.emit({"retried": count}, options):
            self.stdout.write(_("Read again: %(count)d") % {"count": count})

    def _remove(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            document = _named(actor, options)
        services.delete_document(actor=actor, document=document, keep_members=options["keep_members"])
        if not self.emit({"removed": document.name}, options):
            self.stdout.write(_("%(name)s was removed.") % {"name": document.name})


def _documents(actor: Actor, options: dict[str, Any]) -> QuerySet[Document]:
    base = visible_base(actor=actor, slug=options["base"])
    actor.require(READ, base=base.slug)
    return documents_visible_to(actor).filter(base=base)


def _brought(actor: Actor, options: dict[str, Any]) -> QuerySet[Document]:
    """What people and sources brought; files inside are listed with what holds them."""
    return _documents(actor, options).filter(member_of=None)


def _named(actor: Actor, options: dict[str, Any]) -> Document:
    document = _documents(actor, options).filter(name=options["name"]).first()
    if document is None:
        raise NotFound(fields={"name": options["name"]})
    return document


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    error = (row["job"] or {}).get("error") or {}
    came = row["origin"]
    source = came["source"] or (came["document"] or {}).get("name", "")
    reason = f"{error['message']} [{error['code']}]" if error else ""
    return row["name"], row["state"], row["members"] or "", f"{came['text']} {source}".strip(), reason
