"""Answering as a given release would, without anybody having asked: nothing is stored, nobody is told.

The steps are those of an answer, so that what is measured is what people will meet. Left out are the intent
and the record, which are for answers that were given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.answering import guarding, steps
from sunmao.answering.counting import tokens_in
from sunmao.answering.inputs import checked
from sunmao.answering.models import Conversation, Exchange
from sunmao.answering.run import Run
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, SunmaoError
from sunmao.core.findings import Finding
from sunmao.core.ids import new_id
from sunmao.core.vertical import find_task, resolve
from sunmao.guards.inbound import QuestionRefused
from sunmao.guards.personal import protect
from sunmao.guards.personal.selectors import policy_for
from sunmao.knowledge.text.language import language_of
from sunmao.releases.models import Release

WITH_DATABASE = (
    steps.screen,
    guarding.inspect,
    steps.retrieve,
    steps.apply_rules,
    guarding.admit,
    steps.render,
)
REFUSED, FAILED = "refused", "failed"


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What an asker would have been told. `outcome` is that of a record, or `refused`, or `failed` with the
    error's code; `read` and `cited` are names of documents in their order, `tokens` those of prompt and
    answer."""

    outcome: str
    text: str = ""
    language: str = ""
    citations: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Finding] = ()
    read: Sequence[str] = ()
    cited: Sequence[str] = ()
    engine: str = ""
    model: str = ""
    relevance: float = 0.0
    seconds: float = 0.0
    tokens: int = 0
    error: str = ""


def can_rehearse(task_name: str) -> bool:
    """Whether the pipeline answers this task, or a part of its inputs, or its verb can be rehearsed."""
    _vertical, task = find_task(task_name)
    return not task.verb or bool(task.verb_field or task.rehearsal)


def rehearse(*, actor: Actor, release: Release, data: Mapping[str, Any]) -> Rehearsed:
    """Holds the database only for the steps that need it. Never raises what an asker would be told."""
    vertical, task = find_task(release.task_name)
    if not can_rehearse(release.task_name):
        raise Conflict(_("Answers of this task cannot be rehearsed."), code="cannot_rehearse")
    try:
        given = checked(task=task, data=data)
        if task.rehearsal:
            done: Rehearsed = resolve(task.rehearsal)(actor=actor, release=release, data=data)
            return done
    except SunmaoError as error:
        return Rehearsed(outcome=FAILED, error=error.code)
    run = Run(
        exchange=_unsaved(actor, release, given.options),
        actor=actor,
        vertical=vertical,
        task=task,
        emit=lambda _kind, _data: None,
        stopped=lambda: False,
        release=release,
        rehearsed=True,
    )
    try:
        with tenancy.scope(actor.organisation_id):
            run.exchange.question = _protected(run, given.question)
            for step in WITH_DATABASE:
                step(run)
        guarding.turn_away(run)
        for step in (guarding.moderate, steps.generate, steps.verify):
            step(run)
    except QuestionRefused as error:
        return _told(run, outcome=REFUSED, error=error.code)
    except SunmaoError as error:
        return _told(run, outcome=FAILED, error=error.code)
    with tenancy.scope(actor.organisation_id):
        return _told(run, outcome=run.outcome)


def _unsaved(actor: Actor, release: Release, options: dict[str, Any]) -> Exchange:
    owner = actor.organisation_id
    conversation = Conversation(organisation_id=owner, person_key=new_id(), vertical=release.vertical)
    return Exchange(
        organisation_id=owner,
        conversation=conversation,
        owner_kind=actor.kind,
        owner_id=actor.id,
        owner_language=actor.language,
        person_key=conversation.person_key,
        task=release.task_name,
        options=options,
        created_at=now(),
        deadline=now(),
    )


def _protected(run: Run, question: str) -> str:
    policy = policy_for(place="question", vertical=run.vertical.slug, bases=list(_bases(run)))
    return protect(question, policy=policy, language=language_of(question)).text


def _bases(run: Run) -> Mapping[str, int | str]:
    assert run.release is not None  # noqa: S101
    bases: Mapping[str, int | str] = run.release.bases
    return bases


def _told(run: Run, *, outcome: str, error: str = "") -> Rehearsed:
    hits = run.retrieved.hits if run.retrieved else []
    return Rehearsed(
        outcome=outcome,
        error=error,
        text=run.text,
        language=run.language,
        citations=[steps.describe(citation) for _, citation in sorted(run.citations.items())],
        findings=run.findings,
        read=[hit.passage.document.name for hit in hits],
        cited=[citation.hit.passage.document.name for _, citation in sorted(run.citations.items())],
        engine=run.engine.name if run.engine else "",
        model=run.engine.model if run.engine else "",
        relevance=run.relevance,
        seconds=run.seconds,
        tokens=tokens_in(run.prompt, run.text),
    )


__all__ = ["FAILED", "REFUSED", "Rehearsed", "can_rehearse", "rehearse"]
