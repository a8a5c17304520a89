"""`POST /api/v1/qa`: request, response and refusal as design document 003 §4.2.2 gives them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from sunmao.accounts import services as accounts
from sunmao.accounts.models import ApiKey
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.audit.carrying import ORIGIN, REQUEST
from sunmao.core import tenancy
from sunmao.core.clock import now
from tests.fixtures import Shop, state_of

QUESTION = "Who pays for return shipping of a large item?"
INVALID_KEY = "无效的API密钥"

pytestmark = pytest.mark.usefixtures("worker_at_once")


def _post(client: Client, body: Any, **headers: str) -> Any:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post("/api/v1/qa", data, content_type="application/json", headers=headers)


def _exchange(shop: Shop, record_id: str) -> Exchange:
    with tenancy.scope(shop.organisation.pk):
        return Exchange.objects.get(record__pk=record_id)


def _options(shop: Shop, record_id: str) -> dict[str, Any]:
    """What the question was asked with; the row keeps the request that it came with beside it."""
    kept = _exchange(shop, record_id).options
    assert kept[REQUEST]
    return {name: value for name, value in kept.items() if name not in (REQUEST, ORIGIN)}


def test_the_answer_has_exactly_these_fields(shop: Shop) -> None:
    response = _post(shop.client(), {"query": QUESTION})
    assert response.status_code == 200
    body = response.json()
    assert sorted(body) == [
        "ai_generated",
        "aigc",
        "answer",
        "citations",
        "label",
        "record_id",
        "relevance_score",
        "response_time",
    ]
    assert (body["ai_generated"], body["aigc"]) == (False, None)
    assert body["label"] == "Extract from the knowledge base, word for word; no text was generated"
    assert "80 yuan per large item" in body["answer"]
    assert 0.5 <= body["relevance_score"] <= 1
    assert 0 < body["response_time"] < 10


def test_the_defaults_are_three_passages_at_0_7(shop: Shop) -> None:
    record_id = _post(shop.client(), {"query": QUESTION}).json()["record_id"]
    assert _options(shop, record_id) == {"top_k": 3, "temperature": 0.7}
    with tenancy.scope(shop.organisation.pk):
        assert len(AnswerRecord.objects.get(pk=record_id).read) == 3


def test_what_is_given_is_used(shop: Shop) -> None:
    body = {"query": QUESTION, "top_k": 1, "temperature": 0.2}
    record_id = _post(shop.client(), body).json()["record_id"]
    assert _options(shop, record_id) == {"top_k": 1, "temperature": 0.2}


def test_a_citation_opens_at_its_address(shop: Shop) -> None:
    cited = _post(shop.client(), {"query": QUESTION}).json()["citations"][0]
    assert cited["number"] == 1
    assert cited["quote"] in QUESTION or len(cited["quote"]) > 20
    assert cited["url"] == f"http://testserver/passages/{cited['passage_id']}/"
    assert shop.mei.client.get(urlsplit(cited["url"]).path).status_code == 200


def test_bearer_and_header_carry_the_same_key(shop: Shop) -> None:
    assert _post(Client(), {"query": QUESTION}, authorization=f"Bearer {shop.key}").status_code == 200
    assert _post(Client(), {"query": QUESTION}, authorization=f"bearer {shop.key}").status_code == 200


def test_a_session_may_ask_too(shop: Shop) -> None:
    assert _post(shop.mei.client, {"query": QUESTION}).status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_is_not_known_is_said_in_the_language_of_the_question(shop: Shop, language: str) -> None:
    question = {"en": "How does a quantum computer work?", "zh-hans": "量子计算机怎样工作？"}[language]
    body = _post(shop.client("de"), {"query": question}).json()
    with translation.override(language):
        assert body["answer"] == gettext("No relevant knowledge was found")
    assert (body["citations"], body["relevance_score"] < 0.5) == ([], True)


def test_the_key_chooses_the_task(shop: Shop) -> None:
    issued = accounts.create_api_key(actor=shop.lin.actor, name="clinic", default_task="medical.ask")
    response = _post(Client(), {"query": "a"}, **{"x-api-key": issued.secret, "accept-language": "en"})
    assert (response.status_code, response.json()["code"]) == (404, "unknown_task")


# A bad key


def _revoked(shop: Shop) -> str:
    issued = accounts.create_api_key(actor=shop.lin.actor, name="revoked")
    accounts.revoke_api_key(actor=shop.lin.actor, key=issued.key)
    return issued.secret


def _expired(shop: Shop) -> str:
    issued = accounts.create_api_key(actor=shop.lin.actor, name="expired")
    with tenancy.scope(shop.lin.actor.organisation_id):
        ApiKey.objects.filter(pk=issued.key.pk).update(expires_at=now())
    return issued.secret


BAD_KEYS = {
    "missing": lambda shop: "",
    "wrong": lambda shop: "sm_wrong",
    "nearly right": lambda shop: shop.key[:-1],
    "outside ASCII": lambda shop: "é" * 43,
    "revoked": _revoked,
    "expired": _expired,
}


@pytest.mark.parametrize("language", ["en", "zh-hans", "de", ""])
@pytest.mark.parametrize("case", list(BAD_KEYS))
def test_a_bad_key_is_always_told_the_same(shop: Shop, case: str, language: str) -> None:
    key = BAD_KEYS[case](shop)
    before = state_of(shop.organisation)
    headers = {"accept-language": language} | ({"x-api-key": key} if key else {})
    response = _post(Client(), {"query": QUESTION}, **headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "X-API-Key"
    body = response.json()
    assert (body["detail"], body["code"], body["status"]) == (INVALID_KEY, "invalid_api_key", 401)
    with translation.override("en" if language == "en" else "zh-hans"):
        assert body["message"] == gettext("Sign in or send a valid API key.")
    assert state_of(shop.organisation) == before


def test_a_bad_key_is_not_made_good_by_a_session(shop: Shop) -> None:
    assert _post(shop.mei.client, {"query": QUESTION}, **{"x-api-key": "sm_wrong"}).status_code == 401


def test_the_use_of_a_key_is_remembered(shop: Shop) -> None:
    issued = accounts.create_api_key(actor=shop.lin.actor, name="remembered")
    assert _post(Client(), {"query": ""}, **{"x-api-key": issued.secret}).status_code == 400
    with tenancy.scope(shop.organisation.pk):
        assert ApiKey.objects.get(pk=issued.key.pk).last_used_at is not None


# Bad input


@pytest.mark.parametrize(
    ("case", "body", "status", "code", "fields"),
    [
        ("nothing", {}, 400, "empty_input", ["query"]),
        ("an empty body", "", 400, "empty_input", ["query"]),
        ("an empty question", {"query": ""}, 400, "empty_input", ["query"]),
        ("100,000 characters", {"query": "退" * 100_000}, 413, "too_long", ["query"]),
        ("a number", {"query": 5}, 400, "invalid_input", ["query"]),
        ("a list", ["a"], 400, "invalid_input", ["query"]),
        ("null", None, 400, "invalid_input", ["query"]),
        ("an unknown field", {"query": "a", "model": "x"}, 400, "invalid_input", ["model"]),
        ("our own name for it", {"query": "a", "question": "b"}, 400, "invalid_input", ["question"]),
        ("half a character as a field", '{"query": "a", "\\ud800": 1}', 400, "invalid_input", ["?"]),
        ("top_k too large", {"query": "a", "top_k": 21}, 400, "invalid_input", ["top_k"]),
        ("hot", {"query": "a", "temperature": 3}, 400, "invalid_input", ["temperature"]),
        ("an unknown base", {"query": "a", "base": "x"}, 404, "unknown_base", ["base"]),
        (
            "a base that cannot be asked for",
            '{"query": "a", "base": "\\u0000"}',
            404,
            "unknown_base",
            ["base"],
        ),
        ("cut JSON", '{"query": ', 400, "invalid_json", []),
        ("no JSON", "hello", 400, "invalid_json", []),
        ("not UTF-8", b'{"query": "\xff"}', 400, "invalid_json", []),
        ("brackets without end", "[" * 100_000, 400, "invalid_json", []),
    ],
)
def test_bad_input_is_told_with_a_stable_code(
    shop: Shop, case: str, body: Any, status: int, code: str, fields: list[str]
) -> None:
    before = state_of(shop.organisation)
    response = _post(shop.client(), body)
    assert response.status_code == status
    told = response.json()
    assert (told["code"], told["status"], sorted(told["fields"])) == (code, status, fields)
    assert told["detail"] == told["message"] != ""
    assert state_of(shop.organisation) == before


def test_a_body_over_the_limit_is_not_even_read(shop: Shop, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = _post(shop.client(), {"query": "a" * 1000})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_error_is_in_the_language_of_the_caller(shop: Shop, language: str) -> None:
    told = _post(shop.client(language), {"query": ""}).json()
    with translation.override(language):
        assert told["message"] == gettext("Enter a question first.")
        assert told["fields"] == {"query": gettext("is empty")}


def test_other_methods_and_types_are_refused_in_json(shop: Shop) -> None:
    client = shop.client()
    for method in (client.get, client.put, client.delete):
        response = method("/api/v1/qa")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    response = client.post("/api/v1/qa", "query=a", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    response = _post(client, {"query": QUESTION}, accept="text/html")
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
