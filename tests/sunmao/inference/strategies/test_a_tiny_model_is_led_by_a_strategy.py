"""Each strategy with a tiny model of random weights: what it says means nothing, how it is asked does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sunmao.inference.engine import GenerationRequest, Token, events_of
from sunmao.inference.strategies.branching import GRADE_TOKENS
from sunmao.prompts.source import read
from sunmao.prompts.strategy import calls_of
from tests.sunmao.inference.strategies.ruled import said


def _prompt(strategy: str, more: str = "") -> str:
    return f"---\nlanguage: en\nvariables: [q]\nstrategy: {strategy}\n{more}---\nw1 w2 {{{{ q }}}}\n"


@pytest.fixture(scope="module")
def engine(tiny_base: Path) -> Iterator[Any]:
    from sunmao.inference.engines.local import loading
    from sunmao.inference.engines.local.engine import TransformersEngine

    made = TransformersEngine(loading.load(str(tiny_base), device="cpu"))
    yield made
    made.batch.close()


def _said(engine: Any, source: str, **more: Any) -> tuple[str, Any]:
    return said(engine, source, "w7", **{"max_tokens": 6, "temperature": 0.0, "seed": 1, **more})


def test_zero_shot_is_the_models_own_answer(engine: Any) -> None:
    text, told = _said(engine, _prompt("[zero_shot]"))
    request = GenerationRequest(
        prompt="w1 w2 w7", question="w7", language="en", passages=(), temperature=0.0, max_tokens=6, seed=1
    )
    alone = "".join(event.text for event in events_of(engine, request) if isinstance(event, Token))
    assert (text, told.calls, len(text.split())) == (alone, 1, 6)


EXAMPLES = "examples:\n  - {input: w3 w4, output: w5}\n  - {input: w7 w8, output: w9}\n"


def test_few_shot_puts_turns_before_the_question(engine: Any) -> None:
    bare, _told = _said(engine, _prompt("[zero_shot]", EXAMPLES))
    led, told = _said(engine, _prompt("[{few_shot: {examples: 1}}]", EXAMPLES))
    assert led != bare
    assert (told.calls, told.notes["examples"]) == (1, [1])
    assert told.prompt_tokens > _said(engine, _prompt("[zero_shot]"))[1].prompt_tokens


def test_self_consistency_draws_samples_in_one_batch_and_lets_them_vote(engine: Any) -> None:
    source = _prompt("[{self_consistency: {samples: 3}}]")
    text, told = _said(engine, source)
    assert (told.calls, told.notes["samples"]) == (3, 3) == (calls_of(read(source).strategy), 3)
    assert text.strip() in [one.strip() for one in told.written]
    assert told.notes["votes"] == sum(one.strip() == text.strip() for one in told.written)
    assert told.tokens == 18


def test_a_tree_of_thought_stays_within_its_bounds(engine: Any) -> None:
    source = _prompt("[{tree_of_thought: {width: 2, depth: 2, beam: 1}}]")
    _text, told = _said(engine, source)
    assert 0 < told.calls <= calls_of(read(source).strategy)
    assert told.tokens <= max(6, GRADE_TOKENS) * told.calls
    assert len(told.notes["steps"]) == 2


def test_chain_of_thought_asks_for_thoughts_and_hides_them(engine: Any) -> None:
    plain, _one = _said(engine, _prompt("[zero_shot]"))
    thought, told = _said(engine, _prompt("[chain_of_thought]"))
    assert told.calls >= 1
    assert thought != plain


def test_a_reader_who_goes_ends_all_samples(engine: Any) -> None:
    asked = 0

    def gone() -> bool:
        nonlocal asked
        asked += 1
        return asked > 6

    _text, told = _said(engine, _prompt("[{self_consistency: {samples: 3}}]"), max_tokens=400, stopped=gone)
    assert told.tokens < 1_200
