"""`unanswered VERB`: what people asked and nobody could answer, from the shell."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.answering.mining import presenting, selectors, services
from sunmao.answering.mining.models import ClusterState
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.resolving import visible
from sunmao.jobs.here import run_here
from sunmao.jobs.selectors import as_dict

SHOWN = 70


class Command(StackCommand):
    help = "Cluster unanswered questions, list them, and decide what becomes of them"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        verbs = parser.add_subparsers(dest="verb", required=True)
        mine = verbs.add_parser("mine", help="cluster them anew")
        mine.add_argument("--here", action="store_true", help="in this process instead of a worker's")
        listed = verbs.add_parser("list", help="clusters, largest first")
        listed.add_argument("--state", choices=ClusterState.values)
        listed.add_argument("--limit", type=int, default=100)
        show = verbs.add_parser("show", help="the questions of a cluster")
        show.add_argument("cluster_id", metavar="CLUSTER")
        decide = verbs.add_parser("set", help="open, planned, answered or dismissed")
        decide.add_argument("cluster_id", metavar="CLUSTER")
        decide.add_argument("state", choices=ClusterState.values)
        decide.add_argument("--note")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        getattr(self, f"_{options['verb']}")(actor, options)

    def _mine(self, actor: Actor, options: dict[str, Any]) -> None:
        job = services.request(actor=actor)
        if options["here"]:
            run_here(self, job)
        with tenancy.scope(actor.organisation_id):
            job.refresh_from_db()
        data = as_dict(job)
        if not self.emit(data, options):
            self.stdout.write(f"{data['state']} {data['result'] or ''}".strip())

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = selectors.clusters_visible_to(actor)
            if options["state"]:
                found = found.filter(state=options["state"])
            data = [presenting.cluster(one) for one in selectors.page(found, limit=options["limit"])]
        if not self.emit({"clusters": data}, options):
            self.table(
                (_("id"), _("questions"), _("last 7 days"), _("state"), _("task"), _("question")),
                [
                    (one["id"], one["size"], one["recent"], one["state"], one["task"], _short(one["label"]))
                    for one in data
                ],
            )

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "unanswered", options["cluster_id"])
            shown = presenting.cluster(found)
            asked = [presenting.question(one) for one in selectors.questions_of(found)]
        if not self.emit({**shown, "questions": asked}, options):
            self.table(
                (_("likeness"), _("question"), _("record")),
                [(f"{one['likeness']:.2f}", _short(one["question"]), one["record_id"]) for one in asked],
            )

    def _set(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "unanswered", options["cluster_id"])
            done = services.decide(actor=actor, found=found, state=options["state"], note=options["note"])
            data = presenting.cluster(done)
        if not self.emit(data, options):
            self.stdout.write(data["state"])


def _short(text: str) -> str:
    return Truncator(text).chars(SHOWN)
