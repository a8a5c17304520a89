"""Who reads the table of sessions cannot sign in with what is there; signing in gives a new session."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from sunmao.accounts.session_store import SessionStore, key_of
from tests.fixtures import Cast

HOME = "/"


def secret_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_the_cookie_is_not_in_the_database(cast: Cast) -> None:
    secret = secret_of(cast.mei.client)
    assert cast.mei.client.get(HOME).status_code == 200
    assert not Session.objects.filter(session_key=secret).exists()
    assert Session.objects.filter(session_key=key_of(secret)).count() == 1


def test_what_is_in_the_database_opens_nothing(cast: Cast) -> None:
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key_of(secret_of(cast.mei.client))
    assert thief.get(HOME).status_code == 302
    assert cast.mei.client.get(HOME).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "x", "sid-", "sid-" + "0" * 36, "a" * 5000, "é", "\x00", "'; DROP TABLE"]
)
def test_a_made_up_cookie_is_nobodys(db: None, value: str) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = value
    assert client.get(HOME).status_code == 302


def test_a_session_that_was_there_before_signing_in_is_not_the_one_after(cast: Cast) -> None:
    """Session fixation: whoever planted the first cookie knows nothing of the second."""
    victim = Client()
    planted = SessionStore()
    planted["planted"] = True
    planted.save()
    victim.cookies[settings.SESSION_COOKIE_NAME] = planted.secret
    victim.force_login(cast.mei.user)
    assert victim.get(HOME).status_code == 200
    assert secret_of(victim) != planted.secret
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted.secret
    assert thief.get(HOME).status_code == 302


def test_a_cookie_of_the_attackers_choice_is_never_taken_over(cast: Cast) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "chosen-by-somebody-else"
    client.post("/sign-in/", {"username": "nobody", "password": "nothing"})
    assert not Session.objects.filter(session_key=key_of("chosen-by-somebody-else")).exists()


def test_signing_out_ends_the_session_for_every_holder_of_the_cookie(cast: Cast) -> None:
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = secret_of(cast.mei.client)
    assert other.get(HOME).status_code == 200
    cast.mei.client.post("/sign-out/")
    assert other.get(HOME).status_code == 302
