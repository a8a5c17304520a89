"""Optimisation: evolution on cases, a gain measured on cases held out, and a proposal that serves nobody."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from sunmao.evaluation.optimising import starting, working
from sunmao.evaluation.optimising.genome import genome_of
from sunmao.evaluation.optimising.search import Trial, interval, split
from sunmao.inference.engine import GenerationRequest
from sunmao.prompts import cases, editing, presenting, selectors
from sunmao.prompts.models import Prompt
from sunmao.prompts.source import examine, read
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.inference.strategies.ruled import Ruled

SOURCE = """---
language: en
variables: [question]
---
# Task

Answer the question.

# Constraints

- Be polite.
- Tell a story first.

# Question

{{ question }}
"""


def _obedient(request: GenerationRequest) -> str:
    """Says the colour, with chatter unless it is told to leave that out; the story always spoils it."""
    text = "\n".join(one.content for one in request.conversation)
    if "Rewrite this demand" in text:
        return "Be very polite."
    colour = next(one for one in ("red", "green", "blue") if f"of {one} things" in text)
    story = "Once upon a time: " if "Tell a story" in text else ""
    return story + (colour if "Output the answer alone" in text else f"Surely it is {colour}!")


@pytest.fixture
def prompt(cast: Cast, settings: Any) -> Prompt:
    settings.SUNMAO_ENGINE = "openai"
    prompt = editing.create(actor=cast.lin.actor, slug="test.colour", language="en", source=SOURCE).prompt
    for number in range(10):
        colour = ("red", "green", "blue")[number % 3]
        cases.save_case(
            actor=cast.lin.actor,
            prompt=prompt,
            name=f"case {number}",
            inputs={"question": f"Which is the colour of {colour} things, number {number}?"},
            checks=[{"kind": "equals", "value": colour}],
        )
    return prompt


def test_it_finds_what_the_cases_ask_for_and_publishes_nothing(
    cast: Cast, prompt: Prompt, work_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "engine_named", lambda name: Ruled(_obedient))
    made = starting.start(
        actor=cast.lin.actor, prompt=prompt, given={"rounds": 6, "population": 8, "seed": 3}
    )
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        found = selectors.resolve_optimisation(actor=cast.lin.actor, reference=made.pk)
        shown = presenting.optimisation(found)
        now = Prompt.objects.select_related("current").get(pk=prompt.pk)
        assert now.current is not None
        assert now.current.number == 1
        assert found.candidate is not None
        source = found.candidate.source
    assert shown["figures"]["held_out_before"] == 0.0
    assert shown["figures"]["held_out_after"] == 1.0
    assert (shown["figures"]["gain"], shown["figures"]["gain_low"]) == (1.0, 1.0)
    assert (shown["figures"]["learnt_from"], shown["figures"]["held_out"]) == (6, 4)
    assert (shown["candidate"], found.candidate.origin) == (2, "optimised")
    assert "Output the answer alone" in source
    assert "Tell a story" not in source
    assert examine(source)[1] == []
    assert verbs_of(cast.hemu)[-2:] == ["prompt.saved", "prompt.optimisation_finished"]


def test_without_a_gain_nothing_is_proposed(
    cast: Cast, prompt: Prompt, work_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "engine_named", lambda name: Ruled(lambda request: "always wrong"))
    made = starting.start(actor=cast.lin.actor, prompt=prompt, given={"rounds": 1, "population": 2})
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        found = selectors.resolve_optimisation(actor=cast.lin.actor, reference=made.pk)
        assert (found.candidate, found.figures["gain"]) == (None, 0.0)
        assert prompt.versions.count() == 1


REFUSED = {
    "a method that is not installed": ({"method": "gepa"}, "extra_not_installed"),
    "an engine that only quotes": ({"engine": "extractive"}, "engine_does_not_write"),
    "too many rounds": ({"rounds": 21}, "invalid_input"),
    "a method of nowhere": ({"method": "magic"}, "invalid_input"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_searched_is_refused(
    cast: Cast, prompt: Prompt, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "is_installed", lambda: False)
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        starting.start(actor=cast.lin.actor, prompt=prompt, given=REFUSED[case][0])
    assert caught.value.code == REFUSED[case][1]
    assert state_of(cast.hemu) == before


def test_too_few_cases_are_told(cast: Cast, settings: Any) -> None:
    settings.SUNMAO_ENGINE = "openai"
    prompt = editing.create(actor=cast.lin.actor, slug="test.bare", language="en", source=SOURCE).prompt
    with pytest.raises(InvalidInput) as caught:
        starting.start(actor=cast.lin.actor, prompt=prompt, given={})
    assert caught.value.code == "too_few_cases"


def test_cases_are_split_by_name_and_none_is_in_both() -> None:
    trials = [Trial(str(number), {}, []) for number in range(20)]
    learnt, held = split(trials, 1)
    assert (len(learnt), len(held)) == (12, 8)
    assert {one.name for one in learnt} & {one.name for one in held} == set()
    again, _held = split(list(reversed(trials)), 1)
    assert again == learnt


def test_an_interval_is_as_wide_as_the_differences_ask_for() -> None:
    assert interval([1.0] * 5, 1) == (1.0, 1.0)
    low, high = interval([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 1)
    assert (low, high) == (0.125, 0.875)


def test_a_text_survives_being_taken_apart() -> None:
    genome = genome_of(read(SOURCE), [])
    assert genome.lines == ("Be polite.", "Tell a story first.")
    assert read(genome.source([])).body == read(SOURCE).body
