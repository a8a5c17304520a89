"""An editor says through the API which words mean the same in a base."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, Ingest, state_of, verbs_of
from tests.fixtures.files import RETURNS

WORDS = ["refund", "money back"]


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "returns.md", RETURNS).base


def _address(base: KnowledgeBase) -> str:
    return f"/api/v1/bases/{base.slug}/synonyms"


def test_an_editor_adds_reads_and_withdraws(cast: Cast, base: KnowledgeBase) -> None:
    made = cast.zhou.client.post(_address(base), {"words": WORDS}, content_type="application/json")
    assert made.status_code == 201, made.content
    listed = cast.zhou.client.get(_address(base)).json()["groups"]
    assert listed == [made.json()]
    assert (listed[0]["words"], listed[0]["base"]) == (WORDS, base.slug)
    assert listed[0]["added_by"] == str(cast.zhou.user)

    group = f"/api/v1/synonyms/{listed[0]['id']}"
    assert cast.zhou.client.delete(group).status_code == 204
    assert cast.zhou.client.get(_address(base)).json() == {"groups": []}
    again = cast.zhou.client.delete(group)
    assert (again.status_code, again.json()["code"]) == (404, "unknown_synonyms")
    assert verbs_of(cast.hemu)[-2:] == ["synonyms.added", "synonyms.withdrawn"]


@pytest.mark.parametrize(
    ("case", "body", "status", "code"),
    [
        ("no words", {}, 400, "invalid_input"),
        ("one text", {"words": "refund"}, 400, "invalid_input"),
        ("numbers", {"words": [1, 2]}, 400, "invalid_input"),
        ("one word", {"words": ["refund"]}, 400, "invalid_input"),
        ("a word of another group", {"words": ["Refund", "credit"]}, 409, "synonym_taken"),
    ],
)
def test_what_is_no_group_is_refused(
    cast: Cast, base: KnowledgeBase, case: str, body: dict[str, Any], status: int, code: str
) -> None:
    cast.zhou.client.post(_address(base), {"words": WORDS}, content_type="application/json")
    before = state_of(cast.hemu)
    told = cast.zhou.client.post(_address(base), body, content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (status, code), case
    assert state_of(cast.hemu) == before


def test_who_only_asks_neither_reads_nor_adds(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    assert cast.mei.client.get(_address(base)).status_code == 403
    told = cast.mei.client.post(_address(base), {"words": WORDS}, content_type="application/json")
    assert told.status_code == 403
    assert state_of(cast.hemu) == before
