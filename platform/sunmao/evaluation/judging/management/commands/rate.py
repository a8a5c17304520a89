"""`rate VERB`: judges, and the rounds in which people rate, from the shell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.evaluation.judging import calibrating, judges, presenting, rounds, selectors
from sunmao.evaluation.judging.models import Calibration, Judge
from sunmao.evaluation.judging.selectors import RATE
from sunmao.evaluation.judging.sheets import sheet
from sunmao.jobs.here import run_here


class Command(StackCommand):
    help = "Have people rate answers, and hold judges against them"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("judges", help="all judges, and whether they may stand before production")
        made = verbs.add_parser("judge", help="make a judge")
        made.add_argument("slug")
        made.add_argument("--title", default="")
        made.add_argument("--engine", default="default")
        made.add_argument("--adapter", default="", metavar="VERSION")
        made.add_argument("--criteria", default="", help="what a good answer is")
        made.add_argument("--bound", type=float, default=0.6, help="the least kappa with people")
        verbs.add_parser("rounds", help="all rating rounds")
        opened = verbs.add_parser("open", help="a round of an evaluation's answers")
        opened.add_argument("run_id", metavar="EVALUATION")
        opened.add_argument("--title", required=True)
        opened.add_argument("--against", metavar="EVALUATION", help="which of the two is better")
        opened.add_argument("--criteria", default="")
        opened.add_argument("--size", type=int, default=0, help="so many cases, drawn; else all")
        opened.add_argument("--seed", type=int)
        opened.add_argument("--rater", action="append", default=[], metavar="NAME")
        for name, told in (
            ("show", "a round"),
            ("sheet", "what waits for me"),
            ("close", "count what was said"),
        ):
            verbs.add_parser(name, help=told).add_argument("round_id", metavar="ROUND")
        given = verbs.add_parser("give", help="1 to 5; of two first, second or tie")
        given.add_argument("item_id", metavar="ITEM")
        given.add_argument("value")
        given.add_argument("--note", default="")
        held = verbs.add_parser("calibrate", help="hold a judge against the people of a closed round")
        held.add_argument("slug")
        held.add_argument("round_id", metavar="ROUND", nargs="?")
        held.add_argument(
            "--labels", type=Path, metavar="FILE", help="what people said elsewhere, JSON lines"
        )
        held.add_argument("--here", action="store_true", help="in this process instead of a worker's")
        for own in verbs.choices.values():
            super().add_arguments(own)

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        data = getattr(self, "_" + options["verb"])(actor, options)
        if not self.emit(data, options):
            self.table((_("name"), _("value")), list(data.items()))

    def _judges(self, actor: Actor, _options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            return {"judges": [presenting.judge(one) for one in selectors.judges_visible_to(actor)]}

    def _judge(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        named = {name: options[name] for name in ("slug", "title", "engine", "adapter", "criteria", "bound")}
        made = judges.create_judge(actor=actor, **named)
        with tenancy.scope(actor.organisation_id):
            return presenting.judge(made)

    def _rounds(self, actor: Actor, _options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            return {"rounds": [presenting.round_(one) for one in selectors.rounds_visible_to(actor)]}

    def _open(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            run = visible(actor, "evaluation", options["run_id"])
            other = visible(actor, "evaluation", options["against"]) if options["against"] else None
        made = rounds.open_round(
            actor=actor,
            title=options["title"],
            run=run,
            other=other,
            criteria=options["criteria"],
            size=options["size"],
            seed=options["seed"],
        )
        if options["rater"]:
            rounds.assign(actor=actor, round_=made, usernames=options["rater"])
        return self._shown(actor, made.pk)

    def _show(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        return self._shown(actor, options["round_id"])

    def _shown(self, actor: Actor, round_id: object) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            return presenting.round_(visible(actor, "rating_round", round_id))

    def _sheet(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "rating_round", options["round_id"], permission=RATE)
            return presenting.sheet(sheet(actor=actor, round_=found))

    def _give(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            item = visible(actor, "rating_item", options["item_id"], permission=RATE)
        given = options["value"]
        value: object = int(given) if given.isascii() and given.isdigit() and len(given) < 3 else given
        rounds.rate(actor=actor, item=item, value=value, note=options["note"])
        with tenancy.scope(actor.organisation_id):
            return presenting.sheet(sheet(actor=actor, round_=item.round))

    def _close(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            found = visible(actor, "rating_round", options["round_id"])
        rounds.close_round(actor=actor, round_=found)
        return self._shown(actor, found.pk)

    def _held(self, actor: Actor, judge: Judge, options: Mapping[str, Any]) -> Calibration:
        file = options["labels"]
        if bool(file) == bool(options["round_id"]):
            raise InvalidInput(fields={"labels": _("name a round or a file of labels")})
        if file is None:
            with tenancy.scope(actor.organisation_id):
                round_ = visible(actor, "rating_round", options["round_id"])
            return calibrating.calibrate(actor=actor, judge=judge, round_=round_)
        if not file.is_file():
            raise InvalidInput(_("There is no such file."), code="file_missing", fields={"file": str(file)})
        return calibrating.calibrate_by_file(actor=actor, judge=judge, content=file.read_bytes())

    def _calibrate(self, actor: Actor, options: Mapping[str, Any]) -> dict[str, Any]:
        with tenancy.scope(actor.organisation_id):
            judge = visible(actor, "judge", options["slug"])
        made = self._held(actor, judge, options)
        if options["here"] and made.job:
            run_here(self, made.job)
        with tenancy.scope(actor.organisation_id):
            made.refresh_from_db()
            return presenting.calibration(made)
