"""An adapter of the hub, named as the `model` at `/v1/`: listed, asked, recorded and labelled."""

from __future__ import annotations

from typing import Any

import pytest

from apps.api.openai import catalogue
from sunmao.answering import pipeline
from sunmao.answering.dialogue.services import ask_model
from sunmao.answering.given import Given
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.core import tenancy
from sunmao.core.errors import NotFound
from sunmao.inference.engine import ChatMessage
from sunmao.inference.registry import engine
from sunmao.modelhub import adapters
from sunmao.modelhub.models import AdapterVersion, BaseModel, VersionState
from tests.fixtures.cast import Cast
from tests.sunmao.modelhub import evil

NAME = "hemu.returns.v1"


@pytest.fixture
def version(
    cast: Cast, base_model: BaseModel, settings: Any, tiny_base: Any, engines: None, broker: object
) -> AdapterVersion:
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "transformers", str(tiny_base)
    made = adapters.import_archive(
        actor=cast.lin.actor, name="returns", base=base_model, chunks=[evil.good()]
    )
    _becomes(cast, made, VersionState.READY)
    return made


def _becomes(cast: Cast, version: AdapterVersion, state: VersionState) -> None:
    with tenancy.scope(cast.hemu.pk):
        AdapterVersion.objects.filter(pk=version.pk).update(state=state)


def _names(actor: Any) -> list[str]:
    return [row["id"] for row in catalogue.listed(actor)]


def _chosen(actor: Any, name: str) -> catalogue.Chosen:
    with tenancy.scope(actor.organisation_id):
        return catalogue.chosen(actor, name)


def _answered(cast: Cast, model: str) -> Exchange:
    given = Given(
        messages=(ChatMessage(role="user", content="w1 w2 w3"),), model=model, max_tokens=8, temperature=0.0
    )
    exchange = ask_model(actor=cast.lin.actor, given=given)
    pipeline.answer(organisation_id=cast.hemu.pk, exchange_id=exchange.pk)
    with tenancy.scope(cast.hemu.pk):
        exchange.refresh_from_db()
    return exchange


def _record(cast: Cast, exchange: Exchange) -> AnswerRecord:
    with tenancy.scope(cast.hemu.pk):
        return AnswerRecord.objects.get(exchange=exchange)


def test_it_is_listed_beside_the_base_for_those_who_may(cast: Cast, version: AdapterVersion) -> None:
    assert [name for name in _names(cast.lin.actor) if "." not in name or name == NAME] == ["base", NAME]
    assert NAME not in _names(cast.mei.actor)
    assert NAME not in _names(cast.omar.actor)
    assert _chosen(cast.lin.actor, NAME) == catalogue.Chosen()
    for actor in (cast.mei.actor, cast.omar.actor):
        with pytest.raises(NotFound):
            _chosen(actor, NAME)


def test_its_words_answer_and_record_and_label_name_it(cast: Cast, version: AdapterVersion) -> None:
    with_it, without = _record(cast, _answered(cast, NAME)), _record(cast, _answered(cast, "base"))
    assert (with_it.model, without.model) == (f"tiny+{NAME}", engine().model)
    assert with_it.label["aigc"]["ContentProducer"] == "Hemu Labs Beijing-123"
    assert with_it.text != without.text
    assert engine().shelf.names == [NAME]  # type: ignore[attr-defined]


def test_one_that_was_taken_out_of_service_is_no_model_any_more(cast: Cast, version: AdapterVersion) -> None:
    _becomes(cast, version, VersionState.RETIRED)
    assert NAME not in _names(cast.lin.actor)
    with pytest.raises(NotFound):
        _chosen(cast.lin.actor, NAME)
    failed = _answered(cast, NAME)  # asked before, and worked off after
    assert (failed.state, failed.error["code"]) == ("failed", "adapter_not_usable")


def test_without_a_model_of_our_own_there_are_no_adapters(
    cast: Cast, version: AdapterVersion, settings: Any
) -> None:
    settings.SUNMAO_ENGINE = "extractive"
    assert NAME not in _names(cast.lin.actor)
