"""What each role may do, written out where it matters; unknown roles may do nothing."""

from __future__ import annotations

import pytest

from sunmao.accounts import services
from sunmao.accounts.models import Membership, Organisation
from sunmao.accounts.roles import Role, permissions_of
from sunmao.accounts.selectors import actor_by_id, actor_of_name, actor_of_user, verticals_of
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound, Unauthenticated
from tests.fixtures import Cast, state_of

MAY = {
    "answering.task.run": ["owner", "administrator", "knowledge_editor", "auditor", "end_user", "channel"],
    "knowledge.document.upload": ["owner", "administrator", "knowledge_editor"],
    "knowledge.base.read_internal": ["owner", "administrator", "knowledge_editor"],
    "jobs.job.read": ["owner", "administrator", "knowledge_editor", "auditor"],
    "jobs.job.cancel": ["owner", "administrator", "knowledge_editor"],
    "audit.entry.read": ["owner", "administrator", "auditor"],
    "answering.record.read_all": ["owner", "administrator", "auditor"],
    "accounts.key.manage": ["owner", "administrator"],
    "accounts.member.manage": ["owner", "administrator"],
    "console.site.open": ["owner", "administrator", "knowledge_editor", "auditor"],
}


@pytest.mark.parametrize("permission", list(MAY))
def test_each_permission_has_its_roles(permission: str) -> None:
    assert [role.value for role in Role if permission in permissions_of(role)] == MAY[permission]


def test_an_unknown_role_may_do_nothing() -> None:
    assert permissions_of("emperor") == frozenset()


def test_a_person_is_found_by_name_in_their_organisation_only(cast: Cast) -> None:
    assert actor_of_name(organisation=cast.hemu, username="zhou").id == cast.zhou.user.pk
    for organisation, username in ((cast.qinghe, "zhou"), (cast.hemu, "omar"), (cast.hemu, "nobody")):
        with pytest.raises(NotFound) as caught:
            actor_of_name(organisation=organisation, username=username)
        assert caught.value.code == "unknown_person"


def test_rights_are_those_of_the_membership(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        Membership.objects.filter(user=cast.mei.user).update(role=Role.KNOWLEDGE_EDITOR)
    assert actor_of_user(cast.mei.user).can("knowledge.document.upload")
    with tenancy.scope(cast.hemu.pk):
        Membership.objects.filter(user=cast.mei.user).delete()
    with pytest.raises(Unauthenticated) as caught:
        actor_of_user(cast.mei.user)
    assert caught.value.code == "no_organisation"


def test_nobody_acts_in_an_organisation_that_is_not_theirs(cast: Cast) -> None:
    with pytest.raises(Unauthenticated):
        actor_by_id(kind="user", actor_id=cast.omar.user.pk, organisation_id=cast.hemu.pk, language="en")


@pytest.mark.parametrize("name", ["mei", "zhou", "ann"])
def test_only_an_administrator_adds_people(cast: Cast, name: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.add_member(actor=getattr(cast, name).actor, username="friend", role=Role.OWNER)
    assert state_of(cast.hemu) == before


def test_only_enabled_verticals_are_there(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.hemu.pk).update(enabled_verticals=["medical", "astrology"])
    assert [vertical.slug for vertical in verticals_of(cast.hemu.pk)] == ["medical"]
    assert cast.mei.client.get("/medical/").status_code == 200
    assert cast.mei.client.get("/customer-service/").status_code == 404
    home = cast.mei.client.get("/").content.decode()
    assert "/medical/" in home
    assert "/customer-service/" not in home
