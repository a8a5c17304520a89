"""Reading trainings."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import parse_id
from sunmao.evaluation.judging.models import Mode, Round, RoundState
from sunmao.jobs.turns import mark_positions
from sunmao.training.datasets.models import Version, VersionState
from sunmao.training.datasets.selectors import versions_named
from sunmao.training.runs.errors import UnknownTraining
from sunmao.training.runs.models import Collection, Export, Figure, State, Sweep, Training

READ, START, CANCEL = "training.run.read", "training.run.start", "training.run.cancel"
MOST_POINTS = 400


def trainings_visible_to(actor: Actor) -> QuerySet[Training]:
    return Training.objects.filter(organisation_id=actor.organisation_id).select_related(
        "base", "version__dataset", "general__dataset", "job", "adapter_version", "made_base", "sweep"
    )


def resolve_training(*, actor: Actor, reference: object, permission: str = READ) -> Training:
    actor.require(permission)
    key = parse_id(reference)
    found = trainings_visible_to(actor).filter(pk=key).first() if key else None
    if found is None:
        raise UnknownTraining(fields={"training": str(reference)})
    return found


def sweeps_visible_to(actor: Actor) -> QuerySet[Sweep]:
    rows = Training.objects.select_related("base", "version__dataset", "job").order_by("created_at", "id")
    found = Sweep.objects.filter(organisation_id=actor.organisation_id)
    return found.prefetch_related(Prefetch("trainings", rows))


def resolve_sweep(*, actor: Actor, reference: object, permission: str = READ) -> Sweep:
    actor.require(permission)
    key = parse_id(reference)
    found = sweeps_visible_to(actor).filter(pk=key).first() if key else None
    if found is None:
        raise UnknownTraining(fields={"sweep": str(reference)})
    return found


def resolve_export(*, actor: Actor, reference: object, permission: str = READ) -> Export:
    actor.require(permission)
    key = parse_id(reference)
    own = Export.objects.filter(organisation_id=actor.organisation_id).select_related("training", "job")
    found = own.filter(pk=key).first() if key else None
    if found is None:
        raise UnknownTraining(fields={"export": str(reference)})
    return found


def collections_visible_to(actor: Actor) -> QuerySet[Collection]:
    actor.require(READ)
    found = Collection.objects.filter(organisation_id=actor.organisation_id)
    return found.select_related("questions__dataset", "dataset", "job")


def resolve_collection(*, actor: Actor, reference: object) -> Collection:
    key = parse_id(reference)
    found = collections_visible_to(actor).filter(pk=key).first() if key else None
    if found is None:
        raise UnknownTraining(fields={"collection": str(reference)})
    return found


def resolve_version(*, actor: Actor, reference: object) -> Version:
    """A version of a data set: by id, as `set@3`, or a set's name for its newest approved one. Of a set
    without an approved one its newest, which the start refuses with the reason."""
    known = Version.objects.filter(organisation_id=actor.organisation_id).select_related("dataset")
    key, text = parse_id(reference), str(reference)
    found = known.filter(pk=key) if key else versions_named(known, text)
    version = found.filter(state=VersionState.APPROVED).first() or found.first()
    if version is None:
        raise NotFound(code="unknown_dataset_version", fields={"version": text})
    return version


def with_position(training: Training) -> Training:
    """Its place in the queue, in the organisation's scope."""
    if training.job is not None:
        mark_positions([training.job])
    return training


def series_of(training: Training) -> list[Figure]:
    """The rows of a training in their order, evenly thinned where there are very many."""
    found: list[Figure] = []
    for part in ("train", "validation"):
        rows = list(training.series.filter(part=part).order_by("step"))
        apart = max(1, len(rows) // MOST_POINTS)
        found += [row for place, row in enumerate(rows) if place % apart == 0 or place == len(rows) - 1]
    return found


def table_of(training: Training) -> list[dict[str, Any]]:
    """Before and after, one row for each measure that both have, human scores among them."""
    rows = []
    people = human_scores(training)
    before, after = dict(training.before), dict(training.after)
    for told, when in ((before, "before"), (after, "after")):
        if when in people:
            told["human_score"] = people[when]
    for name in [*before, *(name for name in after if name not in before)]:
        one, other = before.get(name), after.get(name)
        if isinstance(one, str) or isinstance(other, str):
            continue
        change = round((other - one) / abs(one), 6) if one and other is not None else None
        rows.append({"measure": name, "before": one, "after": other, "change": change})
    return rows


def human_scores(training: Training) -> dict[str, float]:
    """`before` and `after`: the mean grade of the newest closed rounds in which people rated answers of the
    adapter, and answers to the same suite without one; where there are none, what somebody typed in."""
    found = {when: float(value) for when, value in training.human.items() if value is not None}
    if training.adapter_version_id is None:
        return found
    rated = Round.objects.filter(
        mode=Mode.SCORE, state=RoundState.CLOSED, figures__mean__isnull=False
    ).select_related("run")
    after = rated.filter(run__release__adapter=training.adapter_version_id).order_by("-closed_at").first()
    if after is None:
        return found
    same = rated.filter(run__suite=after.run.suite_id, run__version=after.run.version)
    before = same.filter(run__release__adapter=None).order_by("-closed_at").first()
    return {
        **found,
        **({"before": float(before.figures["mean"])} if before else {}),
        "after": float(after.figures["mean"]),
    }


def best_of(sweep: Sweep) -> Training | None:
    """The training of a search whose best figure is the best; all measure the same."""
    done = [one for one in sweep.trainings.all() if one.state == State.DONE and one.best is not None]
    higher = bool(done) and done[0].metric in ("reward", "preference_accuracy")
    chooses = max if higher else min
    return chooses(done, key=lambda one: one.best or 0.0) if done else None


__all__ = [
    "CANCEL", "READ", "START", "best_of", "collections_visible_to", "resolve_collection", "resolve_export",
    "resolve_sweep", "resolve_training", "resolve_version", "series_of", "sweeps_visible_to", "table_of",
    "trainings_visible_to", "with_position",
]  # fmt: skip
