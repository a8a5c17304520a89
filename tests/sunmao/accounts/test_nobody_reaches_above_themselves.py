"""Whatever lets somebody act as another person, or takes what they have, needs the rights of that person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sunmao.accounts import services
from sunmao.accounts.models import ApiKey, Membership, User
from sunmao.accounts.policies import BeyondOwnRights
from sunmao.accounts.selectors import actor_of_key, actor_of_user
from sunmao.accounts.signin import connections, passwords, people
from sunmao.accounts.signin.claims import Claims, ProviderRefused
from sunmao.accounts.signin.identities import person_of
from sunmao.accounts.signin.models import Connection
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Unauthenticated
from tests.fixtures import Cast, state_of

PROVIDER = {
    "slug": "own-issuer", "name": "Own issuer", "protocol": "oidc", "issuer": "https://issuer.example",
    "client_id": "client", "client_secret": "secret", "trusts_email": True,
}  # fmt: skip


@pytest.fixture
def rosa(cast: Cast) -> User:
    """Hemu's owner."""
    return services.add_member(actor=services.system_actor(cast.hemu), username="rosa", role="owner")


@pytest.fixture
def hugo(cast: Cast) -> Actor:
    """He holds a role of Hemu's own that manages members, and nothing else."""
    system = services.system_actor(cast.hemu)
    services.create_role(
        actor=system,
        slug="hr",
        name="HR",
        permissions=["accounts.member.manage", "accounts.signin.manage", "accounts.quota.manage"],
    )
    return actor_of_user(services.add_member(actor=system, username="hugo", role="hr"), language="en")


def _member(cast: Cast, user: User) -> Membership:
    with tenancy.scope(cast.hemu.pk):
        return Membership.objects.select_related("user").get(user=user)


def _limit_to_nothing(actor: Actor, member: Membership) -> Any:
    return services.set_quota(
        actor=actor, target="person", measure="requests", period="day", limit=0, only_for=str(member.pk)
    )


REACHING: dict[str, Callable[[Actor, Membership], Any]] = {
    "a link for a new password": lambda actor, member: passwords.issue_reset_link(
        actor=actor, user=member.user
    ),
    "no second factor": lambda actor, member: people.remove_second_factors(actor=actor, membership=member),
    "an address of theirs": lambda actor, member: people.confirm_address(
        actor=actor, membership=member, email="me@issuer.example"
    ),
    "a limit of nothing": _limit_to_nothing,
}


@pytest.mark.parametrize("way", REACHING)
def test_an_administrator_does_not_become_the_owner(cast: Cast, rosa: User, way: str) -> None:
    member, before = _member(cast, rosa), state_of(cast.hemu)
    with pytest.raises(BeyondOwnRights):
        REACHING[way](cast.lin.actor, member)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("way", REACHING)
@pytest.mark.parametrize("whom", ["lin", "ann", "zhou"])
def test_who_manages_members_only_becomes_nobody_else(cast: Cast, hugo: Actor, way: str, whom: str) -> None:
    member, before = _member(cast, getattr(cast, whom).user), state_of(cast.hemu)
    with pytest.raises(BeyondOwnRights):
        REACHING[way](hugo, member)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("way", REACHING)
def test_the_owner_may(cast: Cast, rosa: User, way: str) -> None:
    REACHING[way](actor_of_user(rosa, language="en"), _member(cast, cast.lin.user))


def test_a_limit_that_the_owner_has_is_not_removed_from_below(cast: Cast, rosa: User) -> None:
    owner = actor_of_user(rosa, language="en")
    quota = services.set_quota(
        actor=owner, target="person", measure="requests", period="day", limit=9,
        only_for=str(_member(cast, rosa).pk),
    )  # fmt: skip
    before = state_of(cast.hemu)
    with pytest.raises(BeyondOwnRights):
        services.remove_quota(actor=cast.lin.actor, quota=quota)
    assert state_of(cast.hemu) == before
    services.remove_quota(actor=owner, quota=quota)


def test_a_provider_that_could_name_the_owner_is_not_set_up_by_others(cast: Cast, rosa: User) -> None:
    owner = actor_of_user(rosa, language="en")
    people.confirm_address(actor=owner, membership=_member(cast, rosa), email="rosa@hemu.example")
    before = state_of(cast.hemu)
    with pytest.raises(BeyondOwnRights):
        connections.save_connection(actor=cast.lin.actor, values=PROVIDER)
    assert state_of(cast.hemu) == before
    made = connections.save_connection(actor=owner, values=PROVIDER)
    with pytest.raises(BeyondOwnRights):
        connections.save_connection(
            actor=cast.lin.actor, values={"issuer": "https://mine.example"}, connection=made
        )
    assert connections.at_the_door("own-issuer").issuer == "https://issuer.example"


def test_a_provider_names_nobody_who_rose_above_its_author_since(cast: Cast, rosa: User) -> None:
    """The provider first, the owner's address later; and a member who was linked, and then became owner."""
    made = connections.save_connection(actor=cast.lin.actor, values=PROVIDER)
    owner = actor_of_user(rosa, language="en")
    people.confirm_address(actor=owner, membership=_member(cast, rosa), email="rosa@hemu.example")
    people.confirm_address(actor=owner, membership=_member(cast, cast.mei.user), email="mei@hemu.example")
    as_rosa = Claims(subject="evil", email="rosa@hemu.example")
    as_mei = Claims(subject="mei", email="mei@hemu.example")
    before = state_of(cast.hemu)
    with pytest.raises(ProviderRefused) as caught:
        person_of(connection=made, claims=as_rosa)
    assert (caught.value.reason, state_of(cast.hemu)) == ("beyond_its_author", before)
    assert person_of(connection=made, claims=as_mei) == cast.mei.user
    services.give_role(actor=owner, holder=_member(cast, cast.mei.user), role="owner")
    with pytest.raises(ProviderRefused):
        person_of(connection=made, claims=as_mei)
    again = connections.save_connection(actor=owner, values={"name": "Read by the owner"}, connection=made)
    assert person_of(connection=again, claims=as_rosa) == rosa


def test_a_provider_from_before_its_author_was_known_names_no_owner(cast: Cast, rosa: User) -> None:
    owner = actor_of_user(rosa, language="en")
    made = connections.save_connection(actor=owner, values=PROVIDER)
    people.confirm_address(actor=owner, membership=_member(cast, rosa), email="rosa@hemu.example")
    with tenancy.scope(cast.hemu.pk):
        Connection.objects.filter(pk=made.pk).update(reach=None)
        made.refresh_from_db()
    with pytest.raises(ProviderRefused):
        person_of(connection=made, claims=Claims(subject="rosa", email="rosa@hemu.example"))


def test_a_right_that_came_with_an_upgrade_shuts_nobody_out(cast: Cast, rosa: User) -> None:
    made = connections.save_connection(actor=cast.lin.actor, values=PROVIDER)
    owner = actor_of_user(rosa, language="en")
    people.confirm_address(actor=owner, membership=_member(cast, cast.mei.user), email="mei@hemu.example")
    with tenancy.scope(cast.hemu.pk):
        before = [one for one in made.reach if one != "answering.task.run"]
        Connection.objects.filter(pk=made.pk).update(reach=before)
        made.refresh_from_db()
        assert "answering.task.run" not in made.reach
    assert person_of(connection=made, claims=Claims(subject="mei", email="mei@hemu.example")) == cast.mei.user


def test_a_role_loses_no_right_through_somebody_without_it(cast: Cast) -> None:
    system = services.system_actor(cast.hemu)
    role = services.create_role(
        actor=system, slug="super", name="Super", permissions=["audit.entry.read", "privacy.person.erase"]
    )
    services.create_role(actor=system, slug="roler", name="Roler", permissions=["accounts.role.manage"])
    user = services.add_member(actor=system, username="rolf", role="roler")
    rolf, before = actor_of_user(user, language="en"), state_of(cast.hemu)
    for change in (
        lambda: services.change_role(actor=rolf, role=role, name="Super", permissions=[]),
        lambda: services.remove_role(actor=rolf, role=role),
    ):
        with pytest.raises(BeyondOwnRights):
            change()
    assert state_of(cast.hemu) == before


def test_renewing_an_expired_key_does_not_bring_its_secret_back(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="window")
    with tenancy.scope(cast.hemu.pk):
        ApiKey.objects.filter(pk=issued.key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    renewed = services.rotate_api_key(actor=cast.lin.actor, key=issued.key, grace=timedelta(hours=1))
    assert renewed.key.previous_until is None
    assert actor_of_key(renewed.secret, language="en").id == issued.key.pk
    with pytest.raises(Unauthenticated):
        actor_of_key(issued.secret, language="en")


def test_a_key_is_not_born_dead(cast: Cast) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput):
        services.create_api_key(
            actor=cast.lin.actor, name="late", expires_at=timezone.now() - timedelta(days=1)
        )
    assert state_of(cast.hemu) == before
