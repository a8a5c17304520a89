"""Giving a role to a member, a team or a key, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies, rights
from sunmao.accounts.models import ApiKey, Grant, Membership, Role, Team
from sunmao.accounts.roles import fit_for_keys
from sunmao.accounts.selectors import find_role
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor, has_task
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible

Holder = Membership | Team | ApiKey
FIELD = {Membership: "member", Team: "team", ApiKey: "key"}
LONGEST_NAME = 200


@transaction.atomic
def give_role(
    *,
    actor: Actor,
    holder: Holder,
    role: str,
    bases: Sequence[str] = (),
    tasks: Sequence[str] = (),
    models: Sequence[str] = (),
    announced: bool = False,
) -> Grant:
    """The same grant twice is one. `announced`: the caller's own audit entry tells of it."""
    actor.require(_permission(holder))
    with tenancy.scope(actor.organisation_id):
        row = Grant(
            role=find_role(role),
            bases=_bases(actor, bases),
            tasks=_tasks(actor, tasks),
            model_names=_names(models),
            granted_by_id=actor.id if actor.kind == "user" else None,
            **{FIELD[type(holder)]: holder},
        )
        _check_fit(row)
        policies.require_cover(actor, [row])
        same = Grant.objects.filter(
            role=row.role,
            bases=row.bases,
            tasks=row.tasks,
            model_names=row.model_names,
            **{FIELD[type(holder)]: holder},
        ).first()
        if same:
            return same
        row.save()
        if not announced:
            audit.record(actor=actor, verb="role.given", subject=holder, **describe(row))
    return row


@transaction.atomic
def take_grant(*, actor: Actor, grant: Grant) -> None:
    """Taking a right away needs that right, too: nobody dismisses those above them."""
    holder = grant.holder
    actor.require(_permission(holder))
    with tenancy.scope(actor.organisation_id), policies.keeping_an_owner(actor.organisation_id):
        policies.require_cover(actor, [grant])
        if Grant.objects.filter(pk=grant.pk).delete()[0]:
            audit.record(actor=actor, verb="role.taken", subject=holder, **describe(grant))


def _permission(holder: Holder) -> str:
    return "accounts.key.manage" if isinstance(holder, ApiKey) else "accounts.member.manage"


def describe(grant: Grant) -> dict[str, Any]:
    """A grant as the audit log has it."""
    narrowing = {"bases": grant.bases, "tasks": grant.tasks, "models": grant.model_names}
    return {"role": grant.role.slug, **{name: value for name, value in narrowing.items() if value}}


def _check_fit(row: Grant) -> None:
    role: Role = row.role
    if row.key and not fit_for_keys(role.effective):
        raise InvalidInput(fields={"role": _("cannot be given to a key")})
    if role.vertical and not all(has_task((role.vertical,), task) for task in row.tasks):
        raise InvalidInput(fields={"tasks": _("are not of this role's business line")})
    if not rights.value_of(row).permissions:
        raise InvalidInput(fields={"role": _("gives nothing when it is narrowed like this")})


def _bases(actor: Actor, slugs: Sequence[str]) -> list[str]:
    """What is not there for the actor cannot be given, and is not told apart from what is nowhere."""
    return sorted({visible(actor, "base", slug).slug for slug in slugs})


def _tasks(actor: Actor, names: Sequence[str]) -> list[str]:
    return sorted({visible(actor, "task", name) for name in names})


def _names(names: Sequence[str]) -> list[str]:
    if not all(name and len(name) <= LONGEST_NAME and name.isprintable() for name in names):
        raise InvalidInput(fields={"models": _("must be names")})
    return sorted(set(names))
