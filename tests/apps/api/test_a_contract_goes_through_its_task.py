"""`POST /api/v1/tasks/contract_review/…`: what comes back is what the schema says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.fixtures import Shop

REVIEW, ASK = "/api/v1/tasks/contract_review/review", "/api/v1/tasks/contract_review/ask"
CLAUSE = {"text": "甲方逾期付款的，每逾期1日，按逾期金额的5%支付违约金。", "side": "甲方"}


@pytest.fixture
def lin(worker_at_once: None, shop: Shop) -> Client:
    from sunmao.accounts.models import Organisation
    from sunmao.accounts.services import system_actor
    from sunmao.core.vertical import config_of
    from sunmao.releases.sample import seed_vertical

    organisation = Organisation.objects.get(pk=shop.lin.actor.organisation_id)
    Organisation.objects.filter(pk=organisation.pk).update(
        enabled_verticals=[*organisation.enabled_verticals, "contract_review"]
    )
    seed_vertical(actor=system_actor(organisation), config=config_of("contract_review"), with_documents=False)
    return shop.lin.client


def _post(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def _described() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


def test_a_review_is_its_own_record(lin: Client) -> None:
    body = _post(lin, REVIEW, CLAUSE).json()
    assert body["record_id"] == body["review_id"]
    kept = lin.get(f"/api/v1/contract-reviews/{body['record_id']}").json()
    assert [one["rule_id"] for one in kept["findings"]] == [one["rule_id"] for one in body["findings"]]
    assert body["findings"][0]["rule_id"] == "CN-G-01"


def test_every_field_of_a_review_and_of_an_answer_is_described(lin: Client) -> None:
    shapes = _described()["components"]["schemas"]
    review = _post(lin, REVIEW, CLAUSE).json()
    assert set(review) == set(shapes["ContractReviewResult"]["properties"])
    assert set(review["output"]) == set(shapes["ContractOutput"]["properties"])
    assert set(review["findings"][0]) == set(shapes["ContractFinding"]["properties"])
    question = {"question": "逾期付款的违约金是多少？", "review_id": review["review_id"]}
    answer = _post(lin, ASK, question).json()
    assert set(answer) == set(shapes["ContractAnswer"]["properties"])
    assert set(answer["output"]) == set(shapes["ContractAnswerOutput"]["properties"])


def test_work_that_goes_on_is_told_at_once_and_described(lin: Client) -> None:
    described = _described()["paths"]["/api/v1/tasks/{vertical}/{task}"]["post"]["responses"]
    name = described["202"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = _described()["components"]["schemas"][name]
    told = _post(lin, REVIEW, CLAUSE, prefer="respond-async")
    assert told.status_code == 202
    assert set(told.json()) == {"job_id", "review_id", "contract_id"}
    assert set(told.json()) <= set(fields["properties"])
    assert fields["required"] == ["job_id"]
    assert lin.get(f"/api/v1/jobs/{told.json()['job_id']}").status_code == 200
