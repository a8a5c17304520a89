"""Sessions are seen and ended, passwords changed and reset, organisations chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from sunmao.accounts.models import Membership, User
from sunmao.accounts.signin import passwords, people, throttle
from sunmao.accounts.signin.models import ResetLink
from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden, NotFound
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.accounts.signin.people import (
    PASSWORD,
    is_inside,
    sign_in,
    visitor,
    with_app,
    with_password,
)

NEW = "another joint of ash"
TOKEN = re.compile(r"[A-Za-z0-9]{64}")


@pytest.fixture
def mei(cast: Cast) -> Cast:
    with_password(cast.mei.user)
    return cast


def _inside(name: str = "mei", **options: Any) -> Client:
    client = visitor(**options)
    sign_in(client, name)
    return client


def _member(cast: Cast, name: str) -> Membership:
    with tenancy.scope(cast.hemu.pk):
        return Membership.objects.select_related("user").get(user__username=name)


# Sessions


def test_one_sees_where_one_is_signed_in(mei: Cast) -> None:
    _inside(HTTP_USER_AGENT="A browser at home", REMOTE_ADDR="192.0.2.7")
    page = _inside(HTTP_USER_AGENT="A browser at work").get("/account/").content.decode()
    assert "A browser at home" in page
    assert "192.0.2.7" in page
    assert "A browser at work" in page


def test_a_browser_may_call_itself_what_it_likes(mei: Cast) -> None:
    page = _inside(HTTP_USER_AGENT="<script>alert(1)</script>").get("/account/").content.decode()
    assert "<script>alert" not in page


def test_the_others_are_ended_and_this_one_stays(mei: Cast) -> None:
    there, here = _inside(), _inside()
    here.post("/account/sessions/end/")
    assert not is_inside(there)
    assert is_inside(here)
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "session.ended"


def test_another_persons_stay(mei: Cast) -> None:
    with_password(mei.lin.user)
    lin = _inside("lin")
    _inside().post("/account/sessions/end/")
    assert is_inside(lin)


def test_signing_out_is_written_down(mei: Cast) -> None:
    _inside().post("/sign-out/")
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "session.closed"


# Changing the password


def _choose(client: Client, password: str = NEW) -> Any:
    return client.post("/account/password/", {"new_password1": password, "new_password2": password})


def test_a_new_password_ends_the_other_sessions(mei: Cast) -> None:
    there, here = _inside(), _inside()
    before = here.session.session_key
    assert _choose(here).headers["Location"] == "/account/"
    assert is_inside(here)
    assert here.session.session_key != before
    assert not is_inside(there)
    assert User.objects.get(pk=mei.mei.user.pk).check_password(NEW)
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "password.changed"


def test_a_weak_one_is_refused(mei: Cast) -> None:
    client = _inside()
    before = state_of(mei.hemu)
    assert _choose(client, "password1234").status_code == 200
    assert User.objects.get(pk=mei.mei.user.pk).check_password(PASSWORD)
    assert state_of(mei.hemu) == before


# A link from the administrator


def test_an_administrator_hands_out_a_link(mei: Cast) -> None:
    token = passwords.issue_reset_link(actor=mei.lin.actor, user=mei.mei.user)
    inside, client = _inside(), visitor()
    assert "Choose a new password" in client.get(f"/reset-password/{token}/").content.decode()
    chosen = {"new_password1": NEW, "new_password2": NEW}
    assert client.post(f"/reset-password/{token}/", chosen).headers["Location"] == "/"
    assert is_inside(client)
    assert not is_inside(inside)
    assert visitor().get(f"/reset-password/{token}/").status_code == 410
    told = verbs_of(mei.hemu, subject=mei.mei.user.pk)
    assert [verb for verb in told if verb.startswith("password")] == [
        "password.reset_issued",
        "password.reset",
    ]


def test_a_link_does_not_get_around_the_second_factor(mei: Cast) -> None:
    with_app(mei.mei.user)
    token = passwords.issue_reset_link(actor=mei.lin.actor, user=mei.mei.user)
    client = visitor()
    response = client.post(f"/reset-password/{token}/", {"new_password1": NEW, "new_password2": NEW})
    assert response.headers["Location"] == "/sign-in/second-step/"
    assert not is_inside(client)


def test_a_newer_link_ends_the_older_one_and_only_hashes_are_kept(mei: Cast) -> None:
    older = passwords.issue_reset_link(actor=mei.lin.actor, user=mei.mei.user)
    newer = passwords.issue_reset_link(actor=mei.lin.actor, user=mei.mei.user)
    assert visitor().get(f"/reset-password/{older}/").status_code == 410
    assert newer not in ResetLink.objects.get().hash


@pytest.mark.parametrize("name", ["zhou", "ann", "mei"])
def test_only_an_administrator_hands_out_links(mei: Cast, name: str) -> None:
    before = state_of(mei.hemu)
    with pytest.raises(Forbidden):
        passwords.issue_reset_link(actor=getattr(mei, name).actor, user=mei.mei.user)
    assert not ResetLink.objects.exists()
    assert state_of(mei.hemu) == before


def test_nobody_gets_a_link_for_another_organisations_people(mei: Cast) -> None:
    before = state_of(mei.hemu)
    with pytest.raises(NotFound):
        passwords.issue_reset_link(actor=mei.omar.actor, user=mei.mei.user)
    assert not ResetLink.objects.exists()
    assert state_of(mei.hemu) == before


@pytest.mark.parametrize(
    "verb",
    [
        lambda cast: passwords.issue_reset_link(actor=cast.lin.actor, user=cast.mei.user),
        lambda cast: people.remove_second_factors(actor=cast.lin.actor, membership=_member(cast, "mei")),
    ],
    ids=["a link", "second factors"],
)
def test_nor_for_somebody_who_works_elsewhere_too(mei: Cast, verb: Callable[[Cast], Any]) -> None:
    """With it the shop's administrator could sign in as Mei at the clinic."""
    with_app(mei.mei.user)
    with tenancy.scope(mei.qinghe.pk):
        Membership.objects.create(user=mei.mei.user)
    before = state_of(mei.hemu)
    with pytest.raises(Conflict) as caught:
        verb(mei)
    assert caught.value.code == "shared_person"
    assert not ResetLink.objects.exists()
    assert Authenticator.objects.filter(user=mei.mei.user).count() == 2
    assert state_of(mei.hemu) == before


def test_a_lost_phone_is_forgotten_and_its_sessions_end(mei: Cast) -> None:
    client = _inside()
    with_app(mei.mei.user)
    people.remove_second_factors(actor=mei.lin.actor, membership=_member(mei, "mei"))
    assert not Authenticator.objects.exists()
    assert not is_inside(client)
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "second_factor.reset"


def test_an_administrator_ends_a_lock_out(mei: Cast, settings: Any) -> None:
    settings.SUNMAO_SIGN_IN_MILLISECONDS = 0
    for _ in range(6):
        last = sign_in(visitor(), "mei", "wrong")
    assert last.status_code == 429
    state = people.sign_in_of(actor=mei.lin.actor, membership=_member(mei, "mei"))
    assert state["locked_until"] is not None
    people.unlock(actor=mei.lin.actor, membership=_member(mei, "mei"))
    assert throttle.locked_until(name="mei", user_id=mei.mei.user.pk) is None
    assert sign_in(visitor(), "mei").status_code == 302
    assert "sign_in.unlocked" in verbs_of(mei.hemu, subject=mei.mei.user.pk)


# By mail


def test_without_a_mail_server_there_is_no_such_page(mei: Cast) -> None:
    assert visitor().get("/forgotten/").status_code == 404
    assert "Password forgotten?" not in visitor().get("/sign-in/").content.decode()


def test_a_forgotten_password_is_asked_for_by_mail(
    mei: Cast, settings: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class AtOnce:
        def __init__(self, *, target: Any, args: Any, daemon: bool) -> None:
            self.start = lambda: target(*args)

    monkeypatch.setattr("sunmao.accounts.signin.mail.threading.Thread", AtOnce)
    settings.EMAIL_HOST, settings.SUNMAO_SIGN_IN_MILLISECONDS = "mail.example", 0
    User.objects.filter(pk=mei.mei.user.pk).update(email="mei@hemu.example")
    asked = [visitor().post("/forgotten/", {"username": name}) for name in ("mei", "nobody")]
    pages = [TOKEN.sub("", answer.content.decode()) for answer in asked]
    assert pages[0] == pages[1]
    (sent,) = mailoutbox
    assert sent.to == ["mei@hemu.example"]
    path = sent.body.partition("http://testserver")[2].split()[0]
    assert visitor().get(path).status_code == 200


# Choosing the organisation


@pytest.fixture
def both(mei: Cast) -> Cast:
    with tenancy.scope(mei.qinghe.pk):
        Membership.objects.create(user=mei.mei.user)
    return mei


def _acting_in(client: Client) -> Any:
    return client.get("/").context["request"].actor.organisation_id


def test_who_belongs_to_two_is_asked_for_which_one_they_come(both: Cast) -> None:
    client = visitor()
    response = sign_in(client, "mei", next="/customer-service/")
    assert response.headers["Location"] == "/account/organisation/?next=%2Fcustomer-service%2F"
    page = client.get(response.headers["Location"])
    assert page.context["choices"] == [(both.hemu.pk, "Hemu Home"), (both.qinghe.pk, "Qinghe Clinic")]
    chosen = {"organisation": str(both.qinghe.pk), "next": "/customer-service/"}
    assert client.post("/account/organisation/", chosen).headers["Location"] == "/customer-service/"
    assert _acting_in(client) == both.qinghe.pk


def test_the_choice_does_not_lead_to_another_site(both: Cast) -> None:
    chosen = {"organisation": str(both.qinghe.pk), "next": "https://evil.example/"}
    assert _inside().post("/account/organisation/", chosen).headers["Location"] == "/"


def test_nobody_chooses_an_organisation_that_is_not_theirs(mei: Cast) -> None:
    client = _inside()
    for wanted in (str(mei.qinghe.pk), "x", ""):
        assert client.post("/account/organisation/", {"organisation": wanted}).status_code == 404
    assert _acting_in(client) == mei.hemu.pk


def test_a_choice_that_is_gone_is_not_replaced_by_another(both: Cast) -> None:
    """What was meant for the clinic must not be written into the shop."""
    client = _inside()
    client.post("/account/organisation/", {"organisation": str(both.qinghe.pk)})
    with tenancy.scope(both.qinghe.pk):
        Membership.objects.filter(user=both.mei.user).delete()
    assert client.get("/").status_code == 302
    assert client.get("/sign-in/").headers["Location"] == "/account/organisation/"
    client.post("/account/organisation/", {"organisation": str(both.hemu.pk)})
    assert _acting_in(client) == both.hemu.pk


def test_who_belongs_to_none_is_told_so(mei: Cast) -> None:
    client = _inside()
    with tenancy.scope(mei.hemu.pk):
        Membership.objects.filter(user=mei.mei.user).delete()
    page = client.get("/sign-in/")
    assert page.status_code == 403
    assert "You belong to no organisation" in page.content.decode()


def test_the_persons_own_language_is_chosen_where_none_was(mei: Cast) -> None:
    User.objects.filter(pk=mei.mei.user.pk).update(language="en")
    client = Client(headers={"accept-language": "zh-hans"})
    sign_in(client, "mei")
    assert client.cookies["django_language"].value == "en"
