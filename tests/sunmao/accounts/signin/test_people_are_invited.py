"""A link that makes somebody a member: once, for a while, and with no more than its author may give."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sunmao.accounts.models import Membership, User
from sunmao.accounts.selectors import actor_of_user, role_slugs_of
from sunmao.accounts.signin import invitations
from sunmao.accounts.signin.models import Invitation, MemberAddress
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SunmaoError
from tests.fixtures import Cast, state_of, verbs_of
from tests.fixtures.committed import Standing
from tests.sunmao.accounts.signin.people import PASSWORD, is_inside, sign_in, visitor, with_password


@pytest.fixture
def issued(cast: Cast) -> invitations.Issued:
    return invitations.invite(
        actor=cast.lin.actor, role="knowledge_editor", email="New@Hemu.example", name="Ning"
    )


def _accept(token: str, username: str = "ning", password: str = PASSWORD) -> Any:
    chosen = {"username": username, "new_password1": password, "new_password2": password}
    client = visitor()
    response = client.post(f"/invitations/{token}/", chosen)
    response.visitor = client
    return response


def _roles(cast: Cast, username: str) -> set[str]:
    with tenancy.scope(cast.hemu.pk):
        return set(role_slugs_of(Membership.objects.get(user__username=username)))


def test_the_page_says_who_invites_and_as_what(cast: Cast, issued: invitations.Issued) -> None:
    page = visitor().get(f"/invitations/{issued.token}/").content.decode()
    assert "Invitation to Hemu Home" in page
    assert "Knowledge editor" in page


def test_somebody_new_becomes_a_member_and_is_inside(cast: Cast, issued: invitations.Issued) -> None:
    response = _accept(issued.token)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert is_inside(response.visitor)
    assert _roles(cast, "ning") == {"knowledge_editor"}
    user = User.objects.get(username="ning")
    assert (user.email, user.first_name) == ("new@hemu.example", "Ning")
    with tenancy.scope(cast.hemu.pk):
        assert MemberAddress.objects.get().user == user
    assert verbs_of(cast.hemu, subject=issued.invitation.pk) == ["invitation.sent", "invitation.accepted"]


def test_it_works_once(cast: Cast, issued: invitations.Issued) -> None:
    _accept(issued.token)
    before, people = state_of(cast.hemu), User.objects.count()
    response = _accept(issued.token, "second")
    assert response.status_code == 410
    assert "This invitation no longer works" in response.content.decode()
    assert visitor().get(f"/invitations/{issued.token}/").status_code == 410
    assert (state_of(cast.hemu), User.objects.count()) == (before, people)


def _expire(cast: Cast, issued: invitations.Issued) -> None:
    with tenancy.scope(cast.hemu.pk):
        Invitation.objects.update(expires_at=now() - timedelta(seconds=1))


def _withdraw(cast: Cast, issued: invitations.Issued) -> None:
    invitations.withdraw(actor=cast.lin.actor, invitation=issued.invitation)


def _resend(cast: Cast, issued: invitations.Issued) -> None:
    invitations.resend(actor=cast.lin.actor, invitation=issued.invitation)


def _demote(cast: Cast, issued: invitations.Issued) -> None:
    with tenancy.scope(cast.hemu.pk):
        Membership.objects.get(user=cast.lin.user).grants.all().delete()


def _dismiss(cast: Cast, issued: invitations.Issued) -> None:
    with tenancy.scope(cast.hemu.pk):
        Membership.objects.get(user=cast.lin.user).delete()


def _close(cast: Cast, issued: invitations.Issued) -> None:
    User.objects.filter(pk=cast.lin.user.pk).update(is_active=False)


@pytest.mark.parametrize(
    "happened",
    [_expire, _withdraw, _resend, _demote, _dismiss, _close],
    ids=[
        "it expired",
        "it was withdrawn",
        "a newer link was sent",
        "its author lost their rights",
        "its author left",
        "its author's account was closed",
    ],
)
def test_it_does_not_work_after(
    cast: Cast, issued: invitations.Issued, happened: Callable[[Cast, invitations.Issued], None]
) -> None:
    happened(cast, issued)
    before, people = state_of(cast.hemu), User.objects.count()
    assert _accept(issued.token).status_code == 410
    assert (state_of(cast.hemu), User.objects.count()) == (before, people)


@pytest.mark.parametrize("token", ["x", "%00", "a" * 500])
def test_an_unknown_link_is_gone(db: None, token: str) -> None:
    assert visitor().get(f"/invitations/{token}/").status_code == 410


def test_a_name_that_exists_stays_whose_it_is(cast: Cast, issued: invitations.Issued) -> None:
    with_password(cast.omar.user, "the password of omar")
    before = state_of(cast.hemu)
    response = _accept(issued.token, "omar")
    assert response.status_code == 200
    assert "This name belongs to somebody else" in response.content.decode()
    assert User.objects.get(username="omar").check_password("the password of omar")
    assert state_of(cast.hemu) == before
    assert _accept(issued.token, "ning").status_code == 302


@pytest.mark.parametrize(
    ("case", "username", "password", "field"),
    [
        ("a weak password", "ning", "password1234", "new_password1"),
        ("a password like the name", "ning-ning-ning", "ning-ning-ning", "new_password1"),
        ("a name with a space", "ning ning", PASSWORD, "username"),
        ("no name", "", PASSWORD, "username"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    cast: Cast, issued: invitations.Issued, case: str, username: str, password: str, field: str
) -> None:
    before = state_of(cast.hemu)
    response = _accept(issued.token, username, password)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert state_of(cast.hemu) == before


def test_somebody_who_has_an_account_accepts_with_it(cast: Cast, issued: invitations.Issued) -> None:
    with_password(cast.omar.user)
    client = visitor()
    page = client.get(f"/invitations/{issued.token}/").content.decode()
    assert f"/sign-in/?next=/invitations/{issued.token}/" in page
    sign_in(client, "omar", next=f"/invitations/{issued.token}/")
    assert "You are signed in as omar" in client.get(f"/invitations/{issued.token}/").content.decode()
    client.post(f"/invitations/{issued.token}/")
    assert _roles(cast, "omar") == {"knowledge_editor"}
    assert client.get("/").context["request"].actor.organisation_id == cast.hemu.pk
    assert verbs_of(cast.qinghe)[-1] == "sign_in.succeeded"


def test_a_member_does_not_join_twice(cast: Cast, issued: invitations.Issued) -> None:
    before = state_of(cast.hemu)
    assert cast.mei.client.post(f"/invitations/{issued.token}/").status_code == 409
    assert state_of(cast.hemu) == before
    assert _accept(issued.token).status_code == 302


def test_only_a_hash_is_kept(cast: Cast, issued: invitations.Issued) -> None:
    assert len(issued.invitation.hash) == 64
    assert issued.token not in issued.invitation.hash


# Who may invite


@pytest.mark.parametrize("name", ["zhou", "ann", "mei"])
def test_only_an_administrator_invites(cast: Cast, name: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        invitations.invite(actor=getattr(cast, name).actor, role="end_user")
    assert state_of(cast.hemu) == before


def test_nobody_invites_above_themselves(cast: Cast) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden) as caught:
        invitations.invite(actor=cast.lin.actor, role="owner")
    assert caught.value.code == "beyond_own_rights"
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    ("case", "given", "error"),
    [
        ("a role that is not there", {"role": "emperor"}, NotFound),
        ("an address that is none", {"role": "end_user", "email": "mei@"}, InvalidInput),
        ("a name with a line break", {"role": "end_user", "name": "a\nb"}, InvalidInput),
    ],
)
def test_an_invitation_must_make_sense(
    cast: Cast, case: str, given: dict[str, str], error: type[SunmaoError]
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(error):
        invitations.invite(actor=cast.lin.actor, **given)
    assert state_of(cast.hemu) == before


def test_another_organisations_invitations_are_absent(cast: Cast, issued: invitations.Issued) -> None:
    with tenancy.scope(cast.qinghe.pk):
        assert not invitations.invitations_visible_to(cast.omar.actor).exists()
        with pytest.raises(NotFound):
            invitations.visible_invitation(actor=cast.omar.actor, reference=issued.invitation.pk)
    before = state_of(cast.hemu)
    for verb in (invitations.withdraw, invitations.resend):
        with pytest.raises(NotFound):
            verb(actor=cast.omar.actor, invitation=issued.invitation)
    assert state_of(cast.hemu) == before


def test_an_accepted_invitation_is_neither_sent_again_nor_withdrawn(
    cast: Cast, issued: invitations.Issued
) -> None:
    _accept(issued.token)
    before = state_of(cast.hemu)
    for verb in (invitations.withdraw, invitations.resend):
        with pytest.raises(Conflict) as caught:
            verb(actor=cast.lin.actor, invitation=issued.invitation)
        assert caught.value.code == "invitation_ended"
    assert state_of(cast.hemu) == before


def test_of_two_browsers_with_the_same_link_one_wins(standing: Standing) -> None:
    issued = invitations.invite(actor=standing.actor, role="end_user")
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def accept(name: str) -> None:
        start.wait()
        try:
            invitations.accept_as_new(token=issued.token, username=name, password=PASSWORD)
            outcomes.append("accepted")
        except NotFound as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    names = [f"{standing.organisation.slug}-{number}" for number in (1, 2)]
    threads = [threading.Thread(target=accept, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "link_used"]
    assert User.objects.filter(username__in=names).count() == 1


# Through the API and the console


def _api(client: Client, method: str, path: str, data: Any = None) -> Any:
    return client.generic(method, f"/api/v1/{path}", _json(data), content_type="application/json")


def _json(data: Any) -> str:
    import json

    return "" if data is None else json.dumps(data)


def test_the_api_invites_lists_sends_again_and_withdraws(cast: Cast) -> None:
    lin = cast.lin.client
    made = _api(lin, "POST", "invitations", {"role": "end_user", "email": "a@hemu.example"})
    assert made.status_code == 201, made.content
    token = made.json()["link"].rstrip("/").rpartition("/")[2]
    assert invitations.find(token).email == "a@hemu.example"
    assert made.json()["mailed"] is False
    path = f"invitations/{made.json()['id']}"
    assert _api(lin, "GET", "invitations").json()["invitations"][0]["state"] == "open"
    assert "link" not in _api(lin, "GET", path).json()
    again = _api(lin, "POST", f"{path}/resend").json()["link"]
    assert token not in again
    assert _api(lin, "DELETE", path).status_code == 204
    assert _api(lin, "GET", path).json()["state"] == "withdrawn"
    assert _api(lin, "DELETE", path).json()["code"] == "invitation_ended"
    assert verbs_of(cast.hemu)[-3:] == ["invitation.sent", "invitation.sent_again", "invitation.withdrawn"]


@pytest.mark.parametrize("name", ["zhou", "ann", "mei"])
def test_the_api_refuses_others(cast: Cast, issued: invitations.Issued, name: str) -> None:
    client, path = getattr(cast, name).client, f"invitations/{issued.invitation.pk}"
    before = verbs_of(cast.hemu)
    for method, where in (
        ("POST", "invitations"),
        ("GET", "invitations"),
        ("GET", path),
        ("DELETE", path),
        ("POST", f"{path}/resend"),
    ):
        answer = _api(client, method, where, {"role": "end_user"} if method == "POST" else None)
        assert (method, where, answer.status_code) == (method, where, 403)
    assert [verb for verb in verbs_of(cast.hemu)[len(before) :] if verb.startswith("invitation")] == []


def test_the_console_shows_the_link_once(cast: Cast) -> None:
    given = {"email": "b@hemu.example", "name": "", "role": "end_user"}
    page = cast.lin.client.post("/console/signin/invitation/add/", given, follow=True).content.decode()
    token = page.partition("/invitations/")[2].partition("/")[0]
    assert invitations.find(token).email == "b@hemu.example"
    assert token not in cast.lin.client.get("/console/signin/invitation/").content.decode()
    assert "b@hemu.example" not in cast.omar.client.get("/console/signin/invitation/").content.decode()


def test_a_mail_leaves_where_there_is_a_server(cast: Cast, settings: Any, mailoutbox: list[Any]) -> None:
    settings.EMAIL_HOST = "mail.example"
    made = _api(cast.lin.client, "POST", "invitations", {"role": "end_user", "email": "c@hemu.example"})
    assert made.json()["mailed"] is True
    (sent,) = mailoutbox
    assert sent.to == ["c@hemu.example"]
    assert made.json()["link"] in sent.body


def test_the_actor_of_a_new_member_is_as_the_role_says(cast: Cast, issued: invitations.Issued) -> None:
    _accept(issued.token)
    actor = actor_of_user(User.objects.get(username="ning"))
    assert actor.can("knowledge.document.upload")
    assert not actor.can("accounts.member.manage")
