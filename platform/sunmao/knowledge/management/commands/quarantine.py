"""`quarantine list|release|remove [ID…]`: passages that are held back until somebody has looked at them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.knowledge import quarantine
from sunmao.knowledge.models import Passage
from sunmao.knowledge.presenting import held_passage

SHOWN = 70


class Command(StackCommand):
    help = "List, release or remove the passages in quarantine"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["list", "release", "remove"])
        parser.add_argument("ids", nargs="*", metavar="ID")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        with tenancy.scope(actor.organisation_id):
            shown = self._listed(actor) if options["verb"] == "list" else self._reviewed(actor, options)
            data = [held_passage(one) for one in shown]
        if not self.emit({"passages": data}, options):
            self.table(
                ("id", _("document"), _("state"), _("certainty"), _("suspicious text")),
                [_row(one) for one in data],
            )

    def _listed(self, actor: Actor) -> list[Passage]:
        return list(quarantine.held_passages(actor).filter(quarantine="held", died=None).order_by("-id"))

    def _reviewed(self, actor: Actor, options: dict[str, Any]) -> list[Passage]:
        verb = {"release": quarantine.release, "remove": quarantine.remove}[options["verb"]]
        found = [quarantine.visible_held_passage(actor=actor, passage_id=one) for one in options["ids"]]
        for passage in found:
            verb(actor=actor, passage=passage)
        return found


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    suspicion = one["suspicion"]
    quote = Truncator(suspicion.get("quote", "")).chars(SHOWN)
    return one["id"], one["document"], one["state"], f"{suspicion.get('score', 0):.0%}", quote
