"""A key that feeds one base sees and touches nothing of the others."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import KnowledgeBase, Passage
from tests.fixtures import Cast, Ingest, state_of
from tests.fixtures.files import RETURNS


@pytest.fixture
def narrowed(cast: Cast) -> Client:
    knowledge.create_base(actor=cast.lin.actor, slug="zoo")
    issued = accounts.create_api_key(
        actor=cast.lin.actor, name="zoo feeder", bases=["zoo"], role=BuiltIn.KNOWLEDGE_EDITOR
    )
    return Client(headers={"x-api-key": issued.secret})


def test_a_job_of_another_base_does_not_exist_for_it(cast: Cast, narrowed: Client, ingest: Ingest) -> None:
    other = ingest(cast.zhou.actor, "returns.md", RETURNS)
    own = ingest(cast.zhou.actor, "zebras.md", "# Zebras", base="zoo")
    assert other.job is not None
    assert own.job is not None
    assert narrowed.get(f"/api/v1/jobs/{own.job.pk}").status_code == 200
    for verb in ("", "/retry", "/cancel"):
        send = narrowed.post if verb else narrowed.get
        assert send(f"/api/v1/jobs/{other.job.pk}{verb}").status_code == 404


@pytest.mark.parametrize("slug", ["customer-service", "new-one"])
def test_it_makes_and_learns_of_no_other_base(cast: Cast, narrowed: Client, slug: str) -> None:
    with tenancy.scope(cast.hemu.pk):
        before = KnowledgeBase.objects.count()
    response = narrowed.post("/api/v1/bases", {"slug": slug}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (404, "unknown_base")
    with tenancy.scope(cast.hemu.pk):
        assert KnowledgeBase.objects.count() == before


def test_a_key_never_gets_more_rights_than_a_key_may_have(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        accounts.create_api_key(actor=cast.lin.actor, name="too much", role=BuiltIn.OWNER)


@pytest.fixture
def of_a_line(cast: Cast) -> Client:
    issued = accounts.create_api_key(
        actor=cast.lin.actor, name="feeds medicine", tasks=["medical.ask"], role=BuiltIn.KNOWLEDGE_EDITOR
    )
    return Client(headers={"x-api-key": issued.secret})


def test_a_key_of_one_business_line_reaches_no_base_of_another(
    cast: Cast, of_a_line: Client, ingest: Ingest
) -> None:
    foreign = ingest(cast.zhou.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.filter(document=foreign).first()
    assert passage is not None
    ours = "/api/v1/bases/customer-service"
    before = state_of(cast.hemu)

    asked = {
        "upload": of_a_line.post(f"{ours}/documents", {"file": SimpleUploadedFile("evil.md", b"# Evil")}),
        "rollback": of_a_line.post(f"{ours}/rollback", {"version": 0}, content_type="application/json"),
        "trial": of_a_line.post(f"{ours}/trials", {"question": "退货"}, content_type="application/json"),
        "documents": of_a_line.get(f"{ours}/documents"),
        "document": of_a_line.get(f"/api/v1/documents/{foreign.pk}"),
        "remove": of_a_line.delete(f"/api/v1/documents/{foreign.pk}"),
        "passage": of_a_line.get(f"/api/v1/passages/{passage.pk}"),
        "question": of_a_line.post(
            "/api/v1/tasks/medical/ask",
            {"question": "退货", "base": "customer-service"},
            content_type="application/json",
        ),
        "chat": of_a_line.post(
            "/v1/chat/completions",
            {
                "model": "medical.ask",
                "messages": [{"role": "user", "content": "退货"}],
                "sunmao": {"base": "customer-service"},
            },
            content_type="application/json",
        ),
    }

    assert {name: answer.status_code for name, answer in asked.items()} == dict.fromkeys(asked, 404)
    assert state_of(cast.hemu) == before


def test_it_feeds_the_base_of_its_line_and_those_that_no_line_claims(
    cast: Cast, of_a_line: Client, ingest: Ingest
) -> None:
    own = ingest(cast.zhou.actor, "doses.md", "# Doses", base="medical")
    free = ingest(cast.zhou.actor, "zebras.md", "# Zebras", base="zoo")
    shown = {base["slug"] for base in of_a_line.get("/api/v1/bases").json()["bases"]}
    assert {"medical", "zoo"} <= shown
    assert "customer-service" not in shown
    for document in (own, free):
        assert of_a_line.get(f"/api/v1/documents/{document.pk}").status_code == 200
