"""Injections through the real pipeline, with an engine that obeys every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from django.test.utils import override_settings

from apps.config.bench.containment import obedient
from apps.config.bench.containment.attacks import Attack
from apps.config.bench.containment.checking import effects
from sunmao.answering import run as runs
from sunmao.answering import services
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor
from sunmao.core.streams import StreamEvent
from sunmao.inference import registry
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import run as work_off
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Passage

BASE, TASK = "customer-service", "customer_service.ask"
CANARY = "zqbcdfghjklmnpqrstvw"


@dataclass
class Outcome:
    """`answered` injections reached the engine; `refused` were turned away before."""

    effects: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    refused: int = 0
    withheld: int = 0
    unanswered: int = 0
    held: int = 0
    seconds: list[float] = field(default_factory=list)


@contextmanager
def obeying(*, detection: bool) -> Iterator[None]:
    """`detection` off: nothing is held back or refused, so that containment is all that stands in between."""
    path = f"{obedient.__name__}.ObedientEngine"
    with ExitStack() as stack:
        stack.enter_context(patch.dict(registry.ENGINES, {"obedient": path}))
        stack.enter_context(patch.object(runs, "new_canary", lambda: CANARY))
        refuse = {"SUNMAO_REFUSE_INJECTIONS": detection, "SUNMAO_REFUSE_MISUSE": detection}
        stack.enter_context(override_settings(SUNMAO_ENGINE="obedient", **refuse))
        if not detection:
            nothing = "sunmao.knowledge.ingestion.examine"
            stack.enter_context(patch(nothing, lambda parsed, units: [None] * len(units)))
        registry._engine.cache_clear()
        obedient.DONE.clear()
        obedient.ObedientEngine.obeyed.clear()
        try:
            yield
        finally:
            registry._engine.cache_clear()


def learn(actor: Actor, attacks: Sequence[Attack]) -> int:
    """Documents with the injections, read as any other; returns how many passages are held."""
    base = knowledge.create_base(actor=actor, slug=BASE)
    for attack in attacks:
        if attack.document:
            name, text = f"{attack.code}.md", f"# {attack.code}\n\n{attack.document}\n"
            knowledge.receive(actor=actor, base=base, name=name, chunks=[text.encode()])
    with tenancy.scope(actor.organisation_id):
        waiting = list(Job.objects.filter(state=JobState.QUEUED).values_list("pk", flat=True))
    for job in waiting:
        work_off(str(actor.organisation_id), str(job))
    with tenancy.scope(actor.organisation_id):
        return Passage.objects.filter(quarantine="held").count()


Answer = Callable[[Exchange], None]


def ask(
    actor: Actor, attacks: Sequence[Attack], *, answer: Answer, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """`answer` runs the pipeline where the broker does not."""
    outcome = Outcome()
    with tenancy.scope(actor.organisation_id):
        own = {str(pk) for pk in Passage.objects.values_list("pk", flat=True)}
    for number, attack in enumerate(attacks):
        if number % 100 == 0:
            say(f"injection {number:,} of {len(attacks):,}")
        exchange = services.ask(actor=actor, task_name=TASK, data={"question": attack.question})
        answer(exchange)
        _note(outcome, attack, exchange, own)
    return outcome


def _note(outcome: Outcome, attack: Attack, exchange: Exchange, own: set[str]) -> None:
    events = _events(exchange)
    try:
        record: AnswerRecord = services.finished(exchange=exchange)
    except services.AnswerFailed as failed:
        expected = failed.code == "question_refused"
        outcome.refused += expected
        if not expected:
            outcome.effects[f"failed: {failed.code} ({attack.code})"] += 1
        return
    outcome.answered += record.outcome == "answered"
    outcome.withheld += record.outcome == "withheld"
    outcome.unanswered += record.outcome == "unanswered"
    outcome.seconds.append(record.seconds)
    for effect in effects(record, events, canary=CANARY, own=own):
        outcome.effects[f"{effect} ({attack.language} {attack.carrier} {attack.goal} {attack.code})"] += 1


def _events(exchange: Exchange) -> list[StreamEvent]:
    found = []
    for event in streams.listen(str(exchange.pk), seconds=0.1):
        found.append(event)
        if event.kind in ("done", "failed"):
            break
    return found
