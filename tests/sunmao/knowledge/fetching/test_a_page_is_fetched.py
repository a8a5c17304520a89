"""What a page outside becomes, and how it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sunmao.knowledge.fetching import Unfetchable, fetch
from sunmao.knowledge.text.parsing import parse
from tests.sunmao.knowledge.fetching.site import PAGE, Site, site

HOST = "page.example.com"


@pytest.fixture
def page(settings: Any) -> Iterator[Site]:
    settings.SUNMAO_FETCH_PRIVATE_HOSTS = [HOST]
    settings.SUNMAO_MAX_UPLOAD = 1 << 20
    with site() as listener:
        yield listener


def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def url_of(page: Site, path: str) -> str:
    return f"http://{HOST}:{page.port}{path}"


def code_of(url: str) -> str:
    with pytest.raises(Unfetchable) as refused:
        fetch(url, resolve=here)
    return refused.value.code


def test_a_page_becomes_a_file_that_can_be_read(page: Site) -> None:
    found = fetch(url_of(page, "/policy"), resolve=here)
    assert (found.name, found.data, found.media_type) == ("policy.html", PAGE, "text/html")
    assert parse(name=found.name, data=found.data).text == "# 退货政策"
    assert page.hosts == [f"{HOST}:{page.port}"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "page.example.com.html"),
        ("/a/b.pdf", "b.pdf"),
        ("/%E9%80%80%E8%B4%A7", "退货.html"),
        ("/a?x=1", "a.html"),
        ("/..%2f..%2fetc%2fpasswd", "passwd.html"),
    ],
)
def test_its_name_is_the_last_part_of_its_path(page: Site, path: str, name: str) -> None:
    assert fetch(url_of(page, path), resolve=here).name == name


def test_redirects_are_followed_and_the_last_address_is_told(page: Site) -> None:
    found = fetch(url_of(page, "/to//policy"), resolve=here)
    assert found.url == url_of(page, "/policy")
    assert page.hits == ["/to//policy", "/policy"]


def test_a_packed_page_is_unpacked(page: Site) -> None:
    assert fetch(url_of(page, "/packed"), resolve=here).data == PAGE


@pytest.mark.parametrize(
    ("case", "path", "code"),
    [
        ("a page that is gone", "/gone", "page_not_found"),
        ("a page too long", "/long", "page_too_large"),
        ("a page that unpacks to too much", "/bomb", "page_too_large"),
        ("a page packed twice", "/twice", "cannot_fetch"),
        ("redirects without end", "/again/1", "too_many_redirects"),
    ],
)
def test_what_cannot_be_fetched_has_its_reason(page: Site, case: str, path: str, code: str) -> None:
    assert code_of(url_of(page, path)) == code, case


def test_no_more_than_five_redirects(page: Site) -> None:
    assert code_of(url_of(page, "/again/1")) == "too_many_redirects"
    assert len(page.hits) == 6


def test_a_server_that_drips_is_left(page: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sunmao.knowledge.fetching.page.SECONDS", 1)
    began = time.monotonic()
    assert code_of(url_of(page, "/drip")) == "fetch_timeout"
    assert time.monotonic() - began < 3


def test_a_server_that_is_away_is_told(page: Site) -> None:
    assert code_of(f"http://{HOST}:1/") == "cannot_fetch"


def test_variables_of_the_environment_do_not_choose_a_proxy(
    page: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert fetch(url_of(page, "/policy"), resolve=here).data == PAGE


def test_a_proxy_is_asked_for_the_name_and_still_for_nothing_inside(page: Site, settings: Any) -> None:
    settings.SUNMAO_FETCH_PROXY = f"http://127.0.0.1:{page.port}"
    settings.SUNMAO_FETCH_PRIVATE_HOSTS = []
    assert fetch("http://example.com/policy").data == PAGE
    assert page.hits == ["http://example.com:80/policy"]
    assert code_of("http://127.0.0.1/") == "forbidden_address"
    assert len(page.hits) == 1
