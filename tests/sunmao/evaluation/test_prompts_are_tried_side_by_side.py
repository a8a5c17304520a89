"""The playground: the same inputs through versions and engines; a prompt's cases; what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.accounts import quotas
from sunmao.accounts import services as accounts
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput, NotFound, TooLong
from sunmao.evaluation.playground import starting, working
from sunmao.evaluation.playground.prices import prices
from sunmao.evaluation.playground.starting import Candidate, Choice
from sunmao.inference.engine import GenerationRequest
from sunmao.jobs import services as jobs
from sunmao.prompts import cases, editing, presenting, selectors
from sunmao.prompts.models import PlaygroundRun, Prompt, PromptVersion
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.inference.strategies.ruled import Ruled

SOURCE = "---\nlanguage: en\nvariables: [question]\n---\nAnswer in one word: {{ question }}\n"
LOUD = SOURCE.replace("Answer", "SHOUT")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def _rule(request: GenerationRequest) -> str:
    text = request.conversation[-1].content
    word = "PARIS" if "SHOUT" in text else "Paris"
    return word if "capital" in text else f"unsure: {text.rsplit(':', 1)[-1].strip()}"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Ruled:
    made = Ruled(_rule, images=True)
    monkeypatch.setattr(working, "engine_named", lambda name: made)
    return made


@pytest.fixture
def prompt(cast: Cast) -> Prompt:
    version = editing.create(actor=cast.lin.actor, slug="test.capital", language="en", source=SOURCE)
    return version.prompt


def _version(cast: Cast, prompt: Prompt, number: int) -> PromptVersion:
    with tenancy.scope(cast.hemu.pk):
        return selectors.numbered(prompt, number)


def _shown(cast: Cast, run: PlaygroundRun) -> dict[str, Any]:
    with tenancy.scope(cast.hemu.pk):
        found = selectors.resolve_playground_run(actor=cast.lin.actor, reference=run.pk)
        return presenting.run(found)


def test_two_versions_and_a_draft_with_two_engines(
    cast: Cast, prompt: Prompt, engine: Ruled, work_off: Any, settings: Any
) -> None:
    settings.SUNMAO_MODEL_PRICES = ["ruled-1=2/4"]
    editing.save(actor=cast.lin.actor, prompt=prompt, source=LOUD)
    versions = [_version(cast, prompt, number) for number in (1, 2)]
    run = starting.start(
        actor=cast.lin.actor,
        prompt=prompt,
        candidates=[*(Candidate(one.source, one) for one in versions), Candidate(SOURCE + "Now.")],
        choices=[Choice("openai"), Choice("transformers", "tone@1")],
        inputs={"question": "What is the capital of France?"},
        settings={"temperature": "0", "max_tokens": 50},
    )
    work_off(cast.lin.actor)
    shown = _shown(cast, run)
    assert [(one["version"], one["engine"], one["text"]) for one in shown["cells"]] == [
        (1, "openai", "Paris"),
        (1, "transformers/tone@1", "Paris"),
        (2, "openai", "PARIS"),
        (2, "transformers/tone@1", "PARIS"),
        (None, "openai", "Paris"),
        (None, "transformers/tone@1", "Paris"),
    ]
    first = shown["cells"][0]
    assert (first["state"], first["calls"], first["prompt_tokens"]) == ("done", 1, 50)
    assert first["tokens"] == 2
    assert (first["ai_generated"], first["aigc"]["Label"]) == (True, "1")
    assert first["aigc"]["ProduceID"] == first["id"].replace("-", "")
    assert first["cost"] == "0.000108"
    assert [one.adapter for one in engine.asked[:2]] == ["", "tone@1"]
    assert (engine.asked[0].temperature, engine.asked[0].max_tokens) == (0.0, 50)
    assert verbs_of(cast.hemu)[-2:] == ["prompt.tried", "prompt.try_finished"]


def test_the_cases_of_a_prompt_give_a_pass_rate_before_it_is_saved(
    cast: Cast, prompt: Prompt, engine: Ruled, work_off: Any
) -> None:
    for name, question, kind, value in (
        ("France", "capital of France?", "contains", ["paris"]),
        ("case", "capital of France?", "regex", "^P[a-z]+$"),
        ("unknown", "And the king?", "forbidden", ["Paris"]),
        ("short", "Who?", "max_length", 3),
    ):
        checks = [{"kind": kind, "value": value}]
        cases.save_case(
            actor=cast.lin.actor, prompt=prompt, name=name, inputs={"question": question}, checks=checks
        )
    run = starting.start(
        actor=cast.lin.actor, prompt=prompt, candidates=[Candidate(LOUD)], choices=[Choice("openai")]
    )
    work_off(cast.lin.actor)
    shown = _shown(cast, run)
    assert shown["rates"] == [{"version": None, "engine": "openai", "passed": 2, "cases": 4}]
    assert [(one["case"], one["passed"]) for one in shown["cells"]] == [
        ("France", True), ("case", False), ("unknown", True), ("short", False),
    ]  # fmt: skip
    with tenancy.scope(cast.hemu.pk):
        seen = presenting.preview(LOUD, found=prompt)
        other = presenting.preview(SOURCE, found=prompt)
    assert seen["pass_rates"] == [{"engine": "openai", "model": "ruled-1", "passed": 2, "cases": 4}]
    assert other["pass_rates"] == []


def test_personal_data_does_not_reach_the_engine(
    cast: Cast, prompt: Prompt, engine: Ruled, work_off: Any
) -> None:
    run = starting.start(
        actor=cast.lin.actor,
        prompt=prompt,
        candidates=[Candidate(SOURCE)],
        choices=[Choice("openai")],
        inputs={"question": "call 13800138000"},
    )
    work_off(cast.lin.actor)
    assert "13800138000" not in engine.asked[0].prompt
    assert "13800138000" in _shown(cast, run)["cells"][0]["text"]


def test_an_engine_that_fails_spoils_only_its_own_answers(
    cast: Cast, prompt: Prompt, engine: Ruled, work_off: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.undo()
    settings.SUNMAO_OPENAI_BASE_URL = ""
    run = starting.start(
        actor=cast.lin.actor,
        prompt=prompt,
        candidates=[Candidate(SOURCE)],
        choices=[Choice("extractive"), Choice("openai")],
        inputs={"question": "?"},
    )
    work_off(cast.lin.actor)
    cells = _shown(cast, run)["cells"]
    assert [(one["state"], one["cost"]) for one in cells] == [("done", "0.000000"), ("failed", None)]
    assert cells[1]["error"]["code"] == "engine_not_configured"


def test_pictures_are_shown_to_the_engine(cast: Cast, engine: Ruled, work_off: Any) -> None:
    source = "---\nlanguage: en\nvariables:\n  photo: {type: image}\n---\nWhat is the capital?\n"
    prompt = editing.create(actor=cast.lin.actor, slug="test.photo", language="en", source=source).prompt
    given: dict[str, Any] = {"actor": cast.lin.actor, "prompt": prompt, "candidates": [Candidate(source)],
                             "choices": [Choice("openai")], "inputs": {}}  # fmt: skip
    starting.start(**given, images={"photo": PNG})
    work_off(cast.lin.actor)
    assert [(one.data, one.media_type) for one in engine.asked[0].messages[-1].images] == [(PNG, "image/png")]
    before = state_of(cast.hemu)
    for images, code in (({}, "missing_prompt_variable"), ({"photo": b"GIF89a"}, "no_image")):
        with pytest.raises(InvalidInput) as caught:
            starting.start(**given, images=images)
        assert caught.value.code == code
    assert state_of(cast.hemu) == before


REFUSED: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "no text": ({"candidates": []}, InvalidInput),
    "no engine": ({"choices": []}, InvalidInput),
    "a text that is faulty": ({"candidates": [Candidate("{{ x }}")]}, InvalidInput),
    "a variable that is not there": ({"inputs": {"question": "?", "colour": "red"}}, InvalidInput),
    "half a sign": ({"inputs": {"question": "\ud800"}}, InvalidInput),
    "a name of half a sign": ({"inputs": {"question": "?", "\ud800": "red"}}, InvalidInput),
    "too many answers": ({"candidates": [Candidate(SOURCE)] * 201}, TooLong),
    "a temperature of nowhere": ({"settings": {"temperature": 9}}, InvalidInput),
    "no cases": ({"inputs": None}, InvalidInput),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_tried_is_refused_and_leaves_nothing(cast: Cast, prompt: Prompt, case: str) -> None:
    changed, error = REFUSED[case]
    given: dict[str, Any] = {"prompt": prompt, "candidates": [Candidate(SOURCE)],
                             "choices": [Choice("openai")], "inputs": {"question": "?"},
                             **changed}  # fmt: skip
    before = state_of(cast.hemu)
    with pytest.raises(error):
        starting.start(actor=cast.lin.actor, **given)
    assert state_of(cast.hemu) == before


def test_a_check_of_half_a_sign_is_no_case(cast: Cast, prompt: Prompt) -> None:
    before = state_of(cast.hemu)
    for check in ({"kind": "contains", "value": ["\ud800"]}, {"kind": "\ud800", "value": 1}):
        with pytest.raises(InvalidInput) as caught:
            cases.save_case(
                actor=cast.lin.actor, prompt=prompt, name="n", inputs={"question": "?"}, checks=[check]
            )
        assert str(caught.value.fields["checks"]).encode()
    assert state_of(cast.hemu) == before


def test_whoever_may_not_try_does_not_and_nobody_sees_anothers_tries(cast: Cast, prompt: Prompt) -> None:
    given: dict[str, Any] = {"prompt": prompt, "candidates": [Candidate(SOURCE)],
                             "choices": [Choice("openai")], "inputs": {"question": "?"}}  # fmt: skip
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        starting.start(actor=cast.ann.actor, **given)
    assert state_of(cast.hemu) == before
    run = starting.start(actor=cast.lin.actor, **given)
    with tenancy.scope(cast.hemu.pk):
        system = accounts.system_actor(cast.hemu)
        with pytest.raises(NotFound):
            selectors.resolve_playground_run(actor=system, reference=run.pk)
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NotFound):
        selectors.resolve_playground_run(actor=cast.omar.actor, reference=run.pk)


def test_several_calls_are_reserved_of_a_limit(cast: Cast, settings: Any) -> None:
    settings.SUNMAO_QUOTA_TOKENS_RESERVED = 100
    system = accounts.system_actor(cast.hemu)
    accounts.set_quota(actor=system, target="organisation", measure="tokens", period="day", limit=350)
    source = SOURCE.replace("variables", "strategy: [{self_consistency: {samples: 3}}]\nvariables")
    prompt = editing.create(actor=cast.lin.actor, slug="test.many", language="en", source=source).prompt
    given: dict[str, Any] = {"actor": cast.lin.actor, "prompt": prompt, "choices": [Choice("openai")],
                             "inputs": {"question": "?"}}  # fmt: skip
    starting.start(**given, candidates=[Candidate(source)])
    with tenancy.scope(cast.hemu.pk):
        used = quotas.used(subject=str(cast.hemu.pk), measure="tokens", period="day")
    assert used == 300
    starting.start(**given, candidates=[Candidate(SOURCE)])
    before = state_of(cast.hemu)
    with pytest.raises(quotas.QuotaExceeded):
        starting.start(**given, candidates=[Candidate(SOURCE)])
    assert state_of(cast.hemu) == before


@pytest.fixture(autouse=True)
def _fresh_prices() -> None:
    prices.cache_clear()


def test_a_try_that_is_cancelled_gives_back_what_was_held_for_it(
    cast: Cast, prompt: Prompt, engine: Ruled
) -> None:
    system = accounts.system_actor(cast.hemu)
    accounts.set_quota(actor=system, target="organisation", measure="tokens", period="day", limit=100_000)
    run = starting.start(
        actor=cast.lin.actor,
        prompt=prompt,
        candidates=[Candidate(SOURCE)],
        choices=[Choice("openai")],
        inputs={"question": "What is the capital of France?"},
    )

    def used() -> int:
        with tenancy.scope(cast.hemu.pk):
            return quotas.used(subject=str(cast.hemu.pk), measure="tokens", period="day")

    assert used() > 0
    assert run.job is not None
    jobs.cancel(actor=cast.lin.actor, job=run.job)
    assert used() == 0
