"""Attempts to get or give rights that one does not have. Each is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sunmao.accounts import services
from sunmao.accounts.models import ApiKey, Grant, Membership, Role, Team
from sunmao.accounts.policies import BeyondOwnRights, LastOwner, covers
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.accounts.services.members import NameTaken
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.actor import Grant as Value
from sunmao.core.errors import Forbidden
from sunmao.core.ids import new_id
from sunmao.knowledge import services as knowledge
from tests.fixtures import Cast, Person, state_of, verbs_of


def _member(cast: Cast, person: Person) -> Membership:
    with tenancy.scope(cast.hemu.pk):
        return Membership.objects.get(user=person.user)


def _owner(cast: Cast, name: str = "wu") -> tuple[Membership, Actor]:
    system = services.system_actor(cast.hemu)
    user = services.add_member(actor=system, username=name, role=BuiltIn.OWNER)
    with tenancy.scope(cast.hemu.pk):
        return Membership.objects.get(user=user), actor_of_user(user, language="en")


def _refused(cast: Cast, error: type[Forbidden], act: Callable[[], object]) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(error):
        act()
    assert state_of(cast.hemu) == before


def test_an_administrator_does_not_become_an_owner(cast: Cast) -> None:
    lin = _member(cast, cast.lin)
    _refused(
        cast,
        BeyondOwnRights,
        lambda: services.give_role(actor=cast.lin.actor, holder=lin, role=BuiltIn.OWNER),
    )
    _refused(
        cast,
        BeyondOwnRights,
        lambda: services.add_member(actor=cast.lin.actor, username="friend", role=BuiltIn.OWNER),
    )


def test_an_administrator_does_not_dismiss_an_owner(cast: Cast) -> None:
    wu, _actor = _owner(cast)
    _owner(cast, "second")
    with tenancy.scope(cast.hemu.pk):
        grant = Grant.objects.select_related("role", "member").get(member=wu)
    _refused(cast, BeyondOwnRights, lambda: services.take_grant(actor=cast.lin.actor, grant=grant))
    _refused(cast, BeyondOwnRights, lambda: services.remove_member(actor=cast.lin.actor, membership=wu))


def test_a_right_that_one_lacks_goes_into_no_role(cast: Cast) -> None:
    _refused(
        cast,
        BeyondOwnRights,
        lambda: services.create_role(
            actor=cast.lin.actor, slug="boss", name="Boss", permissions=["accounts.owner.manage"]
        ),
    )
    role = services.create_role(
        actor=cast.lin.actor, slug="helper", name="Helper", permissions=["audit.entry.read"]
    )
    _refused(
        cast,
        BeyondOwnRights,
        lambda: services.change_role(
            actor=cast.lin.actor, role=role, name="Helper", permissions=["privacy.surrogate.reverse"]
        ),
    )


def test_nobody_joins_a_team_that_has_more_than_they_may_give(cast: Cast) -> None:
    _wu, owner = _owner(cast)
    team = services.create_team(actor=owner, name="board")
    services.give_role(actor=owner, holder=team, role=BuiltIn.OWNER)
    lin = _member(cast, cast.lin)
    _refused(cast, BeyondOwnRights, lambda: services.add_to_team(actor=cast.lin.actor, team=team, member=lin))
    _refused(cast, BeyondOwnRights, lambda: services.remove_team(actor=cast.lin.actor, team=team))
    services.add_to_team(actor=owner, team=team, member=lin)
    assert actor_of_user(cast.lin.user).can("accounts.owner.manage")


def test_renewing_a_key_needs_its_rights(cast: Cast) -> None:
    """Whoever renews a key holds its secret."""
    _wu, owner = _owner(cast)
    knowledge.create_base(actor=owner, slug="zoo")
    role = services.create_role(
        actor=owner,
        slug="key-keeper",
        name="Key keeper",
        permissions=["accounts.key.manage", "answering.task.run"],
    )
    mei = _member(cast, cast.mei)
    services.give_role(actor=owner, holder=mei, role=role.slug)
    keeper = actor_of_user(cast.mei.user, language="en")
    feeder = services.create_api_key(actor=owner, name="feeder", role=BuiltIn.KNOWLEDGE_EDITOR).key
    _refused(cast, BeyondOwnRights, lambda: services.rotate_api_key(actor=keeper, key=feeder))
    _refused(
        cast,
        BeyondOwnRights,
        lambda: services.create_api_key(actor=keeper, name="own", role=BuiltIn.KNOWLEDGE_EDITOR),
    )
    services.revoke_api_key(actor=keeper, key=feeder)
    assert verbs_of(cast.hemu, subject=feeder.pk) == ["key.created", "key.revoked"]


def test_a_narrow_right_gives_no_wider_one() -> None:
    wide = Value(permissions=frozenset({"p"}), bases=frozenset({"a", "b"}), tasks=frozenset({"medical"}))
    actor = Actor(kind="user", id=None, organisation_id=new_id(), name="x", language="en", narrowed=(wide,))
    for bases, tasks, covered in (
        ({"a"}, {"medical.ask"}, True),
        ({"a", "b"}, {"medical"}, True),
        ({"a", "c"}, {"medical"}, False),
        (None, {"medical"}, False),
        ({"a"}, None, False),
        ({"a"}, {"contract_review"}, False),
    ):
        wanted = Value(
            permissions=frozenset({"p"}),
            bases=None if bases is None else frozenset(bases),
            tasks=None if tasks is None else frozenset(tasks),
        )
        assert (bases, tasks, covers(actor, wanted)) == (bases, tasks, covered)


def test_the_last_owner_stays(cast: Cast) -> None:
    wu, owner = _owner(cast)
    with tenancy.scope(cast.hemu.pk):
        grant = Grant.objects.select_related("role", "member").get(member=wu)
    _keeps(cast, lambda: services.take_grant(actor=owner, grant=grant))
    _keeps(cast, lambda: services.remove_member(actor=owner, membership=wu))
    second, _actor = _owner(cast, "second")
    services.remove_member(actor=owner, membership=second)
    _keeps(cast, lambda: services.remove_member(actor=owner, membership=wu))


def test_an_owner_through_a_team_is_an_owner(cast: Cast) -> None:
    wu, owner = _owner(cast)
    team = services.create_team(actor=owner, name="board")
    services.give_role(actor=owner, holder=team, role=BuiltIn.OWNER)
    lin = _member(cast, cast.lin)
    services.add_to_team(actor=owner, team=team, member=lin)
    services.remove_member(actor=owner, membership=wu)
    lin_now = actor_of_user(cast.lin.user, language="en")
    _keeps(cast, lambda: services.remove_from_team(actor=lin_now, team=team, member=lin))
    _keeps(cast, lambda: services.remove_team(actor=lin_now, team=team))


def _keeps(cast: Cast, act: Callable[[], object]) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(LastOwner):
        act()
    assert state_of(cast.hemu) == before


def test_nobody_is_taken_into_an_organisation_unasked(cast: Cast) -> None:
    name = cast.omar.user.username
    before = state_of(cast.hemu)
    with pytest.raises(NameTaken):
        services.add_member(actor=cast.lin.actor, username=name, role=BuiltIn.END_USER)
    assert state_of(cast.hemu) == before


def test_rows_of_another_organisation_are_out_of_reach(cast: Cast) -> None:
    """Handed to a verb by mistake, they are absent: row-level security has the last word."""
    team = services.create_team(actor=cast.omar.actor, name="clinic")
    key = services.create_api_key(actor=cast.omar.actor, name="clinic").key
    with tenancy.scope(cast.qinghe.pk):
        grant = Grant.objects.select_related("role", "key").get(key=key)
        omar = Membership.objects.get(user=cast.omar.user)
    before = state_of(cast.qinghe)
    services.remove_team(actor=cast.lin.actor, team=team)
    services.take_grant(actor=cast.lin.actor, grant=grant)
    services.remove_member(actor=cast.lin.actor, membership=omar)
    assert state_of(cast.qinghe) == before
    with tenancy.scope(cast.hemu.pk):
        assert not Team.objects.filter(pk=team.pk).exists()
        assert not ApiKey.objects.filter(pk=key.pk).exists()
        assert {role.organisation_id for role in Role.objects.all()} == {cast.hemu.pk}
