"""Roles of an organisation's own. Built-in ones follow the code and are never changed."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies
from sunmao.accounts.models import Grant, Role
from sunmao.accounts.roles import built_in
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.actor import Grant as GrantValue
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.core.permission import declared

LONGEST_SLUG, LONGEST_NAME = 60, 100


class BuiltInRole(Conflict):
    code = "built_in_role"
    default_message = _("A built-in role cannot be changed or removed. Make one of your own.")


class RoleInUse(Conflict):
    code = "role_in_use"
    default_message = _("Somebody still has this role. Take it from them first.")


class RoleExists(Conflict):
    code = "role_exists"
    default_message = _("There is a role of this name already.")


@transaction.atomic
def create_role(*, actor: Actor, slug: str, name: str, permissions: Collection[str]) -> Role:
    actor.require("accounts.role.manage")
    if slug != slugify(slug) or not 0 < len(slug) <= LONGEST_SLUG:
        raise InvalidInput(fields={"slug": _("Use letters, digits, hyphens and underscores only.")})
    wanted, shown = _known(permissions), _named(name)
    with tenancy.scope(actor.organisation_id):
        if slug in built_in() or Role.objects.filter(slug=slug).exists():
            raise RoleExists(fields={"slug": slug})
        role = Role.objects.create(slug=slug, name=shown, permissions=sorted(wanted))
        _require(actor, wanted, role)
        audit.record(actor=actor, verb="role.created", subject=role, slug=slug, permissions=role.permissions)
    return role


@transaction.atomic
def change_role(*, actor: Actor, role: Role, name: str, permissions: Collection[str]) -> Role:
    """Whoever holds it has the new rights from the next request on."""
    actor.require("accounts.role.manage")
    wanted, shown = _known(permissions), _named(name)
    with tenancy.scope(actor.organisation_id):
        row = Role.objects.select_for_update().get(pk=role.pk)
        if row.built_in:
            raise BuiltInRole(fields={"role": row.slug})
        before = {"name": row.name, "permissions": row.permissions}
        _require(actor, wanted ^ frozenset(row.permissions), row)
        row.name, row.permissions = shown, sorted(wanted)
        after = {"name": row.name, "permissions": row.permissions}
        if before != after:
            row.save(update_fields=["name", "permissions"])
            audit.record(actor=actor, verb="role.changed", subject=row, before=before, after=after)
    return row


@transaction.atomic
def remove_role(*, actor: Actor, role: Role) -> None:
    actor.require("accounts.role.manage")
    with tenancy.scope(actor.organisation_id):
        if role.built_in:
            raise BuiltInRole(fields={"role": role.slug})
        _require(actor, frozenset(role.permissions), role)
        try:
            removed, _rows = Role.objects.filter(pk=role.pk).delete()
        except ProtectedError as error:
            raise RoleInUse(fields={"grants": str(Grant.objects.filter(role=role).count())}) from error
        if removed:
            audit.record(
                actor=actor, verb="role.removed", subject=role, slug=role.slug, permissions=role.permissions
            )


def _known(permissions: Collection[str]) -> frozenset[str]:
    unknown = sorted(set(permissions) - set(declared()))
    if unknown:
        raise InvalidInput(fields={"permissions": ", ".join(unknown)})
    return frozenset(permissions)


def _named(name: str) -> str:
    clean = name.strip()
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise InvalidInput(fields={"name": _("Use at most 100 printable characters.")})
    return clean


def _require(actor: Actor, permissions: frozenset[str], role: Role) -> None:
    """Others may hold the role anywhere, so that it takes a right everywhere to add or to remove it."""
    policies.require_reach(actor, GrantValue(permissions=permissions), role=role)
