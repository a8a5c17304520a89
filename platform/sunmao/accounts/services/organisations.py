from __future__ import annotations

from django.db import transaction

from sunmao.accounts.models import Organisation, Role
from sunmao.accounts.roles import built_in
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor


def system_actor(organisation: Organisation, *, name: str = "system", language: str = "zh-hans") -> Actor:
    return Actor(kind="system", id=None, organisation_id=organisation.pk, name=name, language=language)


@transaction.atomic
def create_organisation(*, slug: str, name: str, enabled_verticals: list[str]) -> Organisation:
    organisation = Organisation.objects.create(slug=slug, name=name, enabled_verticals=enabled_verticals)
    with tenancy.scope(organisation.pk):
        _make_built_in_roles()
        audit.record(
            actor=system_actor(organisation), verb="organisation.created", subject=organisation, slug=slug
        )
    return organisation


def renew_built_in_roles() -> None:
    """After an upgrade: rows for built-in roles that organisations do not have yet."""
    for organisation in Organisation.objects.all():
        with tenancy.scope(organisation.pk):
            _make_built_in_roles()


def _make_built_in_roles() -> None:
    known = set(Role.objects.values_list("slug", flat=True))
    rows = [Role(slug=slug, built_in=True) for slug in built_in() if slug not in known]
    Role.objects.bulk_create(rows, ignore_conflicts=True)


def enable_vertical(*, organisation: Organisation, slug: str) -> None:
    """From now on the organisation's people see this business line."""
    if slug in organisation.enabled_verticals:
        return
    organisation.enabled_verticals = [*organisation.enabled_verticals, slug]
    with tenancy.scope(organisation.pk):
        organisation.save(update_fields=["enabled_verticals"])
        actor = system_actor(organisation)
        audit.record(actor=actor, verb="vertical.enabled", subject=organisation, vertical=slug)
