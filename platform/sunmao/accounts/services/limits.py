from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.measures import Measure, Period, Target
from sunmao.accounts.models import ApiKey, Membership, Quota
from sunmao.accounts.policies import require_rank
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible

MOST = 2**53


@transaction.atomic
def set_quota(
    *, actor: Actor, target: str, measure: str, period: str, limit: int, only_for: str = ""
) -> Quota:
    """A limit for the organisation, for each person or key, or for the one member or key named."""
    actor.require("accounts.quota.manage")
    _check(target, measure, period, limit, only_for)
    with tenancy.scope(actor.organisation_id):
        subject = subject_of(actor, target, only_for)
        _require_rank(actor, subject)
        kind = {"target": target, "subject": subject, "measure": measure, "period": period}
        row = Quota.objects.select_for_update().filter(**kind).first()
        before = {"limit": row.limit} if row else None
        if row is None:
            row = Quota.objects.create(**kind, limit=limit)
        elif row.limit != limit:
            row.limit = limit
            row.save(update_fields=["limit"])
        if before != {"limit": limit}:
            audit.record(
                actor=actor,
                verb="quota.set",
                subject=row,
                **kind_of(row),
                before=before,
                after={"limit": limit},
            )
    return row


@transaction.atomic
def remove_quota(*, actor: Actor, quota: Quota) -> None:
    actor.require("accounts.quota.manage")
    with tenancy.scope(actor.organisation_id):
        _require_rank(actor, quota.subject)
        if Quota.objects.filter(pk=quota.pk).delete()[0]:
            before = {"limit": quota.limit}
            audit.record(
                actor=actor, verb="quota.removed", subject=quota, **kind_of(quota), before=before, after=None
            )


def kind_of(quota: Quota) -> dict[str, Any]:
    return {
        "target": quota.target,
        "only_for": quota.subject,
        "measure": quota.measure,
        "period": quota.period,
    }


def subject_of(actor: Actor, target: str, only_for: str) -> str:
    """`user:…` or `api_key:…` for the id of a member or key that the actor's organisation has."""
    if not only_for:
        return ""
    if target == Target.KEY:
        key: ApiKey = visible(actor, "key", only_for)
        return f"api_key:{key.pk}"
    member: Membership = visible(actor, "member", only_for)
    return f"user:{member.user_id}"


def _require_rank(actor: Actor, subject: str) -> None:
    """A limit of 0 takes all that a person may do, and removing theirs leaves them to the general one."""
    kind, _separator, user_id = subject.partition(":")
    member = Membership.objects.filter(user_id=user_id).first() if kind == "user" else None
    if member:
        require_rank(actor, member)


def _check(target: str, measure: str, period: str, limit: int, only_for: str) -> None:
    wrong = {
        name: _("is not one of the choices")
        for name, value, choices in (
            ("target", target, Target),
            ("measure", measure, Measure),
            ("period", period, Period),
        )
        if value not in choices.values
    }
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 <= limit <= MOST:
        wrong["limit"] = _("must be a whole number from 0")
    if only_for and target == Target.ORGANISATION:
        wrong["only_for"] = _("is only for people and keys")
    if wrong:
        raise InvalidInput(fields=wrong)
