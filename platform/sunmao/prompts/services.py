"""Verbs on prompts."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Max

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.prompts.models import Prompt, PromptVersion
from sunmao.prompts.source import read, render


def publish_version(*, actor: Actor, slug: str, language: str, source: str) -> PromptVersion:
    """The version with this content: an existing one when nothing has changed."""
    read(source)
    digest = hashlib.sha256(source.encode()).hexdigest()
    with tenancy.scope(actor.organisation_id):
        prompt, _ = Prompt.objects.get_or_create(slug=slug, language=language)
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        version = prompt.versions.filter(sha256=digest).first()
        if version is None:
            number = (prompt.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
            version = prompt.versions.create(number=number, source=source, sha256=digest)
            audit.record(actor=actor, verb="prompt.published", subject=version, slug=slug, number=number)
    return version


def quote_as_data(passages: Iterable[tuple[int, str, str]]) -> str:
    """Passages (number, heading, text) between marks that carry a random nonce.

    A document that contains a look-alike mark cannot end the quotation: it cannot know the nonce, and what
    looks like a mark is blunted, because a model may not count its letters.
    """
    nonce = secrets.token_hex(16)
    return "\n".join(
        f'<passage-{nonce} n="{number}" title="{_blunt(heading).replace(chr(34), "’")}">\n'
        f"{_blunt(text)}\n</passage-{nonce}>"
        for number, heading, text in passages
    )


_MARK = re.compile(r"<(?=\s*/?\s*passage)", re.IGNORECASE)


def _blunt(text: str) -> str:
    return _MARK.sub("‹", text)


def rendered(*, version_id: str, values: Mapping[str, str]) -> tuple[UUID, str]:
    """The id of the version and its text with the declared variables filled in; others are ignored."""
    version = PromptVersion.objects.get(pk=version_id)
    return version.pk, render(read(version.source), values)
