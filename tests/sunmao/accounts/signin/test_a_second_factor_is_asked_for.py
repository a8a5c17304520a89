"""Codes of an app and recovery codes: setting up, signing in, taking away; each code once and few tries."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from sunmao.accounts.signin import rules
from sunmao.accounts.signin.models import SpentToken
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.accounts.signin.people import (
    PASSWORD,
    code_of,
    is_inside,
    sign_in,
    visitor,
    with_app,
    with_password,
)

STEP = "/sign-in/second-step/"


@pytest.fixture
def mei(cast: Cast) -> Cast:
    with_password(cast.mei.user)
    return cast


@pytest.fixture
def secret(mei: Cast) -> str:
    return with_app(mei.mei.user)


def _at_the_second_step() -> Client:
    client = visitor()
    assert sign_in(client, "mei").headers["Location"] == STEP
    return client


def _enter(client: Client, code: str) -> Any:
    return client.post(STEP, {"code": code})


# Signing in


def test_the_password_alone_opens_nothing(mei: Cast, secret: str) -> None:
    client = _at_the_second_step()
    assert not is_inside(client)
    assert client.get("/api/v1/bases").status_code == 401


def test_the_code_does(mei: Cast, secret: str) -> None:
    client = _at_the_second_step()
    assert _enter(client, code_of(secret)).headers["Location"] == "/"
    assert is_inside(client)


def test_one_still_comes_to_where_one_wanted_to_go(mei: Cast, secret: str) -> None:
    client = visitor()
    sign_in(client, "mei", next="/customer-service/")
    assert _enter(client, code_of(secret)).headers["Location"] == "/customer-service/"


@pytest.mark.parametrize(("case", "periods"), [("half a minute ago", -1), ("in half a minute", 1)])
def test_a_clock_may_be_half_a_minute_off(mei: Cast, secret: str, case: str, periods: int) -> None:
    assert _enter(_at_the_second_step(), code_of(secret, periods=periods)).status_code == 302


@pytest.mark.parametrize(("case", "code"), [("of ten minutes ago", -20), ("of ten minutes from now", 20)])
def test_other_codes_do_not_count(mei: Cast, secret: str, case: str, code: int) -> None:
    client = _at_the_second_step()
    assert _enter(client, code_of(secret, periods=code)).status_code == 200
    assert not is_inside(client)


def test_a_code_works_once_in_all_processes(mei: Cast, secret: str) -> None:
    code = code_of(secret)
    assert _enter(_at_the_second_step(), code).status_code == 302
    second = _at_the_second_step()
    assert _enter(second, code).status_code == 200
    assert not is_inside(second)
    assert SpentToken.objects.count() == 1


def test_codes_are_not_guessed(mei: Cast, secret: str) -> None:
    client = _at_the_second_step()
    statuses = [_enter(client, f"{number:06}").status_code for number in range(6)]
    assert statuses == [200, 200, 200, 200, 200, 429]
    response = _enter(client, code_of(secret))
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) in range(1, 31)
    assert not is_inside(client)


def test_nor_from_several_windows(mei: Cast, secret: str) -> None:
    statuses = [_enter(_at_the_second_step(), "000000").status_code for _ in range(6)]
    assert statuses[-1] == 429


def test_a_recovery_code_works_once(mei: Cast, secret: str) -> None:
    codes = Authenticator.objects.get(user=mei.mei.user, type="recovery_codes").wrap().get_unused_codes()
    assert _enter(_at_the_second_step(), codes[0]).status_code == 302
    SpentToken.objects.all().delete()  # what remembers it for longer than two minutes is the code itself
    assert _enter(_at_the_second_step(), codes[0]).status_code == 200
    assert _enter(_at_the_second_step(), codes[1]).status_code == 302


def test_the_second_step_does_not_wait_for_ever(mei: Cast, secret: str) -> None:
    client = _at_the_second_step()
    session = client.session
    session["account_login"]["initiated_at"] -= 3600
    session.save()
    assert _enter(client, code_of(secret)).headers["Location"] == "/sign-in/"
    assert not is_inside(client)


def test_nobody_enters_by_the_second_step_alone(mei: Cast, secret: str) -> None:
    client = visitor()
    assert _enter(client, code_of(secret)).headers["Location"] == "/sign-in/"
    assert not is_inside(client)


def test_failed_codes_are_in_the_audit_log(mei: Cast, secret: str) -> None:
    _enter(_at_the_second_step(), "000000")
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "sign_in.failed"


def test_the_session_gets_a_new_key_on_the_way_in(mei: Cast, secret: str) -> None:
    client = visitor()
    client.get("/sign-in/")
    sign_in(client, "mei")
    half_way = client.session.session_key
    _enter(client, code_of(secret))
    assert client.session.session_key != half_way


def test_the_secret_is_sealed_in_the_database(mei: Cast, secret: str) -> None:
    kept = Authenticator.objects.get(user=mei.mei.user, type="totp").data["secret"]
    assert secret not in kept
    assert kept.startswith("s1.")


# Setting up and giving up


def _inside(mei: Cast) -> Client:
    client = visitor()
    sign_in(client, "mei")
    return client


def _enrol(client: Client) -> str:
    """Set up an app as a person would; gives its secret."""
    page = client.get("/account/app/")
    assert page.status_code == 200
    assert b"data:image/svg+xml;base64," in page.content
    secret = page.context["form"].secret
    done = client.post("/account/app/", {"code": code_of(secret)})
    assert done.headers["Location"] == "/account/recovery-codes/"
    return str(secret)


def test_an_app_is_set_up_and_recovery_codes_are_shown(mei: Cast) -> None:
    client = _inside(mei)
    _enrol(client)
    page = client.get("/account/recovery-codes/").content.decode()
    codes = Authenticator.objects.get(user=mei.mei.user, type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    assert all(code in page for code in codes)
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "second_factor.enrolled"
    download = client.get("/account/recovery-codes/download/")
    assert codes[0] in download.content.decode()


def test_the_code_that_set_it_up_opens_nothing(mei: Cast) -> None:
    secret = _enrol(_inside(mei))
    assert _enter(_at_the_second_step(), code_of(secret)).status_code == 200
    assert _enter(_at_the_second_step(), code_of(secret, periods=1)).status_code == 302


def test_a_wrong_code_sets_up_nothing(mei: Cast) -> None:
    client = _inside(mei)
    client.get("/account/app/")
    before = state_of(mei.hemu)
    assert client.post("/account/app/", {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()
    assert state_of(mei.hemu) == before


def test_a_session_of_some_time_ago_is_asked_again(mei: Cast) -> None:
    client = _inside(mei)
    _grow_old(client)
    response = client.get("/account/app/")
    assert response.headers["Location"] == "/account/confirm/?next=%2Faccount%2Fapp%2F"
    assert client.post(response.headers["Location"], {"password": "wrong"}).status_code == 200
    assert client.get("/account/app/").status_code == 302
    confirmed = client.post(response.headers["Location"], {"password": PASSWORD})
    assert confirmed.headers["Location"] == "/account/app/"
    assert client.get("/account/app/").status_code == 200


def test_passwords_are_not_guessed_there_either(mei: Cast) -> None:
    client = _inside(mei)
    _grow_old(client)
    statuses = [client.post("/account/confirm/", {"password": "x"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def _grow_old(client: Client) -> None:
    """As if an hour had gone by since the person proved who they are."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()


def test_a_factor_is_given_up(mei: Cast) -> None:
    client = _inside(mei)
    _enrol(client)
    factor = Authenticator.objects.get(type="totp")
    client.post(f"/account/factors/{factor.pk}/remove/")
    assert not Authenticator.objects.exists()
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "second_factor.removed"


def test_but_not_another_persons(mei: Cast) -> None:
    with_app(mei.lin.user)
    client = _inside(mei)
    before = state_of(mei.hemu)
    factor = Authenticator.objects.get(user=mei.lin.user, type="totp")
    client.post(f"/account/factors/{factor.pk}/remove/")
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    assert state_of(mei.hemu) == before


def test_new_recovery_codes_make_the_old_ones_worthless(mei: Cast) -> None:
    client = _inside(mei)
    secret = _enrol(client)
    old = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    client.post("/account/recovery-codes/renew/")
    new = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert not set(old) & set(new)
    assert _enter(_at_the_second_step(), old[0]).status_code == 200
    assert _enter(_at_the_second_step(), code_of(secret, periods=1)).status_code == 302


# An organisation asks for it


@pytest.fixture
def asked(mei: Cast) -> Cast:
    rules.require_second_factor(actor=mei.lin.actor, roles=["end_user"])
    return mei


def test_who_has_none_is_led_to_setting_one_up_before_anything_else(asked: Cast) -> None:
    client = visitor()
    sign_in(client, "mei")
    assert client.get("/").headers["Location"] == "/sign-in/?next=/"
    assert client.get("/sign-in/").headers["Location"] == "/account/"
    assert "Your organisation asks for a second factor" in client.get("/account/").content.decode()
    assert client.get("/api/v1/records/unanswered").status_code == 401
    _enrol(client)
    assert is_inside(client)


def test_a_running_session_stops_acting_at_once(mei: Cast) -> None:
    client = _inside(mei)
    assert is_inside(client)
    rules.require_second_factor(actor=mei.lin.actor, roles=["end_user"])
    assert not is_inside(client)


def test_other_roles_are_not_asked(asked: Cast) -> None:
    with_password(asked.lin.user)
    client = visitor()
    sign_in(client, "lin")
    assert is_inside(client)


def test_another_organisation_is_not_asked(asked: Cast) -> None:
    rules.require_second_factor(actor=asked.lin.actor, roles=["administrator"])
    with_password(asked.omar.user)
    client = visitor()
    sign_in(client, "omar")
    assert is_inside(client)


def test_the_last_factor_stays_where_one_is_asked_for(asked: Cast) -> None:
    client = _inside(asked)
    _enrol(client)
    factor = Authenticator.objects.get(type="totp")
    before = state_of(asked.hemu)
    page = client.post(f"/account/factors/{factor.pk}/remove/", follow=True).content.decode()
    assert "Add another one first" in page
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    assert state_of(asked.hemu) == before


@pytest.mark.parametrize("name", ["zhou", "ann", "mei"])
def test_only_who_may_decides(cast: Cast, name: str) -> None:
    from sunmao.core.errors import Forbidden

    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        rules.require_second_factor(actor=getattr(cast, name).actor, roles=["end_user"])
    assert state_of(cast.hemu) == before
