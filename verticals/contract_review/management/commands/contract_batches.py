"""`contract_batches list|stop|go-on [ID…]`: batches of contracts, as their page shows them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import InvalidInput
from verticals.contract_review import selectors
from verticals.contract_review.models import Batch
from verticals.contract_review.service import batches, presenting

SHOWN = 50


class Command(StackCommand):
    help = "List batches of contracts, stop one, or go on with one"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["list", "stop", "go-on"])
        parser.add_argument("ids", nargs="*", metavar="ID")

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        ids = options["ids"] if options["verb"] == "list" else self._changed(actor, options)
        with tenancy.scope(actor.organisation_id):
            found = [_batch(actor, one) for one in ids] if ids else list(selectors.batches(actor)[:SHOWN])
            data = [presenting.batch(one) for one in found]
        if not self.emit({"batches": data}, options):
            header = ("id", _("name"), _("state"), _("done"), _("failed"), _("waiting"))
            self.table(header, [_row(one) for one in data])

    def _changed(self, actor: Actor, options: dict[str, Any]) -> list[str]:
        """All are looked for before the first is touched."""
        if not options["ids"]:
            raise InvalidInput(fields={"ID": _("is missing")})
        with tenancy.scope(actor.organisation_id):
            found = [_batch(actor, one) for one in options["ids"]]
        verb = {"stop": batches.stop, "go-on": batches.go_on}[options["verb"]]
        for one in found:
            verb(actor=actor, batch=one)
        return [str(one.pk) for one in found]


def _batch(actor: Actor, wanted: str) -> Batch:
    return selectors.resolve_batch(actor=actor, reference=wanted)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    progress = one["progress"]
    state = _("stopped") if one["stopped"] else _("under way") if progress["waiting"] else _("all done")
    counts = (str(progress[name]) for name in ("done", "failed", "waiting"))
    return one["id"], one["name"], state, *counts
