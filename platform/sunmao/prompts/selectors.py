"""Reads. Prompts belong to the whole organisation; drafts and tries to whoever made them."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.prompts.models import (
    Draft,
    Optimisation,
    PlaygroundRun,
    Prompt,
    PromptCase,
    PromptVersion,
    Review,
    ReviewState,
)
from sunmao.prompts.rights import READ, TRY


def prompts_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Prompt]:
    actor.require(permission)
    waiting = Count("versions__reviews", filter=Q(versions__reviews__state=ReviewState.OPEN), distinct=True)
    counts = {"version_count": Count("versions", distinct=True), "open_reviews": waiting}
    return Prompt.objects.select_related("current", "seed").annotate(**counts)


def resolve_prompt(*, actor: Actor, reference: object, permission: str = READ) -> Prompt:
    """By id, or by name and language as in `customer_service.answer:zh`."""
    slug, _, language = str(reference).partition(":")
    named = Q(slug=slug, language=language) if language else Q(pk=as_id(reference))
    found = prompts_visible_to(actor, permission).filter(named).first()
    if found is None:
        raise NotFound(code="unknown_prompt")
    return found


def versions_visible_to(actor: Actor, permission: str = READ) -> QuerySet[PromptVersion]:
    actor.require(permission)
    return PromptVersion.objects.select_related("prompt", "prompt__current")


def resolve_version(*, actor: Actor, reference: object, permission: str = READ) -> PromptVersion:
    found = versions_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_prompt_version")
    return found


def numbered(prompt: Prompt, number: object) -> PromptVersion:
    digits = str(number).removeprefix("v")
    sound = digits.isascii() and digits.isdigit() and len(digits) < 9
    found = prompt.versions.filter(number=int(digits)).first() if sound else None
    if found is None:
        raise NotFound(code="unknown_prompt_version")
    return found


def resolve_review(*, actor: Actor, reference: object, permission: str = READ) -> Review:
    actor.require(permission)
    found = Review.objects.select_related("version__prompt").filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_prompt_review")
    return found


def resolve_case(*, actor: Actor, reference: object, permission: str = READ) -> PromptCase:
    actor.require(permission)
    found = PromptCase.objects.select_related("prompt").filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_prompt_case")
    return found


def own_draft(actor: Actor, prompt: Prompt) -> Draft | None:
    keys = persons.keys_of(actor.subject).values("pk")
    return Draft.objects.filter(prompt=prompt, person_key__in=keys).first()


def own_runs(actor: Actor, permission: str = TRY) -> QuerySet[PlaygroundRun]:
    """What this person tried, and nobody else's."""
    actor.require(permission)
    keys = persons.keys_of(actor.subject).values("pk")
    return PlaygroundRun.objects.select_related("prompt", "job").filter(person_key__in=keys)


def resolve_playground_run(*, actor: Actor, reference: object, permission: str = TRY) -> PlaygroundRun:
    found = own_runs(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_playground_run")
    return found


def resolve_optimisation(*, actor: Actor, reference: object, permission: str = READ) -> Optimisation:
    actor.require(permission)
    shown = Optimisation.objects.select_related("prompt", "base", "candidate", "job")
    found = shown.filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_optimisation")
    return found


def has_newer_seed(prompt: Prompt) -> bool:
    """The product brought a text that nobody here has decided about."""
    return prompt.seed_id not in (None, prompt.seed_seen_id, prompt.current_id)


def open_reviews(prompt: Prompt) -> QuerySet[Review]:
    shown = Review.objects.filter(version__prompt=prompt, state=ReviewState.OPEN)
    return shown.select_related("version__prompt")
