"""`train collect`: examples that models make, into the draft of a data set."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.resolving import visible
from sunmao.inference.registry import DEFAULT
from sunmao.jobs.here import run_here
from sunmao.training.runs import collecting, presenting, selectors
from sunmao.training.runs.commanding import Subcommand
from sunmao.training.runs.models import Collection, Source
from sunmao.training.runs.selectors import START


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("source", choices=Source.values)
    parser.add_argument("--questions", required=True, metavar="SET", help="`set`, `set@3` or an id")
    parser.add_argument("--into", required=True, metavar="SET", help="the data set whose draft gets them")
    parser.add_argument("--engine", default=DEFAULT)
    parser.add_argument("--adapter", default="")
    parser.add_argument("--judge", action="append", default=[], help="its name; two or three debate")
    parser.add_argument("--temperature", type=float, default=0.9)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--here", action="store_true", help="in this process, not in a worker")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    with tenancy.scope(actor.organisation_id):
        questions = selectors.resolve_version(actor=actor, reference=options["questions"])
        dataset = visible(actor, "dataset", options["into"], permission=START)
    made = collecting.collect(
        actor=actor,
        source=options["source"],
        questions=questions,
        dataset=dataset,
        engine_name=options["engine"],
        adapter=options["adapter"],
        judges=options["judge"],
        temperature=options["temperature"],
        seed=options["seed"],
    )
    if options["here"] and made.job:
        run_here(command, made.job)
    with tenancy.scope(actor.organisation_id):
        shown = presenting.collection(Collection.objects.get(pk=made.pk))
    command.facts(shown, options)


SUBCOMMAND = Subcommand(name="collect", help="examples that models make", arguments=_arguments, run=_run)
