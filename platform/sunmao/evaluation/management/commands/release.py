"""`release VERB`: compose, judge, approve, promote, split, watch and roll back, from the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from sunmao.accounts.command import actor_from
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.core.vertical import find_task
from sunmao.evaluation.gates import archive, judging, promoting
from sunmao.evaluation.live import tripwires
from sunmao.evaluation.live.readout import readout
from sunmao.jobs.here import run_here
from sunmao.releases import comparing, composing, presenting, selectors, splitting
from sunmao.releases.judging import decide
from sunmao.releases.models import Release, SplitMode
from sunmao.releases.promoting import roll_back

WHICH = "id, or VERTICAL.TASK@NUMBER"


class Command(StackCommand):
    help = "Compose releases, have them judged, promote them and roll back"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listed = verbs.add_parser("list", help="the releases of a task, or of all")
        listed.add_argument("--task", metavar="VERTICAL.TASK")
        for name, told in (
            ("show", "its pins, its gate, who approved, why it may not serve"),
            ("judge", "have the gate judge it"),
            ("promote", "let it serve"),
            ("export", "as one JSON file"),
        ):
            verbs.add_parser(name, help=told).add_argument("release", metavar="RELEASE", help=WHICH)
        verbs.choices["judge"].add_argument("--here", action="store_true", help="in this process")
        verbs.choices["promote"].add_argument("--reason", default="")
        compose = verbs.add_parser("compose", help="a candidate from the release that serves, or another")
        compose.add_argument("task", metavar="VERTICAL.TASK")
        compose.add_argument("--from", dest="parent", metavar="RELEASE")
        compose.add_argument("--engine")
        compose.add_argument("--adapter", help="an adapter version, or `none`")
        compose.add_argument("--prompt", action="append", default=[], metavar="LANGUAGE=NUMBER")
        compose.add_argument("--base", action="append", default=[], metavar="SLUG=VERSION|latest")
        compose.add_argument("--set", action="append", default=[], metavar="NAME=NUMBER", dest="numbers")
        compose.add_argument("--note", default="")
        for name in ("approve", "reject"):
            word = verbs.add_parser(name, help="a person's word on it")
            word.add_argument("release", metavar="RELEASE")
            word.add_argument("--note", default="")
        back = verbs.add_parser("rollback", help="the release before serves again, at once")
        back.add_argument("task", metavar="VERTICAL.TASK")
        back.add_argument("--to", metavar="RELEASE")
        back.add_argument("--reason", default="")
        compare = verbs.add_parser("compare", help="what changed, in words and in numbers")
        compare.add_argument("old", metavar="OLD")
        compare.add_argument("new", metavar="NEW")
        split = verbs.add_parser("split", help="a second release for a share of the askers, or in the shadow")
        split.add_argument("release", metavar="RELEASE")
        split.add_argument("--mode", choices=SplitMode.values, default=SplitMode.AB)
        split.add_argument("--share", type=int, default=10, help="per cent of the askers")
        ends = verbs.add_parser("end-split", help="everybody meets the release that serves again")
        ends.add_argument("task", metavar="VERTICAL.TASK")
        ends.add_argument("--reason", default="")
        verbs.add_parser("readout", help="how both releases of a split do").add_argument("task")
        brought = verbs.add_parser("import", help="a candidate from an exported file")
        brought.add_argument("file", type=Path)
        rules = verbs.add_parser("rules", help="show or change how releases of a task are handled")
        rules.add_argument("task", metavar="VERTICAL.TASK")
        rules.add_argument("--four-eyes", choices=("on", "off"))
        rules.add_argument("--tripwires", metavar="JSON")
        for own in verbs.choices.values():
            super().add_arguments(own)

    def run(self, **options: Any) -> None:
        actor = actor_from(options)
        getattr(self, "_" + options["verb"].replace("-", "_"))(actor, options)

    def _found(self, actor: Actor, name: str) -> Release:
        with tenancy.scope(actor.organisation_id):
            release: Release = visible(actor, "release", name)
        return release

    def _list(self, actor: Actor, options: dict[str, Any]) -> None:
        with tenancy.scope(actor.organisation_id):
            found = selectors.releases_visible_to(actor)
            if options["task"]:
                vertical, task = find_task(options["task"])
                found = found.filter(vertical=vertical.slug, task=task.name)
            shown = [presenting.brief(one) for one in found]
        if not self.emit({"releases": shown}, options):
            self.table(
                (_("release"), _("state"), _("made from"), _("note")),
                [
                    (f"{one['task']}@{one['number']}", one["state"], one["parent"] or "–", one["note"])
                    for one in shown
                ],
            )

    def _show(self, actor: Actor, options: dict[str, Any]) -> None:
        self._tell(actor, self._found(actor, options["release"]), options)

    def _tell(self, actor: Actor, release: Release, options: dict[str, Any], **more: Any) -> None:
        with tenancy.scope(actor.organisation_id):
            release.refresh_from_db()
            data = {**presenting.whole(release), **more}
        self.facts(data, options)

    def _compose(self, actor: Actor, options: dict[str, Any]) -> None:
        changes: dict[str, Any] = {
            "prompts": {name: int(value) for name, value in _pairs(options["prompt"], digits=True)},
            "bases": dict(_versions(options["base"])),
            "retrieval": {name: _number(value) for name, value in _pairs(options["numbers"])},
        }
        if options["engine"]:
            changes["engine"] = options["engine"]
        if options["adapter"]:
            changes["adapter"] = None if options["adapter"] == "none" else options["adapter"]
        parent = self._found(actor, options["parent"]) if options["parent"] else None
        release = composing.compose(
            actor=actor,
            task_name=options["task"],
            changes=changes,
            parent=parent,
            note=options["note"],
        )
        self._tell(actor, release, options)

    def _judge(self, actor: Actor, options: dict[str, Any]) -> None:
        release = self._found(actor, options["release"])
        job = judging.request(actor=actor, release=release)
        if options["here"]:
            run_here(self, job)
        self._tell(actor, release, options, job=str(job.pk))

    def _approve(self, actor: Actor, options: dict[str, Any]) -> None:
        self._word(actor, options, "approved")

    def _reject(self, actor: Actor, options: dict[str, Any]) -> None:
        self._word(actor, options, "rejected")

    def _word(self, actor: Actor, options: dict[str, Any], verdict: str) -> None:
        release = self._found(actor, options["release"])
        decide(actor=actor, release=release, verdict=verdict, note=options["note"])
        self._tell(actor, release, options)

    def _promote(self, actor: Actor, options: dict[str, Any]) -> None:
        release = self._found(actor, options["release"])
        promoting.promote(actor=actor, release=release, reason=options["reason"])
        self._tell(actor, release, options)

    def _rollback(self, actor: Actor, options: dict[str, Any]) -> None:
        vertical, task = find_task(options["task"])
        to = self._found(actor, options["to"]) if options["to"] else None
        shift = roll_back(actor=actor, task=(vertical.slug, task.name), to=to, reason=options["reason"])
        self._tell(actor, shift.release, options)

    def _compare(self, actor: Actor, options: dict[str, Any]) -> None:
        old, new = (self._found(actor, options[name]) for name in ("old", "new"))
        with tenancy.scope(actor.organisation_id):
            data = comparing.compare(old=old, new=new)
        if not self.emit(data, options):
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))

    def _split(self, actor: Actor, options: dict[str, Any]) -> None:
        release = self._found(actor, options["release"])
        made = promoting.start_split(
            actor=actor, release=release, mode=options["mode"], share=options["share"]
        )
        self.facts(presenting.split(made), options)

    def _end_split(self, actor: Actor, options: dict[str, Any]) -> None:
        split = self._open(actor, options["task"])
        ended = splitting.end_split(actor=actor, split=split, reason=options["reason"])
        with tenancy.scope(actor.organisation_id):
            self.facts(presenting.split(visible(actor, "split", ended.pk)), options)

    def _open(self, actor: Actor, task_name: str) -> Any:
        vertical, task = find_task(task_name)
        actor.require(selectors.READ)
        with tenancy.scope(actor.organisation_id):
            split = selectors.open_split(vertical=vertical.slug, task=task.name)
        if split is None:
            raise NotFound(_("No split is open for this task."), code="unknown_split")
        return split

    def _readout(self, actor: Actor, options: dict[str, Any]) -> None:
        split = self._open(actor, options["task"])
        with tenancy.scope(actor.organisation_id):
            self.facts({**presenting.split(split), "figures": readout(split)}, options)

    def _export(self, actor: Actor, options: dict[str, Any]) -> None:
        data = archive.export(actor=actor, release=self._found(actor, options["release"]))
        if not self.emit(data, options):
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))

    def _import(self, actor: Actor, options: dict[str, Any]) -> None:
        text = options["file"].read_text(encoding="utf-8")
        release, remarks = archive.bring_in(actor=actor, given=text)
        self._tell(actor, release, options, remarks=remarks)

    def _rules(self, actor: Actor, options: dict[str, Any]) -> None:
        vertical, task = find_task(options["task"])
        if options["four_eyes"] or options["tripwires"]:
            tripwires.change_rules(
                actor=actor,
                task_name=options["task"],
                four_eyes=None if not options["four_eyes"] else options["four_eyes"] == "on",
                tripwires=_object(options["tripwires"]) if options["tripwires"] else None,
            )
        actor.require(selectors.READ)
        with tenancy.scope(actor.organisation_id):
            rules = selectors.rules_of(vertical=vertical.slug, task=task.name)
        self.facts({"four_eyes": rules.four_eyes, "tripwires": rules.tripwires}, options)


def _pairs(given: list[str], *, digits: bool = False) -> list[tuple[str, str]]:
    pairs = []
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name or (digits and not value.isdigit()):
            raise InvalidInput(fields={one: _("must be NAME=VALUE")})
        pairs.append((name, value))
    return pairs


def _versions(given: list[str]) -> list[tuple[str, int | str | None]]:
    """`SLUG=` takes a base out."""
    return [(name, int(value) if value.isdigit() else value or None) for name, value in _pairs(given)]


def _number(value: str) -> int | float:
    try:
        return float(value) if "." in value else int(value)
    except ValueError as error:
        raise InvalidInput(fields={value: _("must be a number")}) from error


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidInput(fields={"tripwires": _("must be a JSON object")}) from error
    if not isinstance(data, dict):
        raise InvalidInput(fields={"tripwires": _("must be a JSON object")})
    return data
