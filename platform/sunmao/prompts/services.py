"""What the product brings, and what an answer is made from. People's verbs stand in `editing`."""

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
from sunmao.prompts.source import PromptSource, read, render


def publish_version(*, actor: Actor, slug: str, language: str, source: str) -> PromptVersion:
    """The version with this content: an existing one when nothing has changed.

    It is what the product brings. It becomes the current one as long as people have left the prompt alone;
    what they wrote or chose stays, and they are told that a newer text is there.
    """
    read(source)
    with tenancy.scope(actor.organisation_id):
        prompt, _ = Prompt.objects.get_or_create(slug=slug, language=language)
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        version, made = version_of(prompt, source)
        if made:
            audit.record(
                actor=actor, verb="prompt.published", subject=version, slug=slug, number=version.number
            )
        _seed(prompt, version)
    return version


def version_of(prompt: Prompt, source: str, **given: object) -> tuple[PromptVersion, bool]:
    """The version with this content and whether it is new. The caller holds the prompt's row."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    known = prompt.versions.filter(sha256=digest).first()
    if known is not None:
        return known, False
    number = (prompt.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
    return prompt.versions.create(number=number, source=source, sha256=digest, **given), True


def _seed(prompt: Prompt, version: PromptVersion) -> None:
    untouched = prompt.current_id in (None, prompt.seed_id)
    wanted = (version.pk, version.pk if untouched else prompt.current_id)
    if (prompt.seed_id, prompt.current_id) == wanted:
        return
    prompt.seed, prompt.current_id = version, wanted[1]
    if untouched:
        prompt.seed_seen = version
    prompt.save(update_fields=["seed", "current", "seed_seen"])


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


def source_of(version_id: UUID | str) -> PromptSource:
    """What a version says. Runs inside a tenancy scope."""
    return read(PromptVersion.objects.only("source").get(pk=version_id).source)
