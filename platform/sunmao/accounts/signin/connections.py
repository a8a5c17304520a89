"""Identity providers of organisations: finding them at the door, and setting them up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies, rights
from sunmao.accounts.models import Grant, Membership, Organisation
from sunmao.accounts.roles import BuiltIn, built_in, permissions_of
from sunmao.accounts.selectors import find_role
from sunmao.accounts.services import system_actor
from sunmao.accounts.signin import sessions
from sunmao.accounts.signin.models import Connection, Identity, MemberAddress, Protocol
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, Message, NotFound
from sunmao.core.ids import reference as id_in

SLUG, DOMAIN = "app.sso_slug", "app.sso_domain"
DOMAIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?")
PERMISSION = "accounts.signin.manage"
FIELDS = (
    *("slug", "name", "protocol", "enabled", "listed", "domains"),
    *("just_in_time", "default_role", "groups_claim", "role_of_group"),
    *("trusts_email", "provides_second_factor"),
    *("issuer", "client_id", "client_secret", "sign_in_url", "certificate"),
)
SECRETS = ("client_secret",)
SHOWN = frozenset({"slug", "name", "domains", "issuer"})
"""What the operator vouches for: a change asks for their word again."""
EVERYTHING = "*"
ROLE = "role:"


# At the door


def listed() -> list[Connection]:
    """Those that the sign-in page shows to everybody. Without a database the page stands alone.

    Any organisation may give itself any name and any domain; strangers see them only when the operator has
    vouched for them. Its own people find an unvouched provider by its address, `/sso/SLUG/`.
    """
    try:
        with tenancy.presenting(SLUG, "*"):
            shown = Connection.objects.filter(enabled=True, listed=True, vouched=True)
            return list(shown.order_by("name", "pk"))
    except OperationalError:
        return []


def at_the_door(slug: str) -> Connection:
    with tenancy.presenting(SLUG, slug):
        found = Connection.objects.filter(slug=slug, enabled=True).first()
    if found is None:
        raise NotFound
    return found


def of_domain(domain: str) -> list[Connection]:
    """Providers for people with such an address; two organisations may have named the same domain."""
    wanted = domain.strip().lower()
    if not DOMAIN_NAME.fullmatch(wanted):
        return []
    with tenancy.presenting(DOMAIN, wanted):
        return list(
            Connection.objects.filter(enabled=True, vouched=True, domains__contains=[wanted]).order_by(
                "name", "pk"
            )
        )


# In the organisation


def connections_visible_to(actor: Actor) -> QuerySet[Connection]:
    actor.require(PERMISSION)
    return Connection.objects.filter(organisation_id=actor.organisation_id)


def as_dict(connection: Connection) -> dict[str, Any]:
    """Everything but the secret."""
    told = {name: getattr(connection, name) for name in FIELDS if name not in SECRETS}
    return {**told, "has_client_secret": bool(connection.client_secret), "vouched": connection.vouched}


def visible_connection(*, actor: Actor, reference: object) -> Connection:
    slug = str(reference)
    found = connections_visible_to(actor).filter(slug=slug).first() if slug.isprintable() else None
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def save_connection(
    *, actor: Actor, values: Mapping[str, Any], connection: Connection | None = None
) -> Connection:
    """Make one, or change some of its fields. A secret that is left out stays as it is."""
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        made = (
            Connection()
            if connection is None
            else Connection.objects.select_for_update().get(pk=connection.pk)
        )
        before = _told(made) if connection else {}
        for name, value in values.items():
            if name not in FIELDS:
                raise InvalidInput(fields={name: _("is not known")})
            setattr(made, name, value)
        if not SHOWN.isdisjoint(values):
            made.vouched = _is_alone()
        _check(actor, made, connection)
        _require_rank(actor, made)
        made.reach = _reach_of(actor)
        _store(made)
        changed = [name for name in values if name in SECRETS]
        verb = "connection.changed" if connection else "connection.made"
        audit.record(actor=actor, verb=verb, subject=made, before=before, after=_told(made), renewed=changed)
        if not made.enabled:
            sessions.end_those_of(made)
    return made


@transaction.atomic
def vouch(*, organisation: Organisation, slug: str) -> Connection:
    """The operator's word, from the shell: the name and the domains are this organisation's."""
    actor = system_actor(organisation)
    with tenancy.scope(organisation.pk):
        found = Connection.objects.select_for_update().filter(slug=slug).first()
        if found is None:
            raise NotFound
        if not found.vouched:
            found.vouched = True
            found.save(update_fields=["vouched"])
            audit.record(
                actor=actor, verb="connection.vouched", subject=found, name=found.name, domains=found.domains
            )
    return found


def _is_alone() -> bool:
    """Where there is one organisation, nobody else's name can be taken."""
    return Organisation.objects.count() == 1


@transaction.atomic
def remove_connection(*, actor: Actor, connection: Connection) -> None:
    """Its links to people go with it, and whoever came in through it is signed out. The people stay."""
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        found = Connection.objects.select_for_update().filter(pk=id_in(connection.pk)).first()
        if found is None:
            return
        sessions.end_those_of(found)
        audit.record(actor=actor, verb="connection.removed", subject=found, before=_told(found))
        found.delete()


def _store(made: Connection) -> None:
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Conflict(_("Another provider has this address already."), code="connection_exists") from error


def _told(made: Connection) -> dict[str, Any]:
    return {name: getattr(made, name) for name in FIELDS if name not in (*SECRETS, "certificate")}


def _check(actor: Actor, made: Connection, old: Connection | None) -> None:
    wrong: dict[str, Message] = {}
    if old and old.slug != made.slug:
        wrong["slug"] = _("cannot be changed")
    if made.protocol not in Protocol.values:
        wrong["protocol"] = _("must be oidc or saml")
    wrong |= _shapes(made) or (_saml(made) if made.protocol == Protocol.SAML else _oidc(made))
    if wrong:
        raise InvalidInput(fields=wrong)
    try:
        made.clean_fields(exclude=["organisation_id", "client_secret"])
    except ValidationError as error:
        raise InvalidInput(
            fields={name: " ".join(texts) for name, texts in error.message_dict.items()}
        ) from error
    _check_roles(actor, made)


def _shapes(made: Connection) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if not isinstance(made.domains, list) or not all(
        isinstance(one, str) and DOMAIN_NAME.fullmatch(one) for one in made.domains
    ):
        wrong["domains"] = _("must be domains such as example.com, in lower case")
    roles = made.role_of_group
    if not isinstance(roles, dict) or not all(isinstance(one, str) for one in (*roles, *roles.values())):
        wrong["role_of_group"] = _("must give a role to each group")
    return wrong


def _oidc(made: Connection) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if urlsplit(made.issuer).scheme not in ("https", "http") or not urlsplit(made.issuer).hostname:
        wrong["issuer"] = _("must be an address that begins with https://")
    if not made.client_id:
        wrong["client_id"] = _("is missing")
    return wrong


def _saml(made: Connection) -> dict[str, Message]:
    from sunmao.accounts.signin.saml import unreadable_certificates

    wrong: dict[str, Message] = {}
    if not made.issuer:
        wrong["issuer"] = _("is missing")
    if urlsplit(made.sign_in_url).scheme not in ("https", "http"):
        wrong["sign_in_url"] = _("must be an address that begins with https://")
    if unreadable_certificates(made.certificate):
        wrong["certificate"] = _("must be a certificate in PEM form")
    return wrong


def _require_rank(actor: Actor, made: Connection) -> None:
    """Whoever sets a provider up decides who comes in through it as whom: as anybody whom it is linked to or
    could find by a confirmed address. That takes the rights of each of them."""
    known = MemberAddress.objects.values("user").union(
        Identity.objects.filter(connection=made).values("user")
    )
    for member in Membership.objects.filter(user__in=[one["user"] for one in known]):
        policies.require_rank(actor, member)


def _reach_of(actor: Actor) -> list[str]:
    """Built-in roles by name as well: a right that they get with a later version is in reach from then on."""
    if actor.kind == "system":
        return [EVERYTHING]
    roles = [f"{ROLE}{role}" for role in built_in() if permissions_of(role) <= actor.permissions]
    return sorted({*actor.permissions, *roles})


def reaches(made: Connection, member: Membership) -> bool:
    """Whether whoever saved the provider had every right that this member has now: what it may say was judged
    then, and the member may have come, got an address or a higher role since."""
    reach = [f"{ROLE}{BuiltIn.ADMINISTRATOR}"] if made.reach is None else made.reach
    roles = (permissions_of(one.removeprefix(ROLE)) for one in reach if one.startswith(ROLE))
    known = frozenset(reach).union(*roles)
    wanted = frozenset(one for row in rights.grants_of(member) for one in rights.value_of(row).permissions)
    return EVERYTHING in known or wanted <= known


def _check_roles(actor: Actor, made: Connection) -> None:
    """A provider gives nobody more than whoever set it up could, and never the ownership."""
    slugs = {*made.role_of_group.values(), *([made.default_role] if made.default_role else [])}
    if BuiltIn.OWNER.value in slugs:
        raise InvalidInput(fields={"role_of_group": _("cannot give the ownership")})
    if made.just_in_time and not slugs:
        raise InvalidInput(fields={"default_role": _("is needed to make new members")})
    for slug in sorted(slugs):
        policies.require_cover(actor, [Grant(role=find_role(slug))])
