"""On the page of a data set: examples that models make for its draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sunmao.core.actor import Actor
from sunmao.evaluation.judging.selectors import judges_visible_to
from sunmao.evaluation.selectors import READ as SEE_JUDGES
from sunmao.inference.registry import DEFAULT
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.models import DataSet, Version, VersionState
from sunmao.training.runs import collecting
from sunmao.training.runs.models import Source
from sunmao.training.runs.selectors import READ, START, collections_visible_to, resolve_version

SOURCES = {Kind.PREFERENCE: Source.JUDGES, Kind.CHAT: Source.TRACES}
JUDGES = ("first_judge", "second_judge", "third_judge")
SHOWN = 5


def start(*, actor: Actor, dataset: DataSet, given: Mapping[str, str]) -> None:
    collecting.collect(
        actor=actor,
        source=SOURCES[Kind(dataset.kind)],
        questions=resolve_version(actor=actor, reference=given.get("questions", "")),
        dataset=dataset,
        engine_name=given.get("engine") or DEFAULT,
        judges=[given[name] for name in JUDGES if given.get(name)],
    )


def shown(actor: Actor, dataset: DataSet) -> dict[str, Any]:
    """What can be started, and what was."""
    source = SOURCES.get(Kind(dataset.kind))
    if source is None or not actor.can(READ):
        return {}
    made = collections_visible_to(actor).filter(dataset=dataset)[:SHOWN]
    return {
        "collections": [_shown(one) for one in made],
        **(_form(actor, source) if actor.can(START) else {}),
    }


def _form(actor: Actor, source: Source) -> dict[str, Any]:
    asked = Version.objects.filter(
        organisation_id=actor.organisation_id, state=VersionState.APPROVED, dataset__kind=Kind.PROMPTS
    ).select_related("dataset")
    judged = source == Source.JUDGES and actor.can(SEE_JUDGES)
    return {
        "collect": source.value,
        "questions": list(asked[:50]),
        "judges": list(judges_visible_to(actor)[:50]) if judged else [],
        "judge_fields": JUDGES if source == Source.JUDGES else (),
    }


def _shown(one: Any) -> dict[str, Any]:
    return {
        "title": Source(one.source).label,
        "state": one.job.get_state_display() if one.job else "",
        "error": one.job.error_text if one.job else "",
        "figures": one.figures,
        "at": one.created_at,
    }


__all__ = ["shown", "start"]
