"""The method `gepa` with the package itself: it reads what failed, and is judged by cases it never saw."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from sunmao.evaluation.optimising import reflective
from sunmao.evaluation.optimising.search import Trial

BASE = "---\nlanguage: en\nvariables: [question]\n---\nAnswer: {{ question }}\n"
BETTER = BASE.replace("Answer:", "Answer politely:")
TRIALS = [
    Trial(name=f"case {number}", inputs={"question": f"Question {number}?"}, checks=[{"contains": "please"}])
    for number in range(8)
]


def _judge(source: str, trial: Trial) -> float:
    return 1.0 if "politely" in source else 0.0


def test_what_the_model_proposes_is_tried_and_measured_on_cases_it_never_saw() -> None:
    asked: list[str] = []

    def ask(prompt: Any) -> str:
        asked.append(str(prompt))
        return f"```\n{BETTER}```"

    found = reflective.reflect(base=BASE, trials=TRIALS, judge=_judge, ask=ask, calls=40, seed=1)
    assert "politely" in found.source
    assert found.improved is True
    assert any("passed 0%" in one for one in asked)


def test_a_proposal_that_is_no_prompt_is_dropped() -> None:
    broken = "```\n---\nlanguage: en\nvariables: [question]\n---\npolitely {{ nobody }}\n```"
    found = reflective.reflect(
        base=BASE, trials=TRIALS, judge=_judge, ask=lambda prompt: broken, calls=40, seed=1
    )
    assert (found.source, found.improved) == (BASE, False)


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reflective, "find_spec", lambda name: None)
    with pytest.raises(reflective.ExtraNotInstalled) as told:
        reflective.reflect(base=BASE, trials=TRIALS, judge=_judge, ask=str, calls=4, seed=1)
    assert told.value.code == "extra_not_installed"
    assert importlib.util.find_spec("gepa") is not None
