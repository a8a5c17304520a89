"""`X-End-User`: a key may say for whom it asks; the name is opaque, and a session cannot use it."""

from __future__ import annotations

import pytest
from django.test import Client

from sunmao.accounts import services
from tests.fixtures import Cast, state_of

ME = "/api/v1/me"


def _key(cast: Cast, end_user: str) -> Client:
    secret = services.create_api_key(actor=cast.lin.actor, name="window").secret
    return Client(headers={"x-api-key": secret, "x-end-user": end_user})


def test_the_key_speaks_for_the_one_it_names(cast: Cast) -> None:
    told = _key(cast, "wx-17").get(ME).json()
    assert (told["kind"], told["on_behalf_of"]) == ("api_key", "wx-17")


@pytest.mark.parametrize(
    "name", ["x" * 201, "a\tb", "a\x7fb"], ids=["longer than 200", "a tab", "an invisible character"]
)
def test_a_name_that_is_none_is_refused(cast: Cast, name: str) -> None:
    client = _key(cast, name)
    before = state_of(cast.hemu)
    response = client.get(ME)
    assert (response.status_code, list(response.json()["fields"])) == (400, ["X-End-User"])
    assert state_of(cast.hemu) == before


def test_two_hundred_characters_are_a_name(cast: Cast) -> None:
    assert _key(cast, "x" * 200).get(ME).json()["on_behalf_of"] == "x" * 200


def test_a_wrong_key_is_told_that_first(cast: Cast) -> None:
    client = Client(headers={"x-api-key": "sm_wrong", "x-end-user": "x" * 201})
    assert client.get(ME).status_code == 401


def test_a_signed_in_person_speaks_for_themselves(cast: Cast) -> None:
    told = cast.mei.client.get(ME, headers={"x-end-user": "somebody-else"}).json()
    assert (told["kind"], told["name"], told["on_behalf_of"]) == ("user", "mei", "")
