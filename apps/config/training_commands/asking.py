"""What `run`, `propose` and `sweep` take alike."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import json_input
from sunmao.core.resolving import visible
from sunmao.training.runs import selectors
from sunmao.training.runs.starting import Wanted
from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.recipes import recipes


def arguments(parser: CommandParser) -> None:
    parser.add_argument("name", help="what the adapter will be called")
    parser.add_argument("--base", required=True, metavar="MODEL")
    parser.add_argument("--data", required=True, metavar="SET", help="`set`, `set@3` or an id")
    parser.add_argument("--objective", default="sft", choices=sorted(objectives()))
    parser.add_argument("--recipe", choices=sorted(recipes()))
    parser.add_argument(
        "--with", dest="chosen", default="{}", metavar="JSON", help="settings; - for standard input"
    )
    parser.add_argument("--general", metavar="SET", help="examples that must not be forgotten")
    parser.add_argument("--replay", type=float, default=0.0, help="their share of what is learnt")


def wanted(actor: Actor, options: dict[str, Any]) -> Wanted:
    settings = json_input(options["chosen"])
    settings = dict(settings) if isinstance(settings, dict) else {"settings": settings}
    if options["recipe"]:
        settings["recipe"] = options["recipe"]
    with tenancy.scope(actor.organisation_id):
        general = options["general"]
        return Wanted(
            name=options["name"],
            base=visible(actor, "base_model", options["base"]),
            version=selectors.resolve_version(actor=actor, reference=options["data"]),
            objective=options["objective"],
            settings=settings,
            general=selectors.resolve_version(actor=actor, reference=general) if general else None,
            replay=options["replay"],
        )
