"""A release whose prompt names a strategy: the pipeline follows it, and counts what it took."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.test.utils import override_settings

from sunmao.accounts import quotas
from sunmao.accounts import services as accounts
from sunmao.core import tenancy
from sunmao.core.vertical import config_of
from sunmao.inference import registry
from sunmao.inference.engine import GenerationRequest
from sunmao.knowledge.pins import LATEST
from sunmao.prompts.services import publish_version
from sunmao.releases.services import seed_default
from tests.fixtures import Ask, Cast, Ingest
from tests.fixtures.files import RETURNS
from tests.sunmao.inference.strategies.ruled import Ruled

QUESTION = "When is a refund paid?"
ANSWER = "Within three working days [1]."


def _rule(request: GenerationRequest) -> str:
    said = "Tomorrow [1]." if request.seed == 1 else ANSWER
    return f"<reasoning>the passage says so</reasoning>\n{said}" if "<reasoning>" in request.prompt else said


@pytest.fixture
def ruled(cast: Cast, ingest: Ingest, engines: None) -> Iterator[Ruled]:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    made = Ruled(_rule)
    with (
        patch.dict(registry.ENGINES, {"ruled": "ruled"}),
        patch.object(registry, "resolve", lambda _: lambda: made),
        override_settings(SUNMAO_ENGINE="ruled"),
    ):
        yield made


def _serve(cast: Cast, strategy: str) -> None:
    """The product brings a text with a strategy, and its seeded release serves."""
    system = accounts.system_actor(cast.hemu)
    file = config_of("customer_service").folder / "prompts" / "answer.en.md"
    source = file.read_text(encoding="utf-8").replace("version: 1", f"strategy: {strategy}")
    version = publish_version(actor=system, slug="customer_service.answer", language="en", source=source)
    seed_default(
        actor=system,
        vertical="customer_service",
        task="ask",
        prompts={"en": str(version.pk)},
        bases={"customer-service": LATEST},
    )


def test_what_was_thought_aloud_is_not_said(cast: Cast, ask: Ask, ruled: Ruled) -> None:
    _serve(cast, "[chain_of_thought]")
    record = ask(cast.mei.actor, QUESTION)
    assert record.text == ANSWER
    assert record.guards["strategy"] == {"reasoned": len("the passage says so")}
    assert "the passage says so" not in str(record.findings)


def test_what_most_samples_say_is_said_and_all_of_them_count(cast: Cast, ask: Ask, ruled: Ruled) -> None:
    system = accounts.system_actor(cast.hemu)
    accounts.set_quota(actor=system, target="organisation", measure="tokens", period="day", limit=10**6)
    once = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        single = quotas.used(subject=str(cast.hemu.pk), measure="tokens", period="day")
    _serve(cast, "[{self_consistency: {samples: 3}}]")
    record = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        both = quotas.used(subject=str(cast.hemu.pk), measure="tokens", period="day")
    assert (once.text, record.text) == (ANSWER, ANSWER)
    assert record.guards["strategy"] == {"votes": 2, "samples": 3}
    assert 2.5 * single < both - single < 3.5 * single


def test_what_several_calls_would_take_is_refused_when_the_limit_is_near(
    cast: Cast, ask: Ask, ruled: Ruled, settings: object
) -> None:
    settings.SUNMAO_QUOTA_TOKENS_RESERVED = 100  # type: ignore[attr-defined]
    _serve(cast, "[{self_consistency: {samples: 3}}]")
    system = accounts.system_actor(cast.hemu)
    accounts.set_quota(actor=system, target="organisation", measure="tokens", period="day", limit=100)
    with pytest.raises(Exception, match="quota_exceeded"):
        ask(cast.mei.actor, QUESTION)
    assert ruled.asked == []
