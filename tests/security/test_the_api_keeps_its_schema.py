"""Requests made from the schema, right and wrong, as four callers: no server error, no other answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.accounts.roles import BuiltIn
from sunmao.core.ids import new_id
from sunmao.core.vertical import config_of
from sunmao.releases.sample import seed_vertical
from tests.security.fuzz import Fuzzed, fuzz

CALLERS = ("nobody", "channel", "knowledge editor", "owner")
SEED = 20_240_229


@pytest.fixture
def fuzzed(
    broker: object, worker_at_once: None, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Organisation]:
    """An organisation that is really there, with a release over an empty base."""
    with django_db_blocker.unblock():
        slug = f"fuzzed-{new_id().hex[-12:]}"
        made = accounts.create_organisation(slug=slug, name=slug, enabled_verticals=["customer_service"])
        seed_vertical(
            actor=accounts.system_actor(made), config=config_of("customer_service"), with_documents=True
        )
        yield made
        connections.close_all()


def headers_of(organisation: Organisation, caller: str) -> dict[str, str]:
    system = accounts.system_actor(organisation)
    if caller == "nobody":
        return {}
    if caller == "channel":
        return {"X-API-Key": accounts.create_api_key(actor=system, name="fuzz").secret}
    role = BuiltIn.OWNER if caller == "owner" else BuiltIn.KNOWLEDGE_EDITOR
    client = Client()
    client.force_login(accounts.add_member(actor=system, username=new_id().hex, role=role))
    client.get("/")
    token = client.cookies["csrftoken"].value
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"Cookie": cookies, "X-CSRFToken": token}


@cache
def operations() -> frozenset[str]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return frozenset(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


def told(found: Fuzzed) -> str:
    return "\n".join(f"{key}\n    {why}" for key, why in found.findings.items())


def assert_known(caller: str, found: Fuzzed) -> None:
    """Whoever has credentials is known by them, or the requests would have tried little."""
    unknown = found.statuses[401] / found.cases
    assert unknown > 0.9 if caller == "nobody" else unknown < 0.1, found.statuses
    assert caller == "nobody" or found.statuses[200] > 1, found.statuses


@pytest.mark.timeout(600)
@pytest.mark.parametrize("caller", CALLERS)
def test_no_request_breaks_it(fuzzed: Organisation, caller: str) -> None:
    """Some hundreds of requests of each caller, with every operation among them."""
    found = fuzz(headers=headers_of(fuzzed, caller), examples=3, seed=SEED, edges=False)
    assert not found.findings, told(found)
    assert found.cases >= 250
    assert_known(caller, found)
    assert operations() - found.operations == set()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_edges_of_every_field_break_nothing(fuzzed: Organisation) -> None:
    """Of the owner, who gets furthest: every field of every operation at its limits and beyond."""
    found = fuzz(headers=headers_of(fuzzed, "owner"), examples=6, seed=SEED, edges=True)
    assert not found.findings, told(found)
    assert_known("owner", found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("caller", CALLERS)
def test_ten_thousand_requests_do_not_break_it(fuzzed: Organisation, caller: str) -> None:
    """2,500 of each of the four callers, from a fixed seed."""
    found = fuzz(headers=headers_of(fuzzed, caller), examples=12, seed=SEED)
    assert not found.findings, told(found)
    assert found.cases >= 2_500
    assert_known(caller, found)


def test_the_schema_describes_every_address_of_the_api() -> None:
    """A new address without a description of its answers fails, and so does a warning of the generator."""
    generator = SchemaGenerator()
    paths = generator.get_schema(request=None, public=True)["paths"]
    undescribed = [
        f"{method} {path}: {status}"
        for path, methods in paths.items()
        if path.startswith("/api/")
        for method, described in methods.items()
        for status in ("401", "403", "404", "406", "429", "503")
        if status not in described["responses"]
    ]
    assert undescribed == []
    assert not GENERATOR_STATS, GENERATOR_STATS.emit_summary()


OF_OWN_TEXTS = "Embeddings"
"""Vectors of texts that the caller sent, made for those who may; none of what others wrote."""
COUNTS, RANGE = ("number", "integer"), 2
VECTOR = re.compile(r"vector|embedding|halfvec|sparsevec|^dense$|^lexical$")


def test_no_answer_has_a_place_for_a_vector() -> None:
    """Texts can be read back from vectors. A score, or a count, is one number, and a range two."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = [
        (shape, name)
        for shape, described in schema["components"]["schemas"].items()
        for name, kind in described.get("properties", {}).items()
        if not shape.startswith(OF_OWN_TEXTS) and VECTOR.search(name) and kind.get("type") not in COUNTS
    ]
    lists = [
        (shape, name)
        for shape, described in schema["components"]["schemas"].items()
        for name, kind in described.get("properties", {}).items()
        if kind.get("type") == "array"
        and kind.get("items", {}).get("type") == "number"
        and kind.get("maxItems", RANGE + 1) > RANGE
    ]
    assert (found, lists) == ([], [])
