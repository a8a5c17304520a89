"""`train export`: other forms of a result, or its figures for TensorBoard and MLflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.resolving import visible
from sunmao.jobs.here import run_here
from sunmao.training.runs import exporting, presenting
from sunmao.training.runs.commanding import Subcommand
from sunmao.training.runs.logs import WRITERS, write
from sunmao.training.runs.models import Form
from sunmao.training.runs.selectors import READ, START


def _arguments(parser: CommandParser) -> None:
    parser.add_argument("training")
    parser.add_argument("form", choices=[*Form.values, *WRITERS])
    parser.add_argument("--folder", type=Path, help="where TensorBoard's or MLflow's files go")
    parser.add_argument("--heads", type=float, default=0.0, help="the share of heads that pruning leaves out")
    parser.add_argument("--units", type=float, default=0.25, help="of units in the feed-forward parts")
    parser.add_argument("--here", action="store_true", help="in this process, not in a worker")


def _run(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    logs = options["form"] in WRITERS
    with tenancy.scope(actor.organisation_id):
        found = visible(actor, "training", options["training"], permission=READ if logs else START)
    if logs:
        place = options["folder"] or Path.cwd()
        written = write(actor=actor, training=found, kind=options["form"], folder=place)
        if not command.emit({"file": str(written)}, options):
            command.stdout.write(str(written))
        return
    made = exporting.export(
        actor=actor, training=found, form=options["form"], heads=options["heads"], units=options["units"]
    )
    if options["here"] and made.job:
        run_here(command, made.job)
    with tenancy.scope(actor.organisation_id):
        shown = presenting.export(visible(actor, "training_export", made.pk, permission=START))
    if not command.emit(shown, options):
        command.stdout.write(f"{shown['id']} {shown['form']} {shown['state']} {shown['place']}")


SUBCOMMAND = Subcommand(
    name="export", help="other forms, TensorBoard, MLflow", arguments=_arguments, run=_run
)
