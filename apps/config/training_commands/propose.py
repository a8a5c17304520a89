"""`train propose`: what would be done, why, and how much memory it would need."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.config.training_commands import asking
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.training.runs import presenting, starting
from sunmao.training.runs.commanding import Subcommand


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    found = presenting.proposal(starting.propose(actor=actor, wanted=asking.wanted(actor, options)))
    if command.emit(found, options):
        return
    command.table(
        (_("setting"), _("value"), _("reason")),
        [(one["setting"], one["value"], one["reason"]) for one in found["reasons"]],
    )
    memory = found["memory"]
    command.stdout.write(f"{memory['total'] / 2**30:.2f} / {memory['memory'] / 2**30:.2f} GiB")


SUBCOMMAND = Subcommand(
    name="propose", help="what would be done, and why", arguments=asking.arguments, run=_run
)
