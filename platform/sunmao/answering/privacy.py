"""Personal data around an answer: taken out before anything is stored or read, put back for the asker alone.

The door that takes a question replaces what the recognisers find before the first row is written; the worker
reads it again with Presidio before any other step does. Placeholders such as <MOBILE_1> stand in the
transcript, in the prompt, in the record and in exports. What they stand for is sealed with the person's key.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from sunmao.answering import phrases
from sunmao.answering.given import Given as DialogueGiven
from sunmao.answering.inputs import TaskInput
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.answering.run import Emit, Run
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.findings import Finding, Severity
from sunmao.guards.personal import Allowed, Policy, StreamMask, StreamRestorer, protect, restore
from sunmao.guards.personal import services as personal
from sunmao.guards.personal.analysis import detector
from sunmao.guards.personal.kinds import KINDS, NAMES, Kind
from sunmao.guards.personal.masking import Protected
from sunmao.guards.personal.selectors import policy_for, surrogates_about
from sunmao.knowledge.text.language import language_of
from sunmao.releases.services import NoRelease
from sunmao.releases.services import resolve as resolve_release

Value = TypeVar("Value")
_MARK = re.compile(r"<([A-Z_]+?)(?:_\d{1,4})?>")


@dataclass(frozen=True)
class Given:
    """A checked input without personal data, and what was taken out of it."""

    given: TaskInput
    surrogates: Mapping[str, str]

    @property
    def title(self) -> str:
        return title_of(self.given.question)


def title_of(question: str) -> str:
    """A list of conversations shows no placeholders."""
    return _MARK.sub("…", question)[:200]


def at_the_door(*, actor: Actor, vertical: str, task: str, given: TaskInput) -> Given:
    """In the actor's scope, before anything is stored. Raises `PersonalDataRefused`."""
    policy = _policy(actor, vertical, task, given.options.get("base"))
    protected = protect(
        given.question, policy=policy, language=language_of(given.question), known=_own_names(actor)
    )
    _refuse(protected)
    return Given(replace(given, question=protected.text), protected.surrogates)


def _own_names(actor: Actor) -> tuple[str, ...]:
    """The asker's own name is personal data wherever it stands; a user name of one word may be any word."""
    spoken = any("一" <= sign <= "鿿" for sign in actor.name) or " " in actor.name
    names = (actor.name if spoken else "", actor.on_behalf_of if len(actor.on_behalf_of) > 5 else "")
    return tuple(name for name in names if name)


def _policy(actor: Actor, vertical: str, task: str, base: str | None) -> Policy:
    """Also of the bases that the answer is going to read: the strictest of them all holds."""
    try:
        pinned = resolve_release(actor=actor, vertical=vertical, task=task).bases
    except NoRelease:
        pinned = {}
    return policy_for(place="question", vertical=vertical, bases=[base] if base else list(pinned))


def _refuse(protected: Protected) -> None:
    if protected.refused:
        kinds = ", ".join(str(NAMES[kind]) for kind in protected.refused)
        raise personal.PersonalDataRefused(fields={"personal_data": kinds})


def keep(exchange: Exchange, taken: Given) -> None:
    personal.keep_surrogates(about=exchange.pk, person_key=exchange.person_key, surrogates=taken.surrogates)


def question_protected(actor: Actor, text: str) -> Protected:
    """What somebody says to a model itself; no business line asks for more than the organisation does."""
    protected = protect(
        text, policy=policy_for(place="question"), language=language_of(text), known=_own_names(actor)
    )
    _refuse(protected)
    return protected


def arguments_protected(actor: Actor, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """As they are written down. In the actor's scope."""
    policy, own = policy_for(place="question"), _own_names(actor)

    def hidden(text: str) -> str:
        return protect(text, policy=policy, language=language_of(text), known=own).text

    told: dict[str, Any] = json.loads(_hidden_json(json.dumps(arguments, ensure_ascii=False), hidden))
    return told


def conversation_protected(
    actor: Actor,
    given: DialogueGiven,
    surrogates: Mapping[str, str],
    *,
    task: str = "",
    base: str | None = None,
) -> tuple[DialogueGiven, Mapping[str, str]]:
    """Every message of a conversation, and the arguments of its calls, with the placeholders of the question
    used again. Of a task as strictly as its question."""
    vertical, _dot, name = task.partition(".")
    policy = _policy(actor, vertical, name, base) if task else policy_for(place="question")
    own, known = _own_names(actor), dict(surrogates)

    def hidden(text: str) -> str:
        protected = protect(text, policy=policy, language=language_of(text), known=own, surrogates=known)
        _refuse(protected)
        known.update(protected.surrogates)
        return protected.text

    messages = tuple(
        replace(
            one,
            content=hidden(one.content),
            calls=tuple(replace(call, arguments=_hidden_json(call.arguments, hidden)) for call in one.calls),
        )
        for one in given.messages
    )
    return replace(given, messages=messages), known


def _hidden_json(text: str, hidden: Callable[[str], str]) -> str:
    """JSON stays JSON: a number that is somebody's becomes a text."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return hidden(text)

    def value(one: Any) -> Any:
        if isinstance(one, int) and not isinstance(one, bool):
            return one if (shown := hidden(str(one))) == str(one) else shown
        if isinstance(one, dict):
            return {name: value(inner) for name, inner in one.items()}
        if isinstance(one, list):
            return [value(inner) for inner in one]
        return hidden(one) if isinstance(one, str) else one

    try:
        changed = value(told)
    except RecursionError:
        return hidden(text)
    return text if changed == told else json.dumps(changed, ensure_ascii=False)


def keep_surrogates(exchange: Exchange, surrogates: Mapping[str, str]) -> None:
    personal.keep_surrogates(about=exchange.pk, person_key=exchange.person_key, surrogates=surrogates)


def screen(run: Run) -> None:
    """In the worker, before any step reads the question. Raises `PersonalDataRefused`.

    In a transaction of its own: whatever fails later, what was taken out stays out of the transcript.
    """
    asked = str(run.exchange.question)
    with tenancy.scope(run.actor.organisation_id):
        policy = _policy(run.actor, run.vertical.slug, run.task.name, run.exchange.options.get("base"))
        protected = protect(
            asked,
            policy=policy,
            language=language_of(asked),
            known=_own_names(run.actor),
            surrogates=surrogates_about(run.exchange.pk),
            detector=detector(wait=False),
        )
        if protected.text != asked:
            _replace(run.exchange, protected)
    _refuse(protected)
    run.surrogates = dict(protected.surrogates)
    run.emit = putting_back(run.emit, run.surrogates)
    found = Counter(mark[1].lower() for mark in _MARK.finditer(protected.text))
    run.guards["personal_data"] = {
        "question": {kind: count for kind, count in sorted(found.items()) if kind in KINDS},
        "partial": protected.partial,
    }


def _replace(exchange: Exchange, protected: Protected) -> None:
    """The stored question becomes the protected one; refused, nothing of it stays."""
    exchange.question = protected.text
    exchange.save(update_fields=["question"])
    conversation = exchange.conversation
    first = conversation.exchanges.order_by("created_at", "id").first()
    if first is not None and first.pk == exchange.pk:
        conversation.title = title_of(protected.text)
        conversation.save(update_fields=["title"])
    personal.keep_surrogates(
        about=exchange.pk, person_key=exchange.person_key, surrogates=protected.surrogates
    )


def putting_back(emit: Emit, surrogates: Mapping[str, str]) -> Emit:
    """Events go to the asker, so they carry the asker's own words."""
    if not surrogates:
        return emit
    restorer = StreamRestorer(surrogates)

    def restored(kind: str, data: dict[str, Any]) -> None:
        if kind == "token":
            text = restorer.feed(data["text"])
        else:
            text = restorer.flush()
        if text:
            emit("token", {"text": text})
        if kind != "token":
            emit(kind, _each_text(data, lambda text: restore(text, surrogates)))

    return restored


def outbound_mask(run: Run) -> StreamMask:
    """For the answer as it is written: whose data is neither the asker's nor in what was read is masked."""
    with tenancy.scope(run.actor.organisation_id):
        policy = policy_for(place="answer", vertical=run.vertical.slug, bases=_read(run))
    own = (run.question, *run.surrogates.values(), *(source.text for source in run.sources))
    return StreamMask(policy=policy, language=run.language, allowed=Allowed(own))


def _read(run: Run) -> list[str]:
    return list(run.retrieved.versions) if run.retrieved else []


def told(run: Run) -> list[Finding]:
    """The visible notes: what was replaced, what was taken out of the answer, what may remain."""
    masked = [one.kind for stage in run.stages if isinstance(stage, StreamMask) for one in stage.found]
    noted = run.guards.setdefault("personal_data", {})
    if masked:
        noted["answer"] = dict(sorted(Counter(masked).items()))
    with translation.override(phrases.UI_LANGUAGE[run.language]):
        return [*_replaced_note(noted), *_masked_note(noted)]


def _replaced_note(noted: Mapping[str, Any]) -> Iterator[Finding]:
    if noted.get("question"):
        text = _("Taken out before anything read the question: %(kinds)s.")
        said = text % {"kinds": _listed(noted["question"])}
        if noted["partial"]:
            said += " " + _("Only patterns were used: names may remain.")
        yield _note("info", _("Personal data was replaced"), said)


def _masked_note(noted: Mapping[str, Any]) -> Iterator[Finding]:
    if noted.get("answer"):
        text = _("It belongs neither to the asker nor to a source that was read: %(kinds)s.")
        said = text % {"kinds": _listed(noted["answer"])}
        yield _note("medium", _("Personal data was taken out of the answer"), said)


def _listed(counts: Mapping[Kind, int]) -> str:
    return ", ".join(f"{NAMES[kind]} ({count})" for kind, count in counts.items())


def _note(severity: Severity, title: str, explanation: str) -> Finding:
    return Finding(
        rule_id="G-PERSONAL",
        source="guard",
        severity=severity,
        title=title,
        explanation=explanation,
        citations=[],
    )


def for_asker(record: AnswerRecord) -> AnswerRecord:
    """The record as its asker reads it. In memory only: the row keeps the placeholders."""
    back = _back(record.exchange_id, record.organisation_id, record.question, record.text, record.findings)
    if back:
        record.question, record.text = restore(record.question, back), restore(record.text, back)
        record.findings = _each_text(record.findings, lambda text: restore(text, back))
    return record


def question_for_asker(exchange: Exchange) -> str:
    question = str(exchange.question)
    return restore(question, _back(exchange.pk, exchange.organisation_id, question))


def calls_for_asker(exchange: Exchange, calls: list[list[str]]) -> list[list[str]]:
    back = _back(exchange.pk, exchange.organisation_id, calls)
    told: list[list[str]] = _each_text(calls, lambda text: restore(text, back)) if back else calls
    return told


def _back(exchange_id: UUID, organisation_id: UUID, *texts: object) -> dict[str, str]:
    """One look-up, and none for the many answers that hold no placeholder."""
    if not any("<" in str(text) or "＜" in str(text) for text in texts):
        return {}
    with tenancy.scope(organisation_id):
        return surrogates_about(exchange_id)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {name: _each_text(one, change) for name, one in value.items()}
        case list():
            return [_each_text(one, change) for one in value]
    return value


def reverse(*, actor: Actor, record: AnswerRecord, reason: str) -> dict[str, Any]:
    """What staff see who turn placeholders back; an audit entry says who and why."""
    values = personal.reverse(actor=actor, about=record.exchange_id, reason=reason)
    return {
        "record_id": str(record.pk),
        "surrogates": values,
        "question": restore(str(record.question), values),
        "text": restore(str(record.text), values),
    }


__all__ = [
    "Given",
    "at_the_door",
    "calls_for_asker",
    "conversation_protected",
    "for_asker",
    "keep",
    "keep_surrogates",
    "outbound_mask",
    "putting_back",
    "question_for_asker",
    "question_protected",
    "reverse",
    "screen",
    "title_of",
    "told",
]
