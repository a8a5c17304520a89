"""A second person's eyes: asking for them, deciding, and remarks on a version."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.hands import hands_of
from sunmao.audit import services as audit
from sunmao.audit.models import Entry
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict, EmptyInput, TooLong
from sunmao.core.texts import storable
from sunmao.prompts.models import Comment, Prompt, PromptVersion, Review, ReviewState
from sunmao.prompts.rights import COMMENT, EDIT, REVIEW

LONGEST = 4_000


@transaction.atomic
def request(*, actor: Actor, version: PromptVersion) -> Review:
    """Ask for a look at a version; one that waits already is found again."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        prompt = Prompt.objects.select_for_update().get(pk=version.prompt_id)
        if prompt.current_id == version.pk:
            raise Conflict(_("This version is the current one already."), code="prompt_is_current")
        review, made = Review.objects.get_or_create(
            version=version,
            state=ReviewState.OPEN,
            defaults={"person_key": persons.key_of(actor.subject), "asked_by": actor.name},
        )
        if made:
            audit.record(
                actor=actor,
                verb="prompt.review_requested",
                subject=version,
                slug=prompt.slug,
                number=version.number,
            )
    return review


@transaction.atomic
def decide(*, actor: Actor, review: Review, approve: bool, reason: str = "") -> Review:
    """Approved, the version is the current one. Where two are asked for, nobody approves their own."""
    actor.require(REVIEW)
    if len(reason) > LONGEST:
        raise TooLong(fields={"reason": _("is too long")})
    with tenancy.scope(actor.organisation_id):
        review = Review.objects.select_for_update().get(pk=review.pk)
        if review.state != ReviewState.OPEN:
            raise Conflict(_("This review has been decided already."), code="review_decided")
        prompt = Prompt.objects.select_for_update().get(pk=review.version.prompt_id)
        key = persons.key_of(actor.subject)
        if approve and prompt.four_eyes:
            _require_second(actor, review)
        review.state = ReviewState.APPROVED if approve else ReviewState.REJECTED
        review.decider_key, review.decided_by, review.reason = key, actor.name, reason
        review.decided_at = Now()
        review.save()
        if approve:
            prompt.current, prompt.seed_seen_id = review.version, prompt.seed_id
            prompt.save(update_fields=["current", "seed_seen"])
        audit.record(
            actor=actor,
            verb="prompt.approved" if approve else "prompt.rejected",
            subject=review.version,
            slug=prompt.slug,
            number=review.version.number,
        )
        review.refresh_from_db()
    return review


def _require_second(actor: Actor, review: Review) -> None:
    """Who neither wrote the version nor asked for the look, with a key of theirs neither."""
    if actor.kind == "api_key":
        raise Conflict(_("Only a person can approve a prompt."), code="not_a_person")
    version = review.version
    own = persons.key_of(actor.subject) in (review.person_key, version.person_key)
    done = Entry.objects.filter(
        subject_id=str(version.pk), verb__in=("prompt.saved", "prompt.review_requested")
    )
    if own or done.filter(actor_id__in=hands_of(actor)).exists():
        raise Conflict(_("Somebody else has to approve what you wrote."), code="own_review")


@transaction.atomic
def comment(*, actor: Actor, version: PromptVersion, text: str, line: int | None = None) -> Comment:
    actor.require(COMMENT)
    said = text.strip()
    if not said or not storable(said):
        raise EmptyInput(fields={"text": _("is empty")})
    if len(said) > LONGEST:
        raise TooLong(fields={"text": _("is too long")})
    lines = version.source.count("\n") + 1
    with tenancy.scope(actor.organisation_id):
        made = Comment.objects.create(
            version=version,
            line=line if line is not None and 0 < line <= lines else None,
            person_key=persons.key_of(actor.subject),
            author=actor.name,
            text=said,
        )
        audit.record(actor=actor, verb="prompt.commented", subject=version, number=version.number)
    return made


__all__ = ["comment", "decide", "request"]
