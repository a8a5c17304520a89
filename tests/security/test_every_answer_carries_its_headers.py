"""Policy, framing, sniffing, referrer, cookies: on every kind of answer, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from sunmao.accounts import services as accounts
from tests.architecture.tree import ROOT, run_in
from tests.fixtures import Cast, Ingest, state_of
from tests.fixtures.files import RETURNS

STRICT = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "font-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "frame-ancestors": "'none'",
    "base-uri": "'none'", "manifest-src": "'self'",
}  # fmt: skip
PAGES = (
    "/", "/sign-in/", "/customer-service/", "/nothing", "/health", "/api/schema", "/api/v1/bases",
    "/api/v1/nothing", "/favicon.ico", "/first-run/none/", "/console/", "/console/accounts/apikey/",
)  # fmt: skip


def policy_of(response: HttpResponse) -> dict[str, str]:
    parts = response["Content-Security-Policy"].split(";")
    return {name: " ".join(rest) for name, *rest in (part.split() for part in parts if part.strip())}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["nobody", "lin"])
def test_every_answer_has_them(cast: Cast, path: str, who: str) -> None:
    response = (Client() if who == "nobody" else cast.lin.client).get(path)
    policy = policy_of(response)
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in response
    assert "Server" not in response
    assert "X-Powered-By" not in response


@pytest.mark.parametrize("path", ["/", "/customer-service/", "/console/", "/account/", "/api/v1/me"])
def test_what_a_person_is_shown_is_kept_by_nobody(cast: Cast, path: str) -> None:
    answer = cast.lin.client.get(path)
    assert answer.status_code == 200
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


@pytest.mark.parametrize("path", [path for path in PAGES if not path.startswith("/console/")])
def test_outside_the_console_the_policy_is_strict(cast: Cast, path: str) -> None:
    assert policy_of(cast.lin.client.get(path)) == STRICT


def test_the_console_loosens_two_things_and_no_more(cast: Cast) -> None:
    policy = policy_of(cast.lin.client.get("/console/"))
    differing = {name for name in STRICT if policy[name] != STRICT[name]}
    assert differing == {"script-src", "style-src"}
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"


def test_a_cookie_is_for_this_site_alone(cast: Cast) -> None:
    client = Client()
    client.get("/sign-in/")
    token = client.cookies["csrftoken"]
    assert (token["samesite"], token["path"]) == ("Lax", "/")
    cast.mei.user.set_password("a plank of pear wood")
    cast.mei.user.save()
    client.post("/sign-in/", {"username": "mei", "password": "a plank of pear wood"})
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"], session["path"]) == (True, "Lax", "/")


HTTPS = """
import os
os.environ["SUNMAO_HTTPS"], os.environ["DJANGO_SETTINGS_MODULE"] = "1", "apps.config.settings"
import django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(SERVER_NAME="localhost", headers={"x-forwarded-proto": "https"})
page = client.get("/sign-in/")
print(Client(SERVER_NAME="localhost").get("/sign-in/").status_code, page["Strict-Transport-Security"])
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY)
"""


def test_with_https_everything_is_bound_to_it(cast: Cast, tmp_path: Path) -> None:
    """In a process of its own, since it is decided at the start."""
    done = run_in(ROOT, "-c", HTTPS, home=tmp_path)
    assert done.stdout.splitlines()[-2:] == ["301 max-age=31536000", "True True True"], done.stderr


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_another_origin_is_neither_answered_nor_obeyed(cast: Cast, origin: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.zhou.user)
    strict.get("/")
    token = strict.cookies["csrftoken"].value
    before = state_of(cast.hemu)
    headers = {"origin": origin, "x-csrftoken": token}
    refused = strict.post("/api/v1/bases", '{"slug": "b"}', content_type="application/json", headers=headers)
    assert refused.status_code == 403
    asked = strict.options(
        "/api/v1/bases", headers={"origin": origin, "access-control-request-method": "POST"}
    )
    assert not [name for name in asked.headers if name.lower().startswith("access-control-")]
    assert state_of(cast.hemu) == before


def test_whoever_sends_a_key_is_judged_by_it_alone(cast: Cast, ingest: Ingest) -> None:
    """A key never borrows the rights of the session that happens to be in the browser, nor the other way."""
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    secret = accounts.create_api_key(actor=cast.lin.actor, name="shop window").secret
    both = Client(headers={"x-api-key": secret})
    both.force_login(cast.lin.user)
    assert cast.lin.client.get("/api/v1/bases").status_code == 200
    assert both.get("/api/v1/bases").status_code == 403
    wrong = Client(headers={"x-api-key": "sm_wrong"})
    wrong.force_login(cast.lin.user)
    assert wrong.get("/api/v1/bases").status_code == 401


@pytest.mark.parametrize("place", ["?key={}", "?api_key={}", "?access_token={}"])
def test_a_key_in_an_address_is_no_key(cast: Cast, place: str) -> None:
    """Addresses end up in logs and histories."""
    secret = accounts.create_api_key(actor=cast.lin.actor, name="shop window").secret
    assert Client().get(f"/api/v1/bases{place.format(secret)}").status_code == 401


def test_a_key_opens_no_page(cast: Cast) -> None:
    secret = accounts.create_api_key(actor=cast.lin.actor, name="shop window").secret
    for headers in ({"x-api-key": secret}, {"authorization": f"Bearer {secret}"}):
        response = Client(headers=headers).get("/customer-service/")
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_signing_in_leads_nowhere_else(cast: Cast, target: str) -> None:
    assert cast.mei.client.get("/sign-in/", {"next": target})["Location"] == "/"
    assert cast.mei.client.post("/language/", {"language": "en", "next": target})["Location"] == "/"


@pytest.mark.parametrize("target", ["<p onmouseover=alert(1)>", "portal:home", "x", "{}", "%s", " "])
def test_what_is_no_address_breaks_nothing(cast: Cast, target: str) -> None:
    assert cast.mei.client.get("/sign-in/", {"next": target}).status_code == 302
    assert cast.mei.client.post("/account/organisation/", {"next": target}).status_code in (302, 404)


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "127.0.0.1@evil.example", ""])
def test_a_host_of_somebody_elses_is_refused(cast: Cast, host: str) -> None:
    assert cast.lin.client.get("/", headers={"host": host}).status_code == 400
