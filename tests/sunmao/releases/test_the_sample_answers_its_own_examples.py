"""The questions that the pages offer are answered from the sample knowledge, with sources."""

from __future__ import annotations

import pytest

from sunmao.accounts.services import system_actor
from sunmao.core.vertical import VerticalConfig, configs, example_questions
from sunmao.knowledge import encoders
from sunmao.releases.sample import seed_vertical
from tests.fixtures import Ask, Cast, WorkOff

CONFIGS = list(configs())


def _unanswered(config: VerticalConfig, language: str, cast: Cast, ask: Ask) -> list[str]:
    task = f"{config.vertical.slug}.ask"
    questions = example_questions(config.vertical.slug)[language]
    records = {question: ask(cast.mei.actor, question, task=task) for question in questions}
    return [question for question, record in records.items() if not record.citations]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.vertical.slug)
def test_every_chinese_example_is_answered(
    config: VerticalConfig, cast: Cast, ask: Ask, work_off: WorkOff
) -> None:
    seed_vertical(actor=system_actor(cast.hemu), config=config)
    work_off(cast.lin.actor)
    assert _unanswered(config, "zh", cast, ask) == []


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.vertical.slug)
def test_every_english_example_is_answered_with_its_encoder(
    config: VerticalConfig, cast: Cast, ask: Ask, work_off: WorkOff, settings: object
) -> None:
    settings.SUNMAO_ENGLISH_ENCODER = "minilm"  # type: ignore[attr-defined]
    assert encoders.encoder_for("en") is not None  # loaded now, so that no question goes without it
    seed_vertical(actor=system_actor(cast.hemu), config=config)
    work_off(cast.lin.actor)
    assert _unanswered(config, "en", cast, ask) == []
