"""What each role may do, written out where it matters; unknown roles may do nothing."""

from __future__ import annotations

import pytest

from sunmao.accounts import services
from sunmao.accounts.models import Membership, Organisation
from sunmao.accounts.roles import BuiltIn, permissions_of
from sunmao.accounts.selectors import actor_by_id, actor_in_role, actor_of_name, actor_of_user, verticals_of
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound, Unauthenticated
from tests.fixtures import Cast, state_of

EVERYBODY = "owner administrator knowledge_editor model_engineer reviewer agent auditor end_user channel"
MAY = {
    "answering.task.run": EVERYBODY,
    "knowledge.document.upload": "owner administrator knowledge_editor",
    "knowledge.base.read_internal": "owner administrator knowledge_editor model_engineer reviewer agent",
    "jobs.job.read": "owner administrator knowledge_editor model_engineer reviewer auditor",
    "jobs.job.cancel": "owner administrator knowledge_editor model_engineer",
    "audit.entry.read": "owner administrator auditor",
    "answering.record.read_all": "owner administrator model_engineer reviewer auditor",
    "releases.release.read": "owner administrator model_engineer reviewer auditor",
    "accounts.key.manage": "owner administrator",
    "accounts.member.manage": "owner administrator",
    "accounts.owner.manage": "owner",
    "privacy.surrogate.reverse": "owner",
    "console.site.open": "owner administrator knowledge_editor model_engineer reviewer auditor",
}


@pytest.mark.parametrize("permission", list(MAY))
def test_each_permission_has_its_roles(permission: str) -> None:
    assert [role for role in BuiltIn if permission in permissions_of(role)] == MAY[permission].split()


def test_an_unknown_role_may_do_nothing() -> None:
    assert permissions_of("emperor") == frozenset()


def test_a_person_is_found_by_name_in_their_organisation_only(cast: Cast) -> None:
    assert actor_of_name(organisation=cast.hemu, username="zhou").id == cast.zhou.user.pk
    for organisation, username in ((cast.qinghe, "zhou"), (cast.hemu, "omar"), (cast.hemu, "nobody")):
        with pytest.raises(NotFound) as caught:
            actor_of_name(organisation=organisation, username=username)
        assert caught.value.code == "unknown_person"


def test_rights_are_those_of_the_grants(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        mei = Membership.objects.get(user=cast.mei.user)
    services.give_role(actor=cast.lin.actor, holder=mei, role=BuiltIn.KNOWLEDGE_EDITOR)
    assert actor_of_user(cast.mei.user).can("knowledge.document.upload")
    services.remove_member(actor=cast.lin.actor, membership=mei)
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
        services.add_member(actor=getattr(cast, name).actor, username="friend", role=BuiltIn.OWNER)
    assert state_of(cast.hemu) == before


def test_only_enabled_verticals_are_there(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.hemu.pk).update(enabled_verticals=["medical", "astrology"])
    assert [vertical.slug for vertical in verticals_of(cast.hemu.pk)] == ["medical"]
    assert cast.mei.client.get("/medical/").status_code == 200
    assert cast.mei.client.get("/customer-service/").status_code == 404
    home = cast.mei.client.get("/").content.decode()
    assert "/medical/" in home
    assert "/customer-service/" not in home


def test_a_role_nobody_made_is_unknown_wherever_it_is_asked_for(cast: Cast) -> None:
    """Asked outside any organisation's scope, as the views ask."""
    with pytest.raises(NotFound) as caught:
        actor_in_role(organisation_id=cast.hemu.pk, role="emperor", language="en")
    assert caught.value.code == "unknown_role"
    asker = actor_in_role(organisation_id=cast.hemu.pk, role=BuiltIn.END_USER, language="en")
    assert asker.permissions == permissions_of(BuiltIn.END_USER)
