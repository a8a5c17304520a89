"""What people do with prompts: write, draft, restore, copy to another language, answer the product's news."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict, InvalidInput, TooLong
from sunmao.core.texts import storable
from sunmao.prompts import reviewing
from sunmao.prompts.models import Draft, Origin, Prompt, PromptVersion
from sunmao.prompts.rights import EDIT, REVIEW
from sunmao.prompts.services import version_of
from sunmao.prompts.source import LONGEST, read

_SLUG = re.compile(r"[a-z0-9_]+([.-][a-z0-9_]+)*\Z")
_LANGUAGE_LINE = re.compile(r"^language:.*$", re.MULTILINE)
LANGUAGES = ("zh", "en")
LONGEST_NOTE = 500


@transaction.atomic
def create(
    *, actor: Actor, slug: str, language: str, source: str, note: str = "", origin: str = Origin.EDIT
) -> PromptVersion:
    """A prompt of the organisation's own."""
    actor.require(EDIT)
    if not _SLUG.match(slug) or len(slug) > 120:
        raise InvalidInput(fields={"slug": _("must be small letters, digits, dots, hyphens and underscores")})
    if language not in LANGUAGES:
        raise InvalidInput(fields={"language": _("must be zh or en")})
    read(source)
    with tenancy.scope(actor.organisation_id):
        prompt, made = Prompt.objects.get_or_create(slug=slug, language=language)
        if not made:
            raise Conflict(
                _("There is a prompt of this name in this language already."), code="prompt_exists"
            )
        audit.record(actor=actor, verb="prompt.created", subject=prompt, slug=slug, language=language)
        return save(actor=actor, prompt=prompt, source=source, note=note, origin=origin)


@transaction.atomic
def save(
    *,
    actor: Actor,
    prompt: Prompt,
    source: str,
    note: str = "",
    parent: int | None = None,
    review: bool = False,
    origin: str = Origin.EDIT,
) -> PromptVersion:
    """A version with this content. It is the current one at once, unless a second person is to look first.

    `parent` is the version that was edited: when it is no longer the current one, somebody was faster.
    """
    actor.require(EDIT)
    read(source)
    if len(note) > LONGEST_NOTE:
        raise TooLong(fields={"note": _("is too long")})
    with tenancy.scope(actor.organisation_id):
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        current = prompt.current.number if prompt.current else None
        if parent is not None and parent != current:
            raise Conflict(
                _("Somebody saved another version meanwhile. Yours was not saved; look at the difference."),
                code="prompt_moved_on",
            )
        version, made = version_of(
            prompt,
            source,
            origin=origin,
            parent=current,
            person_key=persons.key_of(actor.subject),
            author=actor.name,
            note=note,
        )
        if made:
            audit.record(
                actor=actor, verb="prompt.saved", subject=version, slug=prompt.slug, number=version.number
            )
        _drafts(actor, prompt).delete()
        if version.pk != prompt.current_id:
            _take(actor, prompt, version, review=review, restored=not made)
    return version


def _take(actor: Actor, prompt: Prompt, version: PromptVersion, *, review: bool, restored: bool) -> None:
    if review or (prompt.four_eyes and prompt.current_id is not None):
        reviewing.request(actor=actor, version=version)
        return
    make_current(prompt, version)
    if restored:
        audit.record(
            actor=actor, verb="prompt.restored", subject=version, slug=prompt.slug, number=version.number
        )


def make_current(prompt: Prompt, version: PromptVersion) -> None:
    """People's own decision, so what the product has brought so far is settled."""
    prompt.current, prompt.seed_seen_id = version, prompt.seed_id
    prompt.save(update_fields=["current", "seed_seen"])


@transaction.atomic
def restore(*, actor: Actor, version: PromptVersion) -> None:
    """Work from an earlier version again; where a second person approves, ask them."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        prompt = Prompt.objects.select_for_update().get(pk=version.prompt_id)
        if prompt.current_id == version.pk:
            raise Conflict(_("This version is the current one already."), code="prompt_is_current")
        _take(actor, prompt, version, review=False, restored=True)


@transaction.atomic
def propose(*, actor: Actor, prompt: Prompt, source: str, note: str) -> PromptVersion:
    """A version that a search found; it serves nobody until people take it."""
    read(source)
    with tenancy.scope(actor.organisation_id):
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        version, made = version_of(
            prompt,
            source,
            origin=Origin.OPTIMISED,
            parent=prompt.current.number if prompt.current else None,
            person_key=persons.key_of(actor.subject),
            author=actor.name,
            note=note,
        )
        if made:
            audit.record(
                actor=actor, verb="prompt.saved", subject=version, slug=prompt.slug, number=version.number
            )
    return version


@transaction.atomic
def keep_own(*, actor: Actor, prompt: Prompt) -> None:
    """The newer text of the product was looked at; the organisation's own stays."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        prompt = Prompt.objects.select_for_update().get(pk=prompt.pk)
        if prompt.seed_seen_id == prompt.seed_id:
            raise Conflict(_("There is no newer text to decide about."), code="no_newer_seed")
        prompt.seed_seen_id = prompt.seed_id
        prompt.save(update_fields=["seed_seen"])
        audit.record(actor=actor, verb="prompt.seed_declined", subject=prompt, slug=prompt.slug)


@transaction.atomic
def save_draft(*, actor: Actor, prompt: Prompt, source: str) -> Draft:
    """Whatever is being written, right or wrong; only its writer sees it."""
    actor.require(EDIT)
    if len(source) > LONGEST or not storable(source):
        raise TooLong(fields={"source": _("is too long")})
    with tenancy.scope(actor.organisation_id):
        key = persons.key_of(actor.subject)
        values: dict[str, Any] = {
            "source": source,
            "parent": prompt.current.number if prompt.current else None,
        }
        draft, _made = Draft.objects.update_or_create(prompt=prompt, person_key=key, defaults=values)
    return draft


@transaction.atomic
def discard_draft(*, actor: Actor, prompt: Prompt) -> None:
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        _drafts(actor, prompt).delete()


def _drafts(actor: Actor, prompt: Prompt) -> Any:
    return Draft.objects.filter(prompt=prompt, person_key__in=persons.keys_of(actor.subject).values("pk"))


@transaction.atomic
def copy_to(*, actor: Actor, prompt: Prompt, language: str) -> PromptVersion:
    """The current version as the beginning of the same prompt in another language."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        if prompt.current is None:
            raise Conflict(_("There is no version to copy."), code="prompt_is_empty")
        source = _LANGUAGE_LINE.sub(f"language: {language}", prompt.current.source, count=1)
        return create(
            actor=actor,
            slug=prompt.slug,
            language=language,
            source=source,
            note=f"{prompt.language} v{prompt.current.number}",
            origin=Origin.COPY,
        )


@transaction.atomic
def set_four_eyes(*, actor: Actor, prompt: Prompt, on: bool) -> None:
    """Whether a version becomes the current one only after a second person has approved it."""
    actor.require(REVIEW)
    with tenancy.scope(actor.organisation_id):
        changed = Prompt.objects.filter(pk=prompt.pk, four_eyes=not on).update(four_eyes=on)
        if changed:
            audit.record(actor=actor, verb="prompt.rule_changed", subject=prompt, four_eyes=on)


__all__ = [
    "LANGUAGES", "copy_to", "create", "discard_draft", "keep_own", "make_current", "propose", "restore",
    "save", "save_draft", "set_four_eyes",
]  # fmt: skip
