"""Language, home and error pages of the portals."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from sunmao.accounts.models import User
from tests.fixtures import Cast


@pytest.mark.parametrize(("language", "tag"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_the_choice_is_kept_with_the_person(cast: Cast, language: str, tag: str) -> None:
    response = cast.mei.client.post("/language/", {"language": language, "next": "/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert User.objects.get(pk=cast.mei.user.pk).language == language
    page = cast.mei.client.get("/", headers={"accept-language": "de"}).content.decode()
    assert f'<html lang="{tag}"' in page


def test_a_language_that_is_not_spoken_is_not_kept(cast: Cast) -> None:
    cast.mei.client.post("/language/", {"language": "tlh", "next": "/"})
    assert User.objects.get(pk=cast.mei.user.pk).language == ""


def test_one_is_not_led_to_another_site(cast: Cast) -> None:
    response = cast.mei.client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert "evil" not in response.headers.get("Location", "")


def test_the_home_page_leads_to_every_enabled_vertical(cast: Cast) -> None:
    page = cast.mei.client.get("/").content.decode()
    for slug in ("customer-service", "medical", "investment-advisory", "contract-review"):
        assert f'href="/{slug}/"' in page
        assert cast.mei.client.get(f"/{slug}/").status_code == 200


def test_only_those_who_work_there_see_the_way_to_the_console(cast: Cast) -> None:
    assert "/console/" in cast.zhou.client.get("/").content.decode()
    assert "/console/" not in cast.mei.client.get("/").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("address", ["/nothing-here/", "/passages/00000000-0000-0000-0000-000000000000/"])
def test_a_page_that_does_not_exist_is_told_in_the_language(cast: Cast, address: str, language: str) -> None:
    response = cast.mei.client.get(address, headers={"accept-language": language})
    assert response.status_code == 404
    with translation.override(language):
        told = gettext("This does not exist, or you may not see it.")
    assert told in response.content.decode()


def test_a_request_without_the_token_is_refused(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.mei.user)
    for address in ("/customer-service/ask/", "/language/", "/sign-out/"):
        assert strict.post(address, {"question": "a", "language": "en"}).status_code == 403


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/customer-service/ask/"),
        ("post", "/customer-service/"),
        ("get", "/language/"),
        ("delete", "/"),
    ],
)
def test_other_methods_are_refused(cast: Cast, method: str, address: str) -> None:
    assert getattr(cast.mei.client, method)(address).status_code == 405


def test_every_answer_carries_a_request_id(cast: Cast) -> None:
    assert cast.mei.client.get("/", headers={"x-request-id": "abc"}).headers["X-Request-ID"] == "abc"
    made = cast.mei.client.get("/").headers["X-Request-ID"]
    assert len(made) == 32
