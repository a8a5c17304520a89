"""The console opens for those who work in it, shows their organisation only and has a content policy."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.models import ApiKey
from sunmao.accounts.selectors import actor_of_key
from sunmao.core import tenancy
from tests.fixtures import Ask, Cast, Ingest, state_of, verbs_of
from tests.fixtures.files import RETURNS

PAGES = {
    "": "zhou ann lin",
    "knowledge/knowledgebase/": "zhou ann lin",
    "knowledge/document/": "zhou ann lin",
    "jobs/job/": "zhou ann lin",
    "answering/answerrecord/": "ann lin",
    "audit/entry/": "ann lin",
    "releases/release/": "ann lin",
    "accounts/apikey/": "lin",
    "accounts/membership/": "lin",
}


@pytest.mark.parametrize("page", list(PAGES))
def test_each_page_opens_for_its_people(cast: Cast, page: str) -> None:
    for name in ("zhou", "ann", "lin"):
        status = getattr(cast, name).client.get(f"/console/{page}").status_code
        assert (name, status) == (name, 200 if name in PAGES[page].split() else 403)


@pytest.mark.parametrize("page", list(PAGES))
def test_a_customer_and_a_stranger_are_sent_to_the_door(cast: Cast, page: str) -> None:
    for client in (cast.mei.client, Client()):
        response = client.get(f"/console/{page}", follow=False)
        assert response.status_code == 302
        assert response.headers["Location"].startswith(("/sign-in/", "/console/login/"))
        assert b"Hemu" not in response.content


def test_a_customer_is_told_that_this_is_not_for_them(cast: Cast) -> None:
    response = cast.mei.client.get("/console/knowledge/document/", follow=True)
    assert response.status_code == 403
    assert len(response.redirect_chain) == 1


def test_a_customer_changes_nothing_through_it(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    before = state_of(cast.hemu)
    posted = {"action": "remove", "_selected_action": [str(document.pk)]}
    assert cast.mei.client.post("/console/knowledge/document/", posted).status_code == 302
    assert state_of(cast.hemu) == before


def test_the_rows_of_another_organisation_are_absent(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    document = ingest(cast.zhou.actor, "hemu-only.md", RETURNS)
    record = ask(cast.mei.actor, "When is a refund paid by hemu?")
    key = accounts.create_api_key(actor=cast.lin.actor, name="hemu-key").key
    for page, text in (
        ("knowledge/document/", "hemu-only.md"),
        ("answering/answerrecord/", "paid by hemu"),
        ("accounts/apikey/", "hemu-key"),
        ("accounts/membership/", "zhou"),
        ("audit/entry/", str(document.pk)),
    ):
        assert text in cast.lin.client.get(f"/console/{page}").content.decode()
        assert text not in cast.omar.client.get(f"/console/{page}").content.decode()
    for address in (
        f"knowledge/document/{document.pk}/change/",
        f"answering/answerrecord/{record.pk}/change/",
        f"accounts/apikey/{key.pk}/change/",
    ):
        assert cast.lin.client.get(f"/console/{address}").status_code == 200
        response = cast.omar.client.get(f"/console/{address}")
        assert response.status_code == 404


def test_another_organisations_documents_cannot_be_acted_on(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "hemu-only.md", bytes(range(256)) * 40)
    before = state_of(cast.hemu)
    for action in ("try_again", "cancel", "remove"):
        posted = {"action": action, "_selected_action": [str(document.pk)]}
        cast.omar.client.post("/console/knowledge/document/", posted, follow=True)
    assert state_of(cast.hemu) == before


def test_a_new_key_is_shown_once(cast: Cast) -> None:
    made = {
        "name": "shop window",
        "role": "channel",
        "default_task": "customer_service.ask",
        "expires_at_0": "",
        "expires_at_1": "",
    }
    response = cast.lin.client.post("/console/accounts/apikey/add/", made, follow=True)
    (secret,) = set(re.findall(r"sm_[\w-]{43}", response.content.decode()))
    assert actor_of_key(secret, language="en").name == "shop window"
    with tenancy.scope(cast.hemu.pk):
        key = ApiKey.objects.get()
    for address in ("", f"{key.pk}/change/"):
        page = cast.lin.client.get(f"/console/accounts/apikey/{address}").content.decode()
        assert secret not in page
        assert key.hash not in page
        assert secret[:8] in page
    assert verbs_of(cast.hemu)[-1] == "key.created"


def test_a_key_is_revoked_from_the_list(cast: Cast) -> None:
    issued = accounts.create_api_key(actor=cast.lin.actor, name="shop window")
    posted = {"action": "revoke", "_selected_action": [str(issued.key.pk)]}
    page = cast.lin.client.post("/console/accounts/apikey/", posted, follow=True).content.decode()
    assert "shop window was revoked." in page
    with tenancy.scope(cast.hemu.pk):
        assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize("name", ["zhou", "ann"])
def test_only_an_administrator_makes_keys(cast: Cast, name: str) -> None:
    before = state_of(cast.hemu)
    made = {"name": "own", "default_task": "customer_service.ask"}
    assert getattr(cast, name).client.post("/console/accounts/apikey/add/", made).status_code == 403
    assert state_of(cast.hemu) == before


def test_answers_and_entries_are_read_only(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, "When is a refund paid?")
    before = state_of(cast.hemu)
    for address in (
        f"answering/answerrecord/{record.pk}/change/",
        f"answering/answerrecord/{record.pk}/delete/",
        "answering/answerrecord/add/",
        "audit/entry/add/",
        "releases/release/add/",
    ):
        assert cast.lin.client.post(f"/console/{address}", {"text": "changed"}).status_code == 403
    assert state_of(cast.hemu) == before


# The content policy

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def _policy(client: Client, address: str) -> dict[str, str]:
    header = client.get(address).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";") if part.strip())


@pytest.mark.parametrize(
    "address",
    ["/", "/sign-in/", "/customer-service/", "/first-run/x/", "/nothing-here/", "/health", "/api/v1/x"],
)
def test_outside_the_console_nothing_unsafe_is_allowed(cast: Cast, broker: object, address: str) -> None:
    policy = _policy(cast.lin.client, address)
    assert {name: policy[name] for name in STRICT} == STRICT
    assert "unsafe" not in " ".join(policy.values())


def test_only_the_console_is_looser(cast: Cast) -> None:
    policy = _policy(cast.lin.client, "/console/")
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert {name: policy[name] for name in ("default-src", "frame-ancestors", "base-uri")} == {
        "default-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
