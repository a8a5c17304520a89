"""Deciding about personal data, keeping what was replaced, and turning it back for those who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Message, NotFound
from sunmao.core.vertical import installed
from sunmao.guards.models import ImageMode, PersonalDataPolicy, PolicyPlace, PolicyScope, SurrogateMap
from sunmao.guards.personal.kinds import KINDS
from sunmao.guards.personal.policy import MODES

MOST_ALLOWED, LONGEST_ALLOWED, LONGEST_SCOPE = 500, 200, 80


class PersonalDataRefused(InvalidInput):
    """A policy does not accept this kind of data here; nothing of the text was kept."""

    code = "personal_data_refused"
    default_message = _(
        "The text holds personal data that is not accepted here. Nothing was kept; try again without it."
    )


def set_policy(
    *,
    actor: Actor,
    place: str,
    modes: Mapping[str, str],
    scope_kind: str = PolicyScope.ORGANISATION,
    scope: str = "",
    images: str = ImageMode.OFF,
    allowed: Sequence[str] = (),
) -> PersonalDataPolicy:
    """Make or change the policy of one place and scope. It holds from the next question or file on."""
    actor.require("guards.policy.manage")
    wrong = problems(
        place=place, modes=modes, scope_kind=scope_kind, scope=scope, images=images, allowed=allowed
    )
    if wrong:
        raise InvalidInput(fields=wrong)
    values = {"modes": dict(modes), "images": images, "allowed": list(dict.fromkeys(allowed))}
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        row, made = PersonalDataPolicy.objects.select_for_update().get_or_create(
            place=place, scope_kind=scope_kind, scope=scope, defaults=values
        )
        before = None if made else _content(row)
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        audit.record(
            actor=actor, verb="personal_data_policy.changed", subject=row, before=before, after=_content(row)
        )
    return row


def remove_policy(*, actor: Actor, policy: PersonalDataPolicy) -> None:
    """From now on the others that apply hold alone, or the built-in default."""
    actor.require("guards.policy.manage")
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        audit.record(
            actor=actor, verb="personal_data_policy.removed", subject=policy, before=_content(policy)
        )
        policy.delete()


def _content(row: PersonalDataPolicy) -> dict[str, Any]:
    return {
        "place": row.place,
        "scope_kind": row.scope_kind,
        "scope": row.scope,
        "modes": row.modes,
        "images": row.images,
        "allowed": len(row.allowed),
    }


def problems(
    *, place: str, modes: Mapping[str, str], scope_kind: str, scope: str, images: str, allowed: Sequence[str]
) -> dict[str, Message]:
    """What is wrong with a policy, by field; empty when nothing is."""
    return {**_wrong_scope(scope_kind, scope), **_wrong_content(place, modes, images, allowed)}


def _wrong_scope(scope_kind: str, scope: str) -> dict[str, Message]:
    if scope_kind not in PolicyScope.values:
        return {"scope_kind": _("must be organisation, vertical or base")}
    if (scope_kind == PolicyScope.ORGANISATION) != (scope == "") or len(scope) > LONGEST_SCOPE:
        return {"scope": _("names a business line or a base, and nothing for the organisation")}
    if scope_kind == PolicyScope.VERTICAL and scope not in {vertical.slug for vertical in installed()}:
        return {"scope": _("is no business line that is installed")}
    return {}


def _wrong_content(
    place: str, modes: Mapping[str, str], images: str, allowed: Sequence[str]
) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if place not in PolicyPlace.values:
        wrong["place"] = _("must be question, knowledge or answer")
    if any(kind not in KINDS for kind in modes):
        wrong["modes"] = _("names a kind of personal data that does not exist")
    elif any(mode not in MODES for mode in modes.values()):
        wrong["modes"] = _("must be off, surrogate, mask or refuse for each kind")
    elif place == PolicyPlace.ANSWER and not {"surrogate", "refuse"}.isdisjoint(modes.values()):
        wrong["modes"] = _("must be off or mask in answers: what is said cannot be turned back")
    if images not in ImageMode.values:
        wrong["images"] = _("must be off, blur or refuse")
    if len(allowed) > MOST_ALLOWED or any(not 0 < len(value) <= LONGEST_ALLOWED for value in allowed):
        wrong["allowed"] = _("holds at most 500 values of at most 200 characters")
    return wrong


def keep_surrogates(*, about: UUID, person_key: UUID, surrogates: Mapping[str, str]) -> None:
    """In the caller's scope and transaction; nothing is written when nothing was replaced."""
    if not surrogates:
        return
    row = SurrogateMap.objects.filter(about=about).first() or SurrogateMap(about=about, person_key=person_key)
    row.values = dict(surrogates)
    row.save()


def forget_surrogates(*, about: Sequence[UUID]) -> int:
    """What was replaced in these exchanges or revisions, which leave; in the caller's scope."""
    return SurrogateMap.objects.filter(about__in=about).delete()[0]


def note_reversal(*, actor: Actor, person_keys: Sequence[UUID], reason: str) -> None:
    """All that was replaced in one person's texts was turned back at once, with the export of their data."""
    for row in SurrogateMap.objects.filter(person_key__in=person_keys).order_by("created_at", "id"):
        _note_reversal(actor, row, reason)


def reverse(*, actor: Actor, about: UUID, reason: str) -> dict[str, str]:
    """What the placeholders of an exchange or a revision stand for. Each reversal is an audit entry."""
    actor.require("privacy.surrogate.reverse")
    if not reason.strip():
        raise InvalidInput(fields={"reason": _("is empty")})
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        row = SurrogateMap.objects.filter(about=about).first()
        if row is None:
            raise NotFound(_("Nothing was replaced here, or it was erased."), code="no_surrogates")
        _note_reversal(actor, row, reason)
        return dict(row.values)


def _note_reversal(actor: Actor, row: SurrogateMap, reason: str) -> None:
    audit.record(
        actor=actor,
        verb="surrogates.reversed",
        subject=row,
        about=str(row.about),
        count=len(row.values),
        reason=reason.strip()[:500],
    )


__all__ = [
    "PersonalDataRefused",
    "forget_surrogates",
    "keep_surrogates",
    "problems",
    "remove_policy",
    "reverse",
    "set_policy",
]
