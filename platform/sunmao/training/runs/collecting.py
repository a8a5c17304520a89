"""Examples that models make: preferences of judges (RLAIF: Lee et al., 2023), and traces of a stronger engine
(distillation: Hsieh et al., 2023).

Nothing of it is learnt by itself. Rows go into the draft of a data set, marked with where they come from and
waiting for a person, like every other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.inference.engine import ChatMessage, GenerationRequest, Token, events_of
from sunmao.inference.registry import DEFAULT, ENGINES, engine
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.modelhub.serving import served
from sunmao.training.datasets import editing
from sunmao.training.datasets.content import checked, digest_of
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.keeping import NewExample
from sunmao.training.datasets.models import DataSet, Origin, Row, Version, VersionState
from sunmao.training.datasets.selectors import rows_of
from sunmao.training.runs.errors import TrainingConflict
from sunmao.training.runs.judging import Panel, named, panel_of
from sunmao.training.runs.models import Collection, Source
from sunmao.training.runs.selectors import START

KIND = "training.collect"
SECONDS, TOKENS, MOST_JUDGES = 120.0, 800, 3
WANTED = {Source.JUDGES: Kind.PREFERENCE, Source.TRACES: Kind.CHAT}
STEPS = "Think step by step, and say the answer at the end."
Turns = Sequence[Mapping[str, Any]]


def collect(
    *,
    actor: Actor,
    source: str,
    questions: Version,
    dataset: DataSet,
    engine_name: str = DEFAULT,
    adapter: str = "",
    judges: Sequence[str] = (),
    temperature: float = 0.9,
    seed: int = 0,
) -> Collection:
    """Queue a collection. `questions` is an approved version of questions; one of the
    organisation's `judges` decides alone, two or three debate."""
    actor.require(START)
    _check(source, questions, dataset, engine_name, judges, temperature)
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
        named(judges)
        if adapter:
            adapter = served(visible(actor, "adapter_version", adapter).pk).name
        made = Collection.objects.create(
            source=source,
            questions=questions,
            dataset=dataset,
            settings={
                "engine": engine_name, "adapter": adapter, "judges": list(judges), "temperature": temperature,
                "seed": seed,
            },
        )  # fmt: skip
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="training.preferences_requested", subject=made, source=source,
            dataset=dataset.slug, questions=str(questions.pk),
        )  # fmt: skip
    return made


def _check(
    source: str, questions: Version, dataset: DataSet, name: str, judges: Sequence[str], temperature: float
) -> None:
    if source not in Source.values:
        raise InvalidInput(fields={"source": _("must be one of the choices")})
    if name != DEFAULT and name not in ENGINES:
        raise InvalidInput(fields={"engine": _("must be one of the choices")})
    if questions.state != VersionState.APPROVED:
        raise TrainingConflict(code="dataset_not_approved", fields={"version": str(questions)})
    if questions.dataset.kind != Kind.PROMPTS or dataset.kind != WANTED[Source(source)]:
        raise TrainingConflict(code="dataset_wrong_kind", fields={"dataset": dataset.slug})
    if source == Source.JUDGES and not 1 <= len(set(judges)) == len(judges) <= MOST_JUDGES:
        raise InvalidInput(fields={"judges": _("must be one, two or three different ones")})
    if not 0.0 <= temperature <= 2.0:
        raise InvalidInput(fields={"temperature": _("is outside its bounds")})


def work(lease: Lease) -> dict[str, Any]:
    """The job's subject is the collection."""
    with tenancy.scope(lease.organisation_id):
        asked = Collection.objects.select_related("questions__dataset", "dataset").get(
            pk=reference(lease.subject_id)
        )
        questions = list(rows_of(asked.questions).filter(part=Part.TRAIN))
    names = asked.settings["judges"]
    panel = panel_of(names, organisation_id=lease.organisation_id) if names else None
    origin, kind = (Origin.JUDGE, Kind.PREFERENCE) if panel else (Origin.TRACE, Kind.CHAT)
    made: list[NewExample] = []
    for place, row in enumerate(questions, 1):
        one = _preferred(asked, row.data, panel) if panel else _traced(asked, row.data)
        if one is not None and isinstance(checked(kind, one[0]), dict):
            source = {"question": str(row.pk), "engine": asked.settings["engine"], **one[1]}
            made.append(
                NewExample(
                    data=one[0], origin=origin, group=f"question:{row.line.hex}", source=source,
                    person_key=row.person_key,
                )
            )  # fmt: skip
        lease.progress(place, len(questions))
    with tenancy.scope(lease.organisation_id), transaction.atomic():
        lease.confirm()
        made = _still_there(made)
        figures = {"questions": len(questions), "examples": len(made), "left_out": len(questions) - len(made)}
        figures["version"] = _put(lease, asked.dataset, made)
        Collection.objects.filter(pk=asked.pk).update(figures=figures, finished_at=Now())
        audit.record(
            actor=lease.worker,
            verb="training.preferences_collected" if panel else "training.traces_collected",
            subject=asked,
            dataset=asked.dataset.slug,
            questions=len(questions),
            examples=len(made),
        )
        lease.succeed(figures)
    return figures


def _still_there(made: Sequence[NewExample]) -> list[NewExample]:
    """Whoever was erased, or took a consent back, while a model was writing took the question along."""
    asked = [one.source["question"] for one in made]
    there = {str(pk) for pk in Row.objects.filter(pk__in=asked).values_list("pk", flat=True)}
    return [one for one in made if one.source["question"] in there]


Made = tuple[Mapping[str, Any], Mapping[str, Any]]
"""(the example, where it comes from)."""


def _preferred(asked: Collection, data: Mapping[str, Any], panel: Panel) -> Made | None:
    """Two answers, and which of them the judges prefer; None where they cannot tell."""
    first, second = (_written(asked, data["prompt"], place) for place in (0, 1))
    if not first or not second or first == second:
        return None
    choice, said = panel.prefer(data["prompt"], first, second)
    if choice == "tie":
        return None
    chosen, rejected = (first, second) if choice == "first" else (second, first)
    told = {"judges": asked.settings["judges"], "unconfirmed": list(panel.unconfirmed), **said}
    return {"prompt": data["prompt"], "chosen": chosen, "rejected": rejected}, told


def _traced(asked: Collection, data: Mapping[str, Any]) -> Made | None:
    """The reasoning of a stronger engine; where the right answer is known, only what arrives at it."""
    turns = [*({"role": "system", "content": STEPS},), *data["prompt"]]
    text = _written(asked, turns, 0)
    right = data.get("answer")
    if not text or (right is not None and _plain(right) not in _plain(text)):
        return None
    return {"messages": [*data["prompt"], {"role": "assistant", "content": text}]}, {"checked": bool(right)}


def _plain(text: object) -> str:
    return "".join(str(text).split()).casefold()


def _written(asked: Collection, turns: Turns, place: int) -> str:
    given = asked.settings
    messages = tuple(ChatMessage(role=one["role"], content=str(one["content"])) for one in turns)
    request = GenerationRequest(
        prompt=messages[-1].content,
        question=messages[-1].content,
        language="zh",
        passages=(),
        messages=messages,
        temperature=float(given["temperature"]),
        seed=int(given["seed"]) + place,
        max_tokens=TOKENS,
        adapter=given["adapter"],
        deadline=time.monotonic() + SECONDS,
    )
    said = events_of(engine(given["engine"]), request)
    return "".join(one.text for one in said if isinstance(one, Token)).strip()


def _put(lease: Lease, dataset: DataSet, made: Sequence[NewExample]) -> int:
    """Into the set's draft; what it has already is not put there twice. Gives the draft's number."""
    dataset = DataSet.objects.select_for_update().get(pk=dataset.pk)
    known = set(dataset.rows.filter(died__isnull=True).values_list("digest", flat=True))
    fresh = {digest: one for one in made if (digest := digest_of(one.data)) not in known}
    if fresh:
        editing.add_new(actor=lease.worker, dataset=dataset, examples=list(fresh.values()))
    newest = dataset.versions.first()
    return newest.number if newest else 0


__all__ = ["KIND", "MOST_JUDGES", "collect", "work"]
