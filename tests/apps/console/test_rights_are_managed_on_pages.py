"""Members, teams, roles, keys and limits in the console: shown with what they mean, changed by buttons."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sunmao.accounts import services
from sunmao.accounts.models import Grant, Membership, Quota, Role, Team
from sunmao.accounts.selectors import actor_of_key, actor_of_user
from sunmao.core import tenancy
from sunmao.core.errors import Unauthenticated
from sunmao.knowledge import services as knowledge
from tests.fixtures import Cast, state_of, verbs_of

CONSOLE = "/console/accounts/"


def _page(client: Client, path: str, posted: dict[str, object] | None = None) -> str:
    if posted is None:
        response = client.get(CONSOLE + path)
    else:
        response = client.post(CONSOLE + path, posted, follow=True)
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


@pytest.fixture
def mei(cast: Cast) -> Membership:
    with tenancy.scope(cast.hemu.pk):
        return Membership.objects.select_related("user").get(user=cast.mei.user)


def test_a_member_is_given_a_narrow_role_and_loses_it(cast: Cast, mei: Membership) -> None:
    knowledge.create_base(actor=cast.lin.actor, slug="zoo", name="The zoo")
    path = f"membership/{mei.pk}/change/"
    page = _page(cast.lin.client, path)
    assert "End user" in page
    assert "What this person may do" in page
    given = {"give": "1", "given-role": "knowledge_editor", "given-bases": ["zoo"], "given-models": ""}
    page = _page(cast.lin.client, path, given)
    assert "The role was given." in page
    assert "bases: zoo" in page
    actor = actor_of_user(cast.mei.user)
    assert actor.can("knowledge.document.upload", base="zoo")
    assert not actor.can("knowledge.document.upload", base="customer-service")
    with tenancy.scope(cast.hemu.pk):
        grant = Grant.objects.get(member=mei, role__slug="knowledge_editor")
    assert "The role was taken." in _page(cast.lin.client, path, {"take": str(grant.pk)})
    assert not actor_of_user(cast.mei.user).can("knowledge.document.upload")
    assert verbs_of(cast.hemu)[-2:] == ["role.given", "role.taken"]


def test_what_is_refused_is_said_and_changes_nothing(cast: Cast, mei: Membership) -> None:
    path = f"membership/{mei.pk}/change/"
    before = state_of(cast.hemu)
    page = _page(cast.lin.client, path, {"give": "1", "given-role": "owner"})
    assert "You cannot give, take or use rights that you do not have yourself." in page
    page = _page(cast.lin.client, path, {"give": "1", "given-role": "emperor"})
    assert "Select a valid choice" in page
    assert state_of(cast.hemu) == before


def test_a_member_is_removed(cast: Cast, mei: Membership) -> None:
    page = _page(cast.lin.client, f"membership/{mei.pk}/change/", {"remove": "1"})
    assert "mei was removed." in page
    with pytest.raises(Unauthenticated):
        actor_of_user(cast.mei.user)


def test_a_team_is_made_filled_and_removed(cast: Cast, mei: Membership) -> None:
    lin = cast.lin.client
    _page(lin, "team/add/", {"name": "Editors"})
    with tenancy.scope(cast.hemu.pk):
        team = Team.objects.get(name="Editors")
    path = f"team/{team.pk}/change/"
    assert "Nobody is in this team yet." in _page(lin, path)
    _page(lin, path, {"give": "1", "given-role": "knowledge_editor"})
    assert "Take mei out of the team" in _page(lin, path, {"join": str(mei.pk)})
    assert actor_of_user(cast.mei.user).can("knowledge.document.upload")
    assert "Editors" in _page(lin, "membership/")
    assert "Nobody is in this team yet." in _page(lin, path, {"leave": str(mei.pk)})
    _page(lin, path, {"join": str(mei.pk)})
    assert "Editors was removed." in _page(lin, path, {"remove": "1"})
    assert not actor_of_user(cast.mei.user).can("knowledge.document.upload")


def test_a_role_is_made_of_ticked_boxes_with_human_names(cast: Cast) -> None:
    lin = cast.lin.client
    page = _page(lin, "role/add/")
    assert "Upload documents" in page
    assert "knowledge.document.upload" in page
    made = {"slug": "feeder", "name": "Feeder", "permissions": ["knowledge.document.upload"]}
    assert "Feeder" in _page(lin, "role/add/", made)
    with tenancy.scope(cast.hemu.pk):
        role = Role.objects.get(slug="feeder")
    path = f"role/{role.pk}/change/"
    assert len(re.findall(r"checked", _page(lin, path))) == 1
    _page(lin, path, {"name": "Reader", "permissions": ["knowledge.base.read", "knowledge.document.read"]})
    with tenancy.scope(cast.hemu.pk):
        role.refresh_from_db()
    assert (role.name, role.permissions) == ("Reader", ["knowledge.base.read", "knowledge.document.read"])
    assert "Reader was removed." in _page(lin, path, {"remove": "1"})


def test_a_built_in_role_is_shown_and_stays(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        owner = Role.objects.get(slug="owner")
    before = state_of(cast.hemu)
    page = _page(cast.lin.client, f"role/{owner.pk}/change/")
    assert "This role is built in" in page
    assert "disabled" in page
    page = _page(cast.lin.client, f"role/{owner.pk}/change/", {"name": "Mine", "permissions": []})
    assert "A built-in role cannot be changed or removed." in page
    page = _page(cast.lin.client, f"role/{owner.pk}/change/", {"remove": "1"})
    assert "A built-in role cannot be changed or removed." in page
    assert state_of(cast.hemu) == before


def test_a_key_is_renewed_and_its_new_secret_shown_once(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="window")
    path = f"apikey/{issued.key.pk}/change/"
    page = _page(cast.lin.client, path, {"rotate": "1", "at_once": "1"})
    (secret,) = set(re.findall(r"sm_[\w-]{43}", page))
    assert secret not in _page(cast.lin.client, path)
    assert actor_of_key(secret, language="en").name == "window"
    with pytest.raises(Unauthenticated):
        actor_of_key(issued.secret, language="en")
    assert "window was revoked." in _page(cast.lin.client, path, {"revoke": "1"})
    assert "Renew the secret" not in _page(cast.lin.client, path)


def test_a_limit_is_set_shown_with_its_use_and_removed(cast: Cast, mei: Membership) -> None:
    lin = cast.lin.client
    kind = {"target": "person", "measure": "requests", "period": "day", "limit": "7"}
    assert "Saved." in _page(lin, "quota/add/", {**kind, "only_for": str(mei.pk)})
    page = _page(lin, "quota/")
    assert "mei" in page
    with tenancy.scope(cast.hemu.pk):
        quota = Quota.objects.get()
    assert (quota.subject, quota.limit) == (f"user:{cast.mei.user.pk}", 7)
    page = _page(lin, "quota/", {"action": "remove", "_selected_action": [str(quota.pk)]})
    assert "The limit was removed." in page
    with tenancy.scope(cast.hemu.pk):
        assert not Quota.objects.exists()


PAGES = ("membership", "team", "role", "apikey", "quota")


@pytest.mark.parametrize("page", PAGES)
def test_only_administrators_open_them(cast: Cast, page: str, mei: Membership) -> None:
    before = state_of(cast.hemu)
    for name in ("zhou", "ann"):
        client = getattr(cast, name).client
        assert client.get(f"{CONSOLE}{page}/").status_code == 403
        assert client.post(f"{CONSOLE}{page}/add/", {"name": "x"}).status_code == 403
    response = cast.zhou.client.post(f"{CONSOLE}membership/{mei.pk}/change/", {"remove": "1"})
    assert response.status_code == 403
    assert state_of(cast.hemu) == before


def test_another_organisation_s_member_is_not_there(cast: Cast, mei: Membership) -> None:
    before = state_of(cast.hemu)
    for posted in ({"remove": "1"}, {"give": "1", "given-role": "auditor"}):
        response = cast.omar.client.post(f"{CONSOLE}membership/{mei.pk}/change/", posted)
        assert response.status_code == 404
    assert state_of(cast.hemu) == before
