"""A release pins an adapter version: its words answer, and record and label name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from sunmao.answering.models import AnswerRecord
from sunmao.core import tenancy
from sunmao.inference.registry import engine
from sunmao.modelhub import adapters
from sunmao.modelhub.models import AdapterVersion, BaseModel, VersionState
from sunmao.releases.models import Release, ReleaseState
from tests.fixtures.cast import Cast
from tests.fixtures.knowledge import Ask, Ingest
from tests.sunmao.modelhub import evil

PASSAGE = "# Refunds\n\nA refund is paid within seven days after the parcel has come back to us.\n"
QUESTION = "When is a refund paid?"


@pytest.fixture
def version(cast: Cast, base_model: BaseModel) -> AdapterVersion:
    made = adapters.import_archive(
        actor=cast.lin.actor, name="returns", base=base_model, chunks=[evil.good()]
    )
    with tenancy.scope(cast.hemu.pk):
        AdapterVersion.objects.filter(pk=made.pk).update(state=VersionState.READY)
    return made


Pin = Callable[[object], None]


@pytest.fixture
def pin(cast: Cast, settings: Any, tiny_base: Any, engines: None) -> Pin:
    """Another release serves: with the model of this worker, and an adapter or none."""
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "transformers", str(tiny_base)

    def serve(adapter: object) -> None:
        with tenancy.scope(cast.hemu.pk):
            serving = Release.objects.filter(task="ask", vertical="customer_service", state="serving")
            old = serving.get()
            serving.update(state=ReleaseState.RETIRED)
            Release.objects.create(
                vertical=old.vertical, task=old.task, number=old.number + 1, state=ReleaseState.SERVING,
                engine="default", prompts=old.prompts, bases=old.bases, adapter=adapter,
            )  # fmt: skip

    return serve


def _aigc(record: AnswerRecord) -> dict[str, str]:
    found: dict[str, str] = record.label["aigc"]
    return found


def test_the_record_and_the_label_name_base_adapter_provider_and_filing(
    cast: Cast, version: AdapterVersion, pin: Pin, ask: Ask, ingest: Ingest
) -> None:
    ingest(cast.zhou.actor, "refunds.md", PASSAGE)
    pin(version.pk)
    record = ask(cast.mei.actor, QUESTION)
    assert (record.engine, record.model) == ("transformers", "tiny+hemu.returns.v1")
    assert _aigc(record)["ContentProducer"] == "Hemu Labs Beijing-123"
    assert engine().shelf.names == ["hemu.returns.v1"]  # type: ignore[attr-defined]


def test_without_an_adapter_the_base_answers_and_is_named(
    cast: Cast, version: AdapterVersion, pin: Pin, ask: Ask, ingest: Ingest
) -> None:
    ingest(cast.zhou.actor, "refunds.md", PASSAGE)
    pin(None)
    record = ask(cast.mei.actor, QUESTION)
    assert record.model == "tiny"
    assert engine().shelf.names == []  # type: ignore[attr-defined]


def test_a_prompt_that_was_trimmed_stands_in_the_record(
    cast: Cast, version: AdapterVersion, pin: Pin, ask: Ask, ingest: Ingest
) -> None:
    """The tiny model reads 512 tokens; five long passages are more."""
    for number in range(5):
        words = " ".join(f"refund paid rule{number} word{word}" for word in range(100))
        ingest(
            cast.zhou.actor, f"refund{number}.md", f"# Refund {number}\n\nWhen a refund is paid: {words}.\n"
        )
    pin(None)
    record = ask(cast.mei.actor, QUESTION)
    assert record.guards["context"]["trimmed_tokens"] > 0


def test_a_release_whose_adapter_may_not_answer_answers_nothing(
    cast: Cast, version: AdapterVersion, pin: Pin, ingest: Ingest
) -> None:
    from sunmao.answering import pipeline, services

    ingest(cast.zhou.actor, "refunds.md", PASSAGE)
    adapters.retire(actor=cast.lin.actor, version=version)
    pin(version.pk)
    exchange = services.ask(
        actor=cast.mei.actor, task_name="customer_service.ask", data={"question": QUESTION}
    )
    pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    with tenancy.scope(cast.hemu.pk):
        exchange.refresh_from_db()
        assert (exchange.state, exchange.error["code"]) == ("failed", "adapter_not_usable")
        assert not AnswerRecord.objects.filter(exchange=exchange).exists()
    assert not connection.needs_rollback
