"""In with the right password, out again, and back to where one wanted to go."""

from __future__ import annotations

import pytest
from django.test import Client

from sunmao.accounts.models import Membership, User
from sunmao.core import tenancy
from tests.fixtures import Cast

PASSWORD = "a joint of oak and ash"


@pytest.fixture
def mei(cast: Cast) -> Cast:
    user = User.objects.get(pk=cast.mei.user.pk)
    user.set_password(PASSWORD)
    user.save()
    return cast


def _sign_in(client: Client, **more: str) -> int:
    given = {"username": "mei", "password": PASSWORD, **more}
    return client.post("/sign-in/", given).status_code


def test_the_right_password_opens_the_door(mei: Cast) -> None:
    client = Client(headers={"accept-language": "en"})
    response = client.post("/sign-in/", {"username": "mei", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_one_comes_back_to_where_one_wanted_to_go(mei: Cast) -> None:
    client = Client()
    turned_away = client.get("/customer-service/")
    assert turned_away.headers["Location"] == "/sign-in/?next=/customer-service/"
    given = {"username": "mei", "password": PASSWORD, "next": "/customer-service/"}
    assert client.post("/sign-in/", given).headers["Location"] == "/customer-service/"


def test_but_not_to_another_site(mei: Cast) -> None:
    given = {"username": "mei", "password": PASSWORD, "next": "https://evil.example/"}
    assert Client().post("/sign-in/", given).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("case", "more"),
    [
        ("a wrong password", {"password": "wrong"}),
        ("an unknown person", {"username": "nobody"}),
        ("nothing", {"password": ""}),
        ("a person without a password", {"username": "zhou", "password": ""}),
    ],
)
def test_anything_else_does_not(mei: Cast, case: str, more: dict[str, str]) -> None:
    client = Client()
    assert _sign_in(client, **more) == 200
    assert "_auth_user_id" not in client.session
    assert client.get("/").status_code == 302


def test_an_unknown_person_and_a_wrong_password_look_the_same(mei: Cast) -> None:
    errors = [
        Client().post("/sign-in/", {"username": name, "password": "wrong"}).context["form"].errors
        for name in ("mei", "nobody")
    ]
    assert errors[0] == errors[1]


def test_signing_out_ends_it(mei: Cast) -> None:
    client = Client()
    _sign_in(client)
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302


def test_a_closed_account_stays_outside_and_is_put_out(mei: Cast) -> None:
    inside = Client()
    _sign_in(inside)
    User.objects.filter(username="mei").update(is_active=False)
    assert _sign_in(Client()) == 200
    assert inside.get("/").status_code == 302


def test_who_left_the_organisation_is_put_out(mei: Cast) -> None:
    inside = Client()
    _sign_in(inside)
    with tenancy.scope(mei.hemu.pk):
        Membership.objects.filter(user=mei.mei.user).delete()
    response = inside.get("/customer-service/")
    assert (response.status_code, response.headers["Location"][:9]) == (302, "/sign-in/")


def test_signing_in_needs_the_token_of_the_form(mei: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert _sign_in(strict) == 403
