"""A key that feeds one base sees and touches nothing of the others."""

from __future__ import annotations

import pytest
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, Ingest
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
