"""Trying one question: what every stage of its retrieval did.

A web process never loads an encoder, so what a page or the API tries is done by the worker that answers
questions: a row, a message with two ids, and the row again. A command tries in its own process (`look`).
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from sunmao.audit import services as audit
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import EmptyInput, SunmaoError, TooLong, Unavailable
from sunmao.core.streams import BrokerUnavailable
from sunmao.core.texts import sound
from sunmao.jobs.services import InternalError, in_every_language
from sunmao.knowledge import by_picture, retrieval
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.trials.lines import LONGEST
from sunmao.knowledge.trials.models import Trial, TrialState

log = structlog.get_logger(__name__)

READ = "trials.case.read"
FOUND = 10
PLACES = 100
"""Candidates of each stage that are kept: where an expected passage was lost is told by its place."""
PICK_UP_SECONDS = 15
KEPT = timedelta(days=30)


class NoWorker(Unavailable):
    code = "no_worker"
    default_message = _("No worker picked the question up. Ask the operator to start the workers.")


class TrialFailed(SunmaoError):
    """An error that happened in a worker, told again to whoever waited."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        self.status = int(error["status"])  # type: ignore[misc]
        language = get_language() or settings.LANGUAGE_CODE
        super().__init__(error["texts"].get(language, ""), code=error["code"])


def look(*, actor: Actor, question: str, bases: Sequence[BaseVersion], limit: int = FOUND) -> dict[str, Any]:
    """Retrieve, and tell what each stage did, in ids and numbers only. Inside the actor's tenancy scope."""
    for pin in bases:
        actor.require(READ, base=pin.base.slug)
    began = time.perf_counter()
    found = retrieval.retrieve(actor=actor, question=question, bases=bases, limit=limit, trace=True)
    spent = (time.perf_counter() - began) * 1000
    assert found.trace is not None  # noqa: S101  it was asked for
    return {
        "language": language_of(question),
        "accepted": found.judgement.accepted,
        "relevance": found.judgement.relevance,
        "reason": found.judgement.reason,
        "missing_reference": found.missing_reference,
        "milliseconds": round(spent, 3),
        "stages": found.trace.as_json(limit=PLACES),
        "hits": [_hit(hit) for hit in found.hits],
        "idf": {token: round(value, 4) for token, value in found.idf.items()},
    }


def look_at(
    *, actor: Actor, picture: bytes, bases: Sequence[BaseVersion], limit: int = FOUND
) -> dict[str, Any]:
    """The same for a picture, outside a transaction. Nothing is judged. `read` is what is written in it."""
    for pin in bases:
        actor.require(READ, base=pin.base.slug)
    began = time.perf_counter()
    organisation, slugs = actor.organisation_id, [pin.base.slug for pin in bases]
    shown = by_picture.shown(organisation_id=organisation, data=picture, bases=slugs)
    with tenancy.scope(organisation):
        found = by_picture.retrieve(actor=actor, picture=shown, bases=bases, limit=limit, trace=True)
    spent = (time.perf_counter() - began) * 1000
    assert found.trace is not None  # noqa: S101  it was asked for
    return {
        "by_picture": True,
        "read": shown.words,
        "language": language_of(shown.words),
        "milliseconds": round(spent, 3),
        "stages": found.trace.as_json(limit=PLACES),
        "hits": [_hit(hit) for hit in found.hits],
    }


def _hit(hit: retrieval.Hit) -> dict[str, Any]:
    return {
        "passage_id": str(hit.passage.pk),
        "score": None if hit.by_reference else round(hit.score, 5),
        "lexical": round(hit.lexical, 5),
        "share": round(hit.share, 5),
        "dense": None if hit.dense is None else round(hit.dense, 5),
        "seen": None if hit.seen is None else round(hit.seen, 5),
        "by_reference": hit.by_reference,
    }


@transaction.atomic
def ask(
    *, actor: Actor, question: str = "", bases: Sequence[BaseVersion], picture: bytes | None = None
) -> Trial:
    """Have a worker try it, a question in words or a picture. Only the versions of bases that the actor may
    test are taken."""
    actor.require(READ)
    for pin in bases:
        actor.require(READ, base=pin.base.slug)
    asked = checked(question) if picture is None else ""
    kept = None if picture is None else base64.b64encode(by_picture.checked(picture)).decode()
    with tenancy.scope(actor.organisation_id):
        person = persons.key_of(actor.subject)
        Trial.objects.filter(person_key=person, created_at__lt=now() - KEPT).delete()
        made = Trial.objects.create(
            person_key=person,
            question=asked,
            picture=kept,
            pins={pin.base.slug: pin.version for pin in bases},
        )
        audit.record(actor=actor, verb="trial.asked", subject=made, bases=made.pins)
    arguments = (str(actor.organisation_id), str(made.pk))
    transaction.on_commit(lambda: _send(arguments))
    return made


def checked(question: str) -> str:
    asked = " ".join(sound(question).split())
    if not asked:
        raise EmptyInput(fields={"question": _("is empty")})
    if len(asked) > LONGEST:
        raise TooLong(fields={"question": _("is too long")})
    return asked


def _send(arguments: tuple[str, str]) -> None:
    try:
        current_app.send_task("knowledge.try", args=arguments, queue="default", retry=False)
    except (OperationalError, OSError) as error:
        away = BrokerUnavailable()
        _end(*(uuid.UUID(one) for one in arguments), error=away)
        raise away from error


def work(*, organisation_id: uuid.UUID, trial_id: uuid.UUID, worker: Actor) -> None:
    """What the worker does. A message that comes twice finds nothing to do."""
    with tenancy.scope(organisation_id):
        trial = Trial.objects.filter(pk=trial_id, state=TrialState.WAITING).first()
        if trial is None:
            return
        pins = _pins(trial)
    try:
        result = _tried(worker, trial, pins)
    except SunmaoError as error:
        _end(organisation_id, trial_id, error=error)
    except Exception:  # noqa: BLE001  whoever waits must be told, whatever it was
        log.exception("trial_failed", trial=str(trial_id))
        _end(organisation_id, trial_id, error=InternalError())
    else:
        _end(organisation_id, trial_id, result=result)
    streams.publish(str(trial_id), "done", {})


def _tried(worker: Actor, trial: Trial, pins: Sequence[BaseVersion]) -> dict[str, Any]:
    if trial.picture is not None:
        return look_at(actor=worker, picture=base64.b64decode(str(trial.picture)), bases=pins)
    with tenancy.scope(trial.organisation_id):
        return look(actor=worker, question=str(trial.question), bases=pins)


def _pins(trial: Trial) -> list[BaseVersion]:
    """Who asked was allowed to; the worker reads what they chose."""
    bases = KnowledgeBase.objects.filter(slug__in=list(trial.pins))
    return [BaseVersion(base, trial.pins[base.slug]) for base in bases]


def _end(
    organisation_id: uuid.UUID,
    trial_id: uuid.UUID,
    *,
    result: dict[str, Any] | None = None,
    error: SunmaoError | None = None,
) -> None:
    with tenancy.scope(organisation_id):
        trial = Trial.objects.select_for_update().filter(pk=trial_id, state=TrialState.WAITING).first()
        if trial is None:
            return
        trial.state = TrialState.FAILED if error else TrialState.DONE
        trial.error, trial.result, trial.picture = _told(error) if error else {}, result or {}, None
        trial.save(update_fields=["state", "error", "result", "picture"])


def _told(error: SunmaoError) -> dict[str, Any]:
    return {"code": error.code, "status": error.status, "texts": in_every_language(error.message)}


def wait(*, trial: Trial, seconds: float = PICK_UP_SECONDS) -> Trial:
    """Until it was tried. Holds no database connection while it waits; `NoWorker` when nobody began."""
    waited, after = 0.0, streams.BEGINNING
    while _waiting(trial):
        if waited >= seconds:
            raise NoWorker
        step = min(2.0, seconds - waited)
        tenancy.give_back()
        next(iter(streams.listen(str(trial.pk), seconds=step, after=after)), None)
        waited += step
    if trial.state == TrialState.FAILED:
        raise TrialFailed(trial.error)
    return trial


def glanced(*, trial: Trial, seconds: float) -> Trial:
    """After a moment at most, whether it was tried or not; for a page that asks again by itself."""
    try:
        wait(trial=trial, seconds=seconds)
    except SunmaoError:
        trial.refresh_from_db()
    return trial


def _waiting(trial: Trial) -> bool:
    with tenancy.scope(trial.organisation_id):
        trial.refresh_from_db()
    return trial.state == TrialState.WAITING


__all__ = [
    "FOUND", "READ", "NoWorker", "TrialFailed", "ask", "checked", "glanced", "look", "look_at", "wait",
    "work",
]  # fmt: skip
