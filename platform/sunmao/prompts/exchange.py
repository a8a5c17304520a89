"""A prompt as one JSON object, to carry it to another installation: its current text and its cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.prompts import cases, editing
from sunmao.prompts.models import Origin, Prompt, PromptVersion
from sunmao.prompts.rights import EDIT, READ

FORMAT = "sunmao.prompt/1"


def exported(*, actor: Actor, prompt: Prompt) -> dict[str, Any]:
    """Runs inside the actor's tenancy scope."""
    actor.require(READ)
    if prompt.current is None:
        raise Conflict(_("There is no version to copy."), code="prompt_is_empty")
    return {
        "format": FORMAT,
        "slug": prompt.slug,
        "language": prompt.language,
        "source": prompt.current.source,
        "cases": [
            {"name": one.name, "inputs": one.inputs, "checks": one.checks} for one in prompt.cases.all()
        ],
    }


@transaction.atomic
def take_in(*, actor: Actor, data: object, note: str = "") -> PromptVersion:
    """A prompt of this name gets another version, or is made; cases of the same name are written anew."""
    actor.require(EDIT)
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise InvalidInput(_("This is no exported prompt."), code="no_exported_prompt")
    texts = {name: data.get(name) for name in ("slug", "language", "source")}
    rows = data.get("cases", [])
    if not all(isinstance(one, str) for one in texts.values()) or not isinstance(rows, list):
        raise InvalidInput(_("This is no exported prompt."), code="no_exported_prompt")
    with tenancy.scope(actor.organisation_id):
        known = Prompt.objects.filter(slug=texts["slug"], language=texts["language"]).first()
        given: dict[str, Any] = {"actor": actor, "note": note, "origin": Origin.IMPORT}
        if known:
            version = editing.save(prompt=known, source=str(texts["source"]), **given)
        else:
            given |= {name: str(text) for name, text in texts.items()}
            version = editing.create(**given)
        for row in rows[: cases.MOST]:
            _case(actor, version.prompt, row)
    return version


def _case(actor: Actor, prompt: Prompt, row: object) -> None:
    inputs = row.get("inputs", {}) if isinstance(row, Mapping) else None
    if not isinstance(row, Mapping) or not isinstance(inputs, Mapping):
        raise InvalidInput(_("This is no exported prompt."), code="no_exported_prompt")
    prompt.refresh_from_db()
    cases.save_case(
        actor=actor,
        prompt=prompt,
        name=str(row.get("name", "")),
        inputs=inputs,
        checks=row.get("checks", []),
    )


__all__ = ["FORMAT", "exported", "take_in"]
