"""Asking for a try: what is tried is written down, then a worker does it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import quotas
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import InvalidInput, NotFound, TooLong
from sunmao.inference.registry import DEFAULT, ENGINES
from sunmao.jobs import services as jobs
from sunmao.prompts.models import Mode, PlaygroundCell, PlaygroundRun, Prompt, PromptVersion
from sunmao.prompts.rights import TRY
from sunmao.prompts.source import PromptSource, read, typed_values
from sunmao.prompts.strategy import calls_of

KIND = "evaluation.try_prompt"
MOST_CELLS, LARGEST_IMAGE, MOST_INPUT = 200, 5_000_000, 100_000
KEPT = timedelta(days=30)
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}


@dataclass(frozen=True)
class Candidate:
    """A text to try: a saved version, or one that is being written."""

    source: str
    version: PromptVersion | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()


@dataclass(frozen=True)
class Choice:
    engine: str
    adapter: str = ""


def engines() -> list[str]:
    return [DEFAULT, *ENGINES]


def choice_of(name: str) -> Choice:
    """`openai`, or `transformers/adapter`. Raises `unknown_engine`."""
    engine, _slash, adapter = name.partition("/")
    if engine not in engines() or len(adapter) > 200:
        raise NotFound(_("There is no engine of this name."), code="unknown_engine")
    return Choice(engine, adapter)


@transaction.atomic
def start(
    *,
    actor: Actor,
    prompt: Prompt,
    candidates: Sequence[Candidate],
    choices: Sequence[Choice],
    inputs: Mapping[str, Any] | None = None,
    images: Mapping[str, bytes] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> PlaygroundRun:
    """With `inputs` every text gets the same; without, the prompt's cases are run."""
    actor.require(TRY)
    read_ = [read(one.source) for one in candidates]
    if not candidates or not choices:
        raise InvalidInput(fields={"versions" if not candidates else "engines": _("is empty")})
    chosen = _settings(settings or {})
    with tenancy.scope(actor.organisation_id):
        person = persons.key_of(actor.subject)
        PlaygroundRun.objects.filter(person_key=person, created_at__lt=now() - KEPT).delete()
        cases = [None] if inputs is not None else list(prompt.cases.all())
        if not cases:
            raise InvalidInput(_("The prompt has no cases yet."), code="no_prompt_cases")
        rows = [(one, choice, case) for case in cases for one in candidates for choice in choices]
        if len(rows) > MOST_CELLS:
            raise TooLong(_("At most 200 answers are made at once."), code="too_many_cells")
        run = PlaygroundRun.objects.create(
            prompt=prompt,
            person_key=person,
            mode=Mode.CASES if inputs is None else Mode.INPUTS,
            inputs=_inputs(read_, inputs or {}),
            images=_images(read_, images or {}) if inputs is not None else {},
            settings=chosen,
        )
        PlaygroundCell.objects.bulk_create(
            PlaygroundCell(
                run=run,
                place=place,
                person_key=person,
                version=one.version,
                source=None if one.version else one.source,
                sha256=one.sha256,
                case=case,
                engine=choice.engine,
                adapter=choice.adapter,
            )
            for place, (one, choice, case) in enumerate(rows, 1)
        )
        calls = sum(calls_of(one.strategy) for one in read_) * len(choices) * len(cases)
        quotas.reserve(actor=actor, work_id=run.pk)
        quotas.reserve_more(actor=actor, work_id=run.pk, times=calls)
        run.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=run.pk)
        run.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="prompt.tried", subject=run, slug=prompt.slug, mode=run.mode, answers=len(rows)
        )
    return run


def _inputs(sources: Sequence[PromptSource], given: Mapping[str, Any]) -> dict[str, str]:
    """Checked against each text; a variable that only one of them has is left out of the others."""
    if sum(len(str(value)) for value in given.values()) > MOST_INPUT:
        raise TooLong(fields={"inputs": _("is too long")})
    known = {name for source in sources for name in source.variables}
    values: dict[str, str] = {}
    for source in sources:
        own = {name: value for name, value in given.items() if name in source.variables or name not in known}
        values |= typed_values(source, own)
    return values


def _images(sources: Sequence[PromptSource], given: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    wanted = {one.name: one for source in sources for one in source.images}
    for name, one in wanted.items():
        if one.required and not given.get(name):
            raise InvalidInput(code="missing_prompt_variable", fields={name: _("is missing")})
    return {name: _image(name, data) for name, data in given.items() if name in wanted and data}


def _image(name: str, data: bytes) -> dict[str, str]:
    if len(data) > LARGEST_IMAGE:
        raise TooLong(code="file_too_large", fields={name: _("is too large")})
    kind = next((kind for kind, mark in SIGNATURES.items() if data.startswith(mark)), None)
    if kind is None or (kind == "image/webp" and data[8:12] != b"WEBP"):
        raise InvalidInput(
            _("This is no picture in PNG, JPEG or WebP."), code="no_image", fields={name: _("is no picture")}
        )
    return {"media_type": kind, "data": base64.b64encode(data).decode()}


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, least, most in (("temperature", 0, 2), ("max_tokens", 1, 8_000), ("seed", 0, 2**31 - 1)):
        value = given.get(name)
        if value in (None, ""):
            continue
        try:
            number = float(value) if name == "temperature" else int(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput(fields={name: _("must be a number")}) from error
        if isinstance(value, bool) or not least <= number <= most:
            raise InvalidInput(fields={name: _("must be a number")})
        out[name] = number
    return out


__all__ = ["KIND", "Candidate", "Choice", "choice_of", "engines", "start"]
