"""An unknown name, a wrong password and an account without one: the same page in the same time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.test import Client

from sunmao.accounts.models import User
from sunmao.accounts.signin.models import Attempts
from tests.fixtures import Cast
from tests.sunmao.accounts.signin.people import PASSWORD, sign_in, visitor, with_password

ROUNDS = 15
ALLOWED = 0.05


@pytest.fixture
def mei(cast: Cast) -> Cast:
    with_password(cast.mei.user)
    User.objects.filter(pk=cast.zhou.user.pk).update(is_active=False)
    return cast


def _seconds(client: Client, name: str, number: int) -> float:
    Attempts.objects.all().delete()
    began = time.perf_counter()
    assert sign_in(client, name, f"wrong {number}").status_code == 200
    return time.perf_counter() - began


def _interleaved(names: list[str]) -> Iterator[tuple[str, float]]:
    """Each round asks for every name in turn, so that a busy machine is busy for all of them."""
    client = visitor()
    for number in range(ROUNDS):
        for name in names if number % 2 else names[::-1]:
            yield name, _seconds(client, name, number)


@pytest.mark.slow
def test_it_takes_the_same_time(mei: Cast, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SUNMAO_SIGN_IN_MILLISECONDS = 800  # longer than a hash takes on a small and busy machine
    names = ["nobody", "mei", "ann", "zhou"]  # unknown; wrong password; no password; closed
    taken: dict[str, list[float]] = {name: [] for name in names}
    for name, seconds in _interleaved(names):
        taken[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    widest = max(medians.values()) / min(medians.values()) - 1
    with capsys.disabled():
        print(f"sign-in, failed: {widest:.2%} between the medians of {len(names)} cases")  # noqa: T201
    assert widest < ALLOWED


def test_one_hash_is_made_for_each(mei: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = type(get_hasher())
    made: list[str] = []
    for verb in ("encode", "verify"):
        original = getattr(hasher, verb)

        def counted(self, *given, _verb=verb, _original=original):  # type: ignore[no-untyped-def]
            made.append(_verb)
            return _original(self, *given)

        monkeypatch.setattr(hasher, verb, counted)
    for name in ("nobody", "mei", "ann", "zhou"):
        made.clear()
        sign_in(visitor(), name, "wrong")
        assert (name, len(made)) == (name, 1)


def test_the_page_is_the_same(mei: Cast) -> None:
    pages = []
    for name in ("nobody", "mei", "ann", "zhou"):
        client = visitor()
        page = sign_in(client, name, "wrong").content.decode()
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        pages.append(page.replace(token, "").replace(f'value="{name}"', ""))
    assert len({len(page) for page in pages}) == 1
    assert len(set(pages)) == 1


def test_nor_does_a_closed_account_with_the_right_password(mei: Cast) -> None:
    with_password(mei.zhou.user)
    User.objects.filter(pk=mei.zhou.user.pk).update(is_active=False)
    response = sign_in(visitor(), "zhou", PASSWORD)
    assert response.context["form"].errors == sign_in(visitor(), "nobody", "x").context["form"].errors
