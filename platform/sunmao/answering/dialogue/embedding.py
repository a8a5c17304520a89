"""Vectors of texts for callers, by the encoders that the knowledge bases use. Only workers hold encoders.

Nothing of the texts is kept; what is kept is that somebody asked, how many texts, and what they cost.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sunmao.accounts import quotas
from sunmao.answering.counting import tokens_in
from sunmao.answering.dialogue import errands
from sunmao.answering.policies import EMBED
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.ids import new_id
from sunmao.knowledge.encoders import encoder_for, encoder_name
from sunmao.knowledge.text.language import language_of

MOST_TEXTS, LONGEST = 256, 8_000
WAIT_SECONDS = 40
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Asked:
    model: str
    language: str
    texts: tuple[str, ...]
    encoding: str = "float"


@dataclass(frozen=True)
class Embedded:
    vectors: Sequence[Sequence[float]]
    tokens: int


@dataclass(frozen=True)
class _Work:
    """What the audit entry is about: a piece of work that has no row."""

    pk: UUID


def models() -> list[str]:
    return list(dict.fromkeys(name for language in LANGUAGES if (name := encoder_name(language))))


def checked(data: object) -> Asked:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("The input must be a JSON object."))
    model, given = data.get("model"), data.get("input")
    texts = [given] if isinstance(given, str) else given
    wrong: dict[str, Any] = {
        str(name): _("is not known here")
        for name in data
        if name not in ("model", "input", "encoding_format", "user", "dimensions")
    }
    if not isinstance(texts, list) or not 1 <= len(texts) <= MOST_TEXTS:
        wrong["input"] = _("must be a text, or a list of at most 256 texts")
    elif not all(isinstance(one, str) and one.strip() and len(one) <= LONGEST for one in texts):
        wrong["input"] = _("must be texts of at most 8000 characters")
    if data.get("encoding_format", "float") not in ("float", "base64"):
        wrong["encoding_format"] = _("must be float or base64")
    if data.get("dimensions") is not None:
        wrong["dimensions"] = _("can only be left at its default")
    if not isinstance(model, str):
        wrong["model"] = _("must be text of at most 200 characters")
    if wrong:
        raise InvalidInput(fields=wrong)
    language = next((one for one in LANGUAGES if encoder_name(one) == model), "") if model else ""
    chosen = cast("list[str]", texts)
    return Asked(str(model), language, tuple(chosen), data.get("encoding_format", "float"))


def embed(*, actor: Actor, asked: Asked) -> Embedded:
    """Blocks until a worker has made them. Raises `NoWorker` when none did."""
    actor.require(EMBED)
    if not asked.language:
        raise NotFound(code="unknown_model", fields={"model": asked.model})
    _check_language(asked)
    work, tokens = _Work(new_id()), tokens_in(*asked.texts)
    with tenancy.scope(actor.organisation_id):
        quotas.reserve(actor=actor, work_id=work.pk)
        audit.record(
            actor=actor, verb="text.embedded", subject=work, model=asked.model, texts=len(asked.texts)
        )
    try:
        vectors: list[list[float]] = errands.done(
            task="answering.embed",
            work=work.pk,
            asked={"language": asked.language, "texts": asked.texts},
            seconds=WAIT_SECONDS,
        )
    except Exception:
        with tenancy.scope(actor.organisation_id):
            quotas.give_back(work_id=work.pk)
        raise
    with tenancy.scope(actor.organisation_id):
        quotas.settle(work_id=work.pk, tokens=tokens)
    return Embedded(vectors, tokens)


def _check_language(asked: Asked) -> None:
    """An encoder gives a vector for anything; of a language that it cannot read, a meaningless one."""
    if any(encoder_name(language_of(text)) != asked.model for text in asked.texts):
        raise InvalidInput(
            _("This encoder cannot read the language of a text, so its vector would mean nothing."),
            code="language_not_served",
            fields={"input": asked.model},
        )


def make(asked: Mapping[str, Any]) -> list[list[float]]:
    """In a worker."""
    encoder = encoder_for(asked["language"])
    return encoder.encode(asked["texts"]) if encoder else []


def written(vector: Sequence[float], encoding: str) -> list[float] | str:
    """As numbers, or as 32-bit floats in base64: OpenAI's own client asks for the latter."""
    if encoding == "base64":
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    return list(vector)


__all__ = ["Asked", "Embedded", "checked", "embed", "make", "models", "written"]
