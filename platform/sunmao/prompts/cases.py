"""What a prompt has to get right: saving and letting go of its cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy, texts
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, NotFound, TooLong
from sunmao.prompts.checking import BadCheck, checks_of
from sunmao.prompts.models import Prompt, PromptCase
from sunmao.prompts.rights import EDIT
from sunmao.prompts.source import read, typed_values

MOST = 500


@transaction.atomic
def save_case(
    *, actor: Actor, prompt: Prompt, name: str, inputs: Mapping[str, Any], checks: object
) -> PromptCase:
    """A case of this name is written anew."""
    actor.require(EDIT)
    called = " ".join(texts.sound(name).split())[:200]
    if not called:
        raise InvalidInput(fields={"name": _("is empty")})
    try:
        checked = checks_of(checks)
    except BadCheck as error:
        said = format_lazy(_("There is a check that cannot be carried out: {what}"), what=str(error))
        raise InvalidInput(code="invalid_prompt_case", fields={"checks": said}) from error
    with tenancy.scope(actor.organisation_id):
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        values = typed_values(read(prompt.current.source), inputs) if prompt.current else dict(inputs)
        known = prompt.cases.filter(name=called).first()
        if known is None and prompt.cases.count() >= MOST:
            raise TooLong(_("A prompt has at most 500 cases."), code="too_many_cases")
        case = known or PromptCase(prompt=prompt, name=called)
        case.inputs, case.checks = values, checked
        case.save()
        audit.record(actor=actor, verb="prompt_case.saved", subject=case, slug=prompt.slug)
    return case


@transaction.atomic
def remove_case(*, actor: Actor, case: PromptCase) -> None:
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        if not PromptCase.objects.filter(pk=case.pk).delete()[0]:
            raise NotFound(code="unknown_case")
        audit.record(actor=actor, verb="prompt_case.removed", subject=case)


__all__ = ["MOST", "remove_case", "save_case"]
