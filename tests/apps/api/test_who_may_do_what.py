"""Every endpoint for every kind of caller, with the answer written out; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Membership
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.jobs.models import Job
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Document, Passage
from tests.fixtures import Ask, Cast, Ingest, state_of
from tests.fixtures.files import RETURNS, RETURNS_LATER

CALLERS = ("nobody", "channel", "mei", "zhou", "ann", "lin", "omar")


@dataclass
class World:
    """What the addresses name: everything in it is Hemu's."""

    cast: Cast
    key: str
    ready: Document
    failed: Job
    queued: Job
    passage: Passage
    record: str

    def client(self, caller: str) -> Client:
        if caller == "nobody":
            return Client()
        if caller == "channel":
            return Client(headers={"x-api-key": self.key})
        found: Client = getattr(self.cast, caller).client
        return found


@pytest.fixture
def world(cast: Cast, ingest: Ingest, ask: Ask) -> World:
    ready = ingest(cast.zhou.actor, "returns.md", RETURNS, base="only-hemu")
    failed = ingest(cast.zhou.actor, "photo.md", bytes(range(256)) * 40, base="only-hemu").job
    record = ask(cast.mei.actor, "When is a refund paid?")
    queued = knowledge.receive(
        actor=cast.zhou.actor, base=ready.base, name="later.md", chunks=[RETURNS_LATER.encode()]
    ).document.job
    key = accounts.create_api_key(actor=cast.lin.actor, name="shop window").secret
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.filter(document=ready).first()
    assert failed is not None
    assert queued is not None
    assert passage is not None
    return World(cast, key, ready, failed, queued, passage, str(record.pk))


def _upload(client: Client, address: str) -> Any:
    return client.post(address, {"file": SimpleUploadedFile("new.md", RETURNS.encode())})


def _json(client: Client, address: str) -> Any:
    return client.post(address, '{"slug": "a-new-one"}', content_type="application/json")


Act = Callable[[Client, World], Any]
ACTS: dict[str, Act] = {
    "list the bases": lambda c, w: c.get("/api/v1/bases"),
    "make a base": lambda c, w: _json(c, "/api/v1/bases"),
    "list the documents of a base": lambda c, w: c.get("/api/v1/bases/only-hemu/documents"),
    "upload a document": lambda c, w: _upload(c, "/api/v1/bases/only-hemu/documents"),
    "look at a document": lambda c, w: c.get(f"/api/v1/documents/{w.ready.pk}"),
    "remove a document": lambda c, w: c.delete(f"/api/v1/documents/{w.ready.pk}"),
    "look at a job": lambda c, w: c.get(f"/api/v1/jobs/{w.failed.pk}"),
    "cancel a job": lambda c, w: c.post(f"/api/v1/jobs/{w.queued.pk}/cancel"),
    "try a job again": lambda c, w: c.post(f"/api/v1/jobs/{w.failed.pk}/retry"),
    "open a passage": lambda c, w: c.get(f"/api/v1/passages/{w.passage.pk}"),
    "see what was not answered": lambda c, w: c.get("/api/v1/records/unanswered"),
    "see the account of Mei's answer": lambda c, w: c.get(f"/api/v1/records/{w.record}"),
}
EXPECTED = {
    #                                   nobody channel mei zhou ann lin omar
    "list the bases": (401, 403, 403, 200, 200, 200, 200),
    "make a base": (401, 403, 403, 201, 403, 201, 201),
    "list the documents of a base": (401, 403, 403, 200, 200, 200, 404),
    "upload a document": (401, 403, 403, 202, 403, 202, 404),
    "look at a document": (401, 403, 403, 200, 200, 200, 404),
    "remove a document": (401, 403, 403, 204, 403, 204, 404),
    "look at a job": (401, 403, 403, 200, 200, 200, 404),
    "cancel a job": (401, 403, 403, 200, 403, 200, 404),
    "try a job again": (401, 403, 403, 200, 403, 200, 404),
    "open a passage": (401, 200, 200, 200, 200, 200, 404),
    "see what was not answered": (401, 403, 403, 403, 200, 200, 200),
    "see the account of Mei's answer": (401, 404, 200, 404, 200, 200, 404),
}


def test_every_act_is_written_out() -> None:
    assert ACTS.keys() == EXPECTED.keys()
    assert {len(row) for row in EXPECTED.values()} == {len(CALLERS)}


CODES = {401: {"invalid_api_key"}, 403: {"forbidden"}, 404: {"not_found", "unknown_base"}}


@pytest.mark.parametrize("act", list(EXPECTED))
def test_each_caller_may_do_what_is_written(world: World, act: str) -> None:
    """Every caller finds the world as it was; those who are refused leave it so."""
    before = state_of(world.cast.hemu)
    for caller, status in zip(CALLERS, EXPECTED[act], strict=True):
        with transaction.atomic():
            response = ACTS[act](world.client(caller), world)
            assert (caller, response.status_code) == (caller, status)
            if status >= 400:
                told = response.json()
                assert (told["status"], told["code"] in CODES[status]) == (status, True)
                assert str(world.cast.hemu.pk) not in response.content.decode()
                assert state_of(world.cast.hemu) == before
            transaction.set_rollback(True)


def test_another_organisation_sees_its_own_and_nothing_else(world: World) -> None:
    client = world.client("omar")
    bases = client.get("/api/v1/bases").json()["bases"]
    assert [base["slug"] for base in bases] == ["customer-service"]
    hemu = state_of(world.cast.hemu)
    assert _upload(client, "/api/v1/bases/customer-service/documents").status_code == 202
    assert state_of(world.cast.hemu) == hemu


FOREIGN: dict[str, Callable[[World, object], str]] = {
    "a document": lambda w, key: f"/api/v1/documents/{key}",
    "a job": lambda w, key: f"/api/v1/jobs/{key}",
    "a passage": lambda w, key: f"/api/v1/passages/{key}",
    "an account": lambda w, key: f"/api/v1/records/{key}",
}


@pytest.mark.parametrize("case", list(FOREIGN))
def test_a_foreign_id_looks_like_one_that_does_not_exist(world: World, case: str) -> None:
    foreign = {"a document": world.ready.pk, "a job": world.failed.pk, "a passage": world.passage.pk}
    told = [
        world.client("omar").get(FOREIGN[case](world, key))
        for key in (foreign.get(case, world.record), new_id(), "no-id", "%00")
    ]
    assert {response.status_code for response in told} == {404}
    assert len({response.content for response in told}) == 1


@pytest.mark.parametrize("slug", ["another-base", "%00", "%ED%A0%80", "only%2Fhemu", "../only-hemu"])
def test_a_base_that_does_not_exist_is_told_in_json(world: World, slug: str) -> None:
    response = world.client("zhou").get(f"/api/v1/bases/{slug}/documents")
    assert response.status_code == 404
    assert response.json()["code"] in ("unknown_base", "unknown_address")


def test_a_session_needs_the_csrf_token_and_a_key_does_not(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.cast.zhou.user)
    before = state_of(world.cast.hemu)
    for act in ("make a base", "upload a document", "remove a document", "cancel a job", "try a job again"):
        response = ACTS[act](strict, world)
        assert (act, response.status_code, response.json()["code"]) == (act, 403, "forbidden")
    assert state_of(world.cast.hemu) == before
    assert strict.get("/api/v1/bases").status_code == 200
    issued = accounts.create_api_key(actor=world.cast.lin.actor, name="strict")
    keyed = Client(enforce_csrf_checks=True, headers={"x-api-key": issued.secret})
    assert keyed.get(f"/api/v1/passages/{world.passage.pk}").status_code == 200
    assert keyed.post("/api/v1/qa", "{}", content_type="application/json").status_code == 400


def test_a_session_with_the_token_may(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.cast.zhou.user)
    strict.get("/")
    token = strict.cookies["csrftoken"].value
    response = strict.post(
        "/api/v1/bases", '{"slug": "made"}', content_type="application/json", headers={"x-csrftoken": token}
    )
    assert response.status_code == 201


def test_a_person_without_an_organisation_is_nobody(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        Membership.objects.filter(user=cast.zhou.user).delete()
    response = cast.zhou.client.get("/api/v1/bases")
    assert (response.status_code, response.json()["code"]) == (401, "invalid_api_key")
