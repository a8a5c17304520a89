"""A new installation has no password; the link lets the administrator choose one, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sunmao.accounts import services
from sunmao.accounts.models import FirstRunLink, User
from sunmao.core.clock import now
from sunmao.core.errors import InvalidInput, NotFound
from tests.fixtures import Cast, state_of, verbs_of

PASSWORD = "a joint of oak and ash"
WEAK = [
    ("too short", "k7!pq"),
    ("only digits", "83920174659201"),
    ("known to everybody", "password1234"),
    ("the name of the person", "lin-lin-lin"),
]


@pytest.fixture
def token(cast: Cast) -> str:
    User.objects.filter(pk=cast.lin.user.pk).update(username="lin-lin-lin")
    return services.issue_first_run_link(user=User.objects.get(pk=cast.lin.user.pk))


def _has_no_password(cast: Cast) -> bool:
    return not User.objects.get(pk=cast.lin.user.pk).has_usable_password()


def test_the_password_is_set_and_the_link_is_gone(cast: Cast, token: str) -> None:
    services.use_first_run_link(token=token, password=PASSWORD)
    assert User.objects.get(pk=cast.lin.user.pk).check_password(PASSWORD)
    assert not FirstRunLink.objects.filter(user=cast.lin.user).exists()
    assert verbs_of(cast.hemu, subject=cast.lin.user.pk) == ["first_run_link.used"]


def test_it_works_once(cast: Cast, token: str) -> None:
    services.use_first_run_link(token=token, password=PASSWORD)
    before = state_of(cast.hemu)
    with pytest.raises(NotFound) as caught:
        services.use_first_run_link(token=token, password="another joint of ash")
    assert caught.value.code == "link_used"
    assert User.objects.get(pk=cast.lin.user.pk).check_password(PASSWORD)
    assert state_of(cast.hemu) == before


def test_it_expires(cast: Cast, token: str) -> None:
    FirstRunLink.objects.update(expires_at=now() - timedelta(seconds=1))
    for attempt in (
        lambda: services.first_run_user(token),
        lambda: services.use_first_run_link(token=token, password=PASSWORD),
    ):
        with pytest.raises(NotFound) as caught:
            attempt()
        assert caught.value.code == "link_used"
    assert _has_no_password(cast)


def test_a_new_link_ends_the_old_one(cast: Cast, token: str) -> None:
    newer = services.issue_first_run_link(user=cast.lin.user)
    with pytest.raises(NotFound):
        services.first_run_user(token)
    assert services.first_run_user(newer).pk == cast.lin.user.pk


def test_only_a_hash_of_it_is_kept(cast: Cast, token: str) -> None:
    kept = FirstRunLink.objects.get(user=cast.lin.user).hash
    assert len(kept) == 64
    assert token not in kept


@pytest.mark.parametrize(("case", "password"), WEAK, ids=[case[0] for case in WEAK])
def test_a_weak_password_is_refused_with_the_reason(cast: Cast, token: str, case: str, password: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        services.use_first_run_link(token=token, password=password)
    assert caught.value.code == "weak_password"
    assert str(caught.value.fields["password"]) != ""
    assert _has_no_password(cast)
    assert services.first_run_user(token).pk == cast.lin.user.pk
    assert state_of(cast.hemu) == before


# The page


def test_the_page_sets_the_password_and_signs_in(cast: Cast, token: str) -> None:
    client = Client(headers={"accept-language": "en"})
    page = client.get(f"/first-run/{token}/")
    assert page.status_code == 200
    assert b"lin-lin-lin" in page.content
    chosen = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    response = client.post(f"/first-run/{token}/", chosen)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert Client().get(f"/first-run/{token}/").status_code == 410
    assert Client().post(f"/first-run/{token}/", chosen).status_code == 410


@pytest.mark.parametrize(("case", "password"), WEAK, ids=[case[0] for case in WEAK])
def test_the_page_says_what_is_weak(cast: Cast, token: str, case: str, password: str) -> None:
    client = Client(headers={"accept-language": "en"})
    chosen = {"new_password1": password, "new_password2": password}
    response = client.post(f"/first-run/{token}/", chosen)
    assert response.status_code == 200
    assert b"password" in response.content
    assert response.context["form"].errors
    assert _has_no_password(cast)
    assert client.get("/").status_code == 302


def test_two_different_passwords_are_told(cast: Cast, token: str) -> None:
    chosen = {"new_password1": PASSWORD, "new_password2": PASSWORD + "."}
    response = Client().post(f"/first-run/{token}/", chosen)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["new_password2"]
    assert _has_no_password(cast)


@pytest.mark.parametrize("token", ["x", "%00", "a" * 500])
def test_an_unknown_link_is_gone(db: None, token: str) -> None:
    assert Client().get(f"/first-run/{token}/").status_code == 410
