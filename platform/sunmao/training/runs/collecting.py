"""Examples that models make: preferences of judges (RLAIF: Lee et al., 2023), and traces of a stronger engine
(distillation: Hsieh et al., 2023).

Nothing of it is learnt by itself. Rows go into the draft of a data set, marked with where they come from and
waiting for a person, like every other.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.core.ids import reference
from sunmao.inference.engine import ChatMessage, GenerationRequest, Token, events_of
from sunmao.inference.registry import DEFAULT, ENGINES, engine
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.models import DataSet, Origin, Row, Version, VersionState
from sunmao.training.datasets.selectors import examples
from sunmao.training.runs.errors import TrainingConflict
from sunmao.training.runs.judging import Judge, judge_of
from sunmao.training.runs.models import Collection, Source
from sunmao.training.runs.selectors import START

KIND = "training.collect"
SECONDS, TOKENS, MOST_JUDGES = 120.0, 800, 5
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
    """Queue a collection. `questions` is an approved version of questions; with an odd number of `judges` the
    majority decides."""
    actor.require(START)
    _check(source, questions, dataset, engine_name, judges, temperature)
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
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
    if source == Source.JUDGES and (not judges or len(judges) % 2 == 0 or len(judges) > MOST_JUDGES):
        raise InvalidInput(fields={"judges": _("must be one, three or five")})
    if not 0.0 <= temperature <= 2.0:
        raise InvalidInput(fields={"temperature": _("is outside its bounds")})


def work(lease: Lease) -> dict[str, Any]:
    """The job's subject is the collection."""
    with tenancy.scope(lease.organisation_id):
        asked = Collection.objects.select_related("questions__dataset", "dataset").get(
            pk=reference(lease.subject_id)
        )
        questions = [(one.id, one.data) for one in examples(asked.questions, Part.TRAIN)]
    made: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    judges = [judge_of(name, organisation_id=lease.organisation_id) for name in asked.settings["judges"]]
    for place, (key, data) in enumerate(questions, 1):
        one = _preferred(asked, data, judges) if judges else _traced(asked, data)
        if one is not None:
            made.append((one[0], {"question": str(key), "engine": asked.settings["engine"], **one[1]}))
        lease.progress(place, len(questions))
    figures = {"questions": len(questions), "examples": len(made), "left_out": len(questions) - len(made)}
    origin = Origin.JUDGE if judges else Origin.TRACE
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        version = _put(asked.dataset, made, origin)
        Collection.objects.filter(pk=asked.pk).update(
            figures={**figures, "version": version.number}, finished_at=Now()
        )
        verb = "training.preferences_collected" if judges else "training.traces_collected"
        audit.record(
            actor=lease.worker,
            verb=verb,
            subject=asked,
            dataset=asked.dataset.slug,
            questions=len(questions),
            examples=len(made),
        )
        lease.succeed(figures)
    return figures


Made = tuple[Mapping[str, Any], Mapping[str, Any]]
"""(the example, where it comes from)."""


def _preferred(asked: Collection, data: Mapping[str, Any], judges: Sequence[Judge]) -> Made | None:
    """Two answers, and which of them most judges prefer; None where they cannot tell."""
    first, second = (_written(asked, data["prompt"], place) for place in (0, 1))
    if not first or not second or first == second:
        return None
    votes = [vote for judge in judges for vote in _votes(judge, data["prompt"], first, second)]
    for_a, for_b = (sum(winner == one for winner, _reason in votes) for one in ("a", "b"))
    if for_a == for_b:
        return None
    chosen, rejected = (first, second) if for_a > for_b else (second, first)
    reasons = [reason for _winner, reason in votes if reason]
    return (
        {"prompt": data["prompt"], "chosen": chosen, "rejected": rejected},
        {"votes": [for_a, for_b], "reasons": reasons[:3]},
    )


def _votes(judge: Judge, prompt: Turns, first: str, second: str) -> Iterator[tuple[str, str]]:
    """Asked in both orders: a judge that prefers a place rather than an answer does not count."""
    one, other = judge.compare(prompt, first, second), judge.compare(prompt, second, first)
    turned = {"a": "b", "b": "a", "": ""}[other.winner]
    if one.winner and one.winner == turned:
        yield one.winner, one.reason


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


def _put(dataset: DataSet, made: Sequence[Made], origin: Origin) -> Version:
    """Into the set's draft; what it has already is not put there twice."""
    dataset = DataSet.objects.select_for_update().get(pk=dataset.pk)
    newest = dataset.versions.aggregate(number=Max("number"))["number"] or 0
    draft = dataset.versions.filter(number=newest, state=VersionState.DRAFT).first()
    if draft is None:
        draft = Version.objects.create(dataset=dataset, number=newest + 1)
    known = set(dataset.rows.filter(died__isnull=True).values_list("digest", flat=True))
    rows = {
        digest: Row(
            dataset=dataset, data=dict(data), digest=digest, group=_group(source), origin=origin,
            source=dict(source), born=draft.number,
        )
        for data, source in made
        if (digest := _digest(data)) not in known
    }  # fmt: skip
    Row.objects.bulk_create(rows.values(), batch_size=500)
    return draft


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _group(source: Mapping[str, Any]) -> str:
    """All that was made of one question stays together when the set is split."""
    return f"question:{UUID(str(source['question'])).hex}"


__all__ = ["KIND", "collect", "work"]
