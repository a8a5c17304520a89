"""Limits on what the serving release does to people: when one trips, the release before it serves again.

A tripwire is `{"unanswered": {"at_most": 0.3, "answers": 50, "hours": 24}}`: at most this share of at least
so many answers of the last so many hours, since the release began to serve. The lower end of the rate's
interval must be above the limit, so that a few bad answers in a row trip nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import InvalidInput, Message, SunmaoError
from sunmao.core.vertical import find_task
from sunmao.evaluation.live.figures import RATES, live, rate, wilson
from sunmao.releases.models import Release, ReleaseState, Rules, Shift, ShiftKind, Split, SplitMode
from sunmao.releases.promoting import restore
from sunmao.releases.selectors import rules_of
from sunmao.releases.splitting import end_split

log = structlog.get_logger(__name__)

RULES = "releases.rules.edit"
WATCHED = ("unanswered", "withheld", "disliked")
PARTS: Mapping[str, tuple[float, float]] = {"at_most": (0, 1), "answers": (1, 100_000), "hours": (0.1, 720)}


@transaction.atomic
def change_rules(
    *,
    actor: Actor,
    task_name: str,
    four_eyes: bool | None = None,
    tripwires: Mapping[str, Any] | None = None,
) -> Rules:
    """What is None stays."""
    actor.require(RULES)
    vertical, task = find_task(task_name)
    wires = _checked(tripwires) if tripwires is not None else None
    with tenancy.scope(actor.organisation_id):
        rules = rules_of(vertical=vertical.slug, task=task.name)
        before = {"four_eyes": rules.four_eyes, "tripwires": rules.tripwires}
        rules.four_eyes = rules.four_eyes if four_eyes is None else four_eyes
        rules.tripwires = rules.tripwires if wires is None else wires
        rules.save()
        audit.record(
            actor=actor,
            verb="release_rules.changed",
            subject=rules,
            task=f"{vertical.slug}.{task.name}",
            before=before,
            after={"four_eyes": rules.four_eyes, "tripwires": rules.tripwires},
        )
    return rules


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Message] = {}
    for name, wire in given.items():
        if name not in WATCHED or not isinstance(wire, Mapping) or set(wire) != set(PARTS):
            wrong[f"tripwires.{name}"] = _("must be at_most, answers and hours of a rate that is watched")
            continue
        for part, (least, most) in PARTS.items():
            value = wire[part]
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
                wrong[f"tripwires.{name}.{part}"] = _("is out of range")
    if wrong:
        raise InvalidInput(fields=wrong)
    return {name: dict(wire) for name, wire in given.items()}


def watch() -> int:
    """Look at every task that has tripwires; how many tripped. Run by the clock."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        watched = list(Rules.objects.exclude(tripwires={}).values_list("organisation_id", "vertical", "task"))
    tripped = 0
    for organisation_id, vertical, task in watched:
        worker = Actor(
            kind="system", id=None, organisation_id=organisation_id, name="tripwire", language="zh-hans"
        )
        try:
            tripped += look(actor=worker, vertical=vertical, task=task)
        except SunmaoError as error:
            log.warning("tripwire_failed", task=f"{vertical}.{task}", code=error.code)
    return tripped


def look(*, actor: Actor, vertical: str, task: str) -> int:
    """Whether a release of this task was taken back: the one that serves, or the one that is being tried."""
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        wires = rules_of(vertical=vertical, task=task).tripwires
        taken = 0
        for split in Split.objects.filter(vertical=vertical, task=task, ended_at__isnull=True).exclude(
            mode=SplitMode.SHADOW
        ):
            for said in _tripped(wires, split.release_id, split.created_at):
                end_split(actor=actor, split=split, reason=said)
                taken += 1
                break
        serving = Release.objects.filter(vertical=vertical, task=task, state=ReleaseState.SERVING).first()
        came = Shift.objects.filter(release=serving).first() if serving else None
        if serving and came and came.kind == ShiftKind.PROMOTED and came.before_id:
            for said in _tripped(wires, serving.pk, came.created_at):
                restore(
                    actor=actor,
                    task=(vertical, task),
                    to=came.before,
                    reason=said,
                    kind=ShiftKind.TRIPPED,
                )
                taken += 1
                break
    return taken


def _tripped(wires: Mapping[str, Any], release_id: Any, began: datetime) -> Iterator[str]:
    for name, wire in wires.items():
        found = live(release_id=release_id, since=max(began, now() - timedelta(hours=wire["hours"])))
        share, bounds = rate(found.counts[name], found.answers), wilson(found.counts[name], found.answers)
        if found.answers >= wire["answers"] and bounds and bounds[0] > wire["at_most"]:
            yield f"{name} {share} > {wire['at_most']} ({found.counts[name]}/{found.answers})"


assert set(WATCHED) <= set(RATES)  # noqa: S101
__all__ = ["RULES", "WATCHED", "change_rules", "look", "watch"]
