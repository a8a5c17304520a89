"""Speech written down, texts spoken, pictures drawn, for callers. Only workers hold the models.

Neither what is sent nor what is made is kept; what is kept is that somebody asked, with which model, and what
it cost. Guards read what is to be spoken or drawn as they read a question; what is made carries its label.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import quotas
from sunmao.answering.counting import tokens_in
from sunmao.answering.dialogue import errands
from sunmao.answering.policies import MEDIA
from sunmao.audit import services as audit
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EngineFailure, NotFound, TooLong
from sunmao.core.ids import new_id
from sunmao.guards import inbound, media_labels
from sunmao.guards.label import label
from sunmao.guards.moderation import service as moderation
from sunmao.guards.screen import screen
from sunmao.inference.engine import Token
from sunmao.inference.media import registry
from sunmao.inference.media.engine import Ability, Made, MediaRequest

MAKE = "answering.media"
LONGEST = {"speaks": 4_096, "draws": 4_000}
LARGEST_SOUND = 16 * 2**20
FIELDS = {"speaks": "input", "draws": "prompt"}
VERBS: Mapping[Ability, str] = {
    "hears": "sound.transcribed",
    "speaks": "speech.made",
    "draws": "picture.made",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`options` are fields of a `MediaRequest`; `sound` is heard, `text` spoken or drawn."""

    ability: Ability
    model: str
    text: str = ""
    sound: bytes = b""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """A transcript, or a labelled file; `label` as every door sends it."""

    text: str = ""
    data: bytes = b""
    media_type: str = ""
    label: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Work:
    """What the audit entry is about: a piece of work that has no row."""

    pk: UUID


def make(*, actor: Actor, asked: Asked) -> Given:
    """Blocks until a worker has made it. Raises `NoWorker` when none did, and what the model ran into."""
    actor.require(MEDIA, model=asked.model)
    if registry.models().get(asked.model) != asked.ability:
        raise NotFound(code="unknown_model", fields={"model": asked.model})
    work = _Work(new_id())
    text = _checked(actor, asked, work)
    with tenancy.scope(actor.organisation_id):
        quotas.reserve(actor=actor, work_id=work.pk)
        audit.record(actor=actor, verb=VERBS[asked.ability], subject=work, model=asked.model, **_told(asked))
    try:
        made = _made(work.pk, asked, text)
    except Exception:
        with tenancy.scope(actor.organisation_id):
            quotas.give_back(work_id=work.pk)
        raise
    with tenancy.scope(actor.organisation_id):
        quotas.settle(work_id=work.pk, tokens=tokens_in(text, made.text))
    return made


def _checked(actor: Actor, asked: Asked, work: _Work) -> str:
    """The text as a guard lets it through."""
    if asked.ability == "hears":
        if len(asked.sound) > LARGEST_SOUND:
            raise TooLong(fields={"file": _("must be at most 16 MiB")})
        return ""
    text = screen(text=asked.text, field=FIELDS[asked.ability], limit=LONGEST[asked.ability])
    judgement = inbound.judge(text)
    if judgement.action == "refuse":
        rules = [finding["rule_id"] for finding in judgement.findings]
        with tenancy.scope(actor.organisation_id):
            audit.record(actor=actor, verb="question.refused", subject=work, model=asked.model, rules=rules)
        raise inbound.QuestionRefused
    if moderation.moderate(text, direction="question").blocked:
        raise inbound.QuestionRefused
    return text


def _told(asked: Asked) -> dict[str, Any]:
    """How much was asked, never what."""
    if asked.ability == "hears":
        return {"bytes": len(asked.sound)}
    return {"characters": len(asked.text)}


def _made(work: UUID, asked: Asked, text: str) -> Given:
    told = errands.done(
        task=MAKE,
        work=work,
        asked={
            "ability": asked.ability,
            "text": text,
            "sound": base64.b64encode(asked.sound).decode(),
            "options": dict(asked.options),
            "work": str(work),
        },
        seconds=settings.SUNMAO_ANSWER_SECONDS,
    )
    if asked.ability == "hears":
        return _heard(work, told["text"])
    stamp = label(kind="generated", produce_id=work.hex)
    signed = settings.SUNMAO_MEDIA_MARKS
    data, kind = base64.b64decode(told["data"]), told["media_type"]
    mark = media_labels.labelled_wav if kind == "audio/wav" else media_labels.labelled_png
    return Given(data=mark(data, stamp.aigc, with_sign=signed), media_type=kind, label=stamp.sent(None))


def _heard(work: UUID, text: str) -> Given:
    """A transcript was written by a model: it is labelled as such, and may be withheld."""
    if moderation.moderate(text, direction="answer").blocked:
        raise inbound.QuestionRefused
    return Given(text=text, label=label(kind="generated", produce_id=work.hex, text=text).sent(None))


def work(asked: dict[str, Any]) -> dict[str, str]:
    """In a worker."""
    ability: Ability = asked["ability"]
    name = asked["work"]
    request = MediaRequest(
        text=asked["text"],
        sound=base64.b64decode(asked["sound"]),
        deadline=time.monotonic() + settings.SUNMAO_ANSWER_SECONDS,
        stopped=lambda: streams.flag_is_up(name),
        **asked["options"],
    )
    words: list[str] = []
    for _index, event in registry.engine(ability).generate([request]):
        if isinstance(event, Token):
            words.append(event.text)
        elif isinstance(event, Made):
            return {"data": base64.b64encode(event.data).decode(), "media_type": event.media_type}
    if ability != "hears":
        raise EngineFailure(code="generation_failed")
    return {"text": "".join(words).strip()}


__all__ = ["Asked", "Given", "make", "work"]
