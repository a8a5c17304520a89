"""The general-ability suite: cases of our own in Chinese and English, put to an engine as they are.

There is no prompt of a task, no knowledge and no guard in between: what is measured is the model. It is asked
at temperature nought with a fixed seed, so that what differs between two measurements differs in the model.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sunmao.evaluation.checks import Answered, apply, checked
from sunmao.evaluation.suites.figures import Outcome, figures
from sunmao.inference.engine import Engine, Finished, GenerationRequest, Token

FILE = Path(__file__).parent / "cases.jsonl"
AT_ONCE, MAX_TOKENS = 8, 160
DIGEST = "suite_digest"


@dataclass(frozen=True, kw_only=True)
class AbilityCase:
    id: str
    category: str
    language: str
    prompt: str
    checks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Said:
    """What an engine answered; `error` is the code of what went wrong."""

    text: str
    tokens: int = 0
    error: str = ""


@cache
def cases() -> tuple[AbilityCase, ...]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(AbilityCase(**{**row, "checks": checked(row["checks"])}) for row in map(json.loads, lines))


@cache
def digest() -> str:
    """Figures of another edition of the suite are no figures of this one."""
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:16]


def measure(
    engine: Engine,
    *,
    adapter: str = "",
    seed: int = 1,
    only: Sequence[AbilityCase] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """The figures of the base, or of the base with an adapter: those of a run of a suite, with categories and
    languages as its slices, and `cases_passed` by id. Raises what the engine raises."""
    asked = cases() if only is None else tuple(only)
    began, outcomes = time.monotonic(), []
    prompts = [(case.prompt, case.language) for case in asked]
    for number, said in enumerate(answers(engine, prompts, adapter=adapter, seed=seed)):
        outcomes.append(_outcome(asked[number], said))
        progress(number + 1, len(asked))
    return figures_of(outcomes, seconds=time.monotonic() - began)


def figures_of(outcomes: Sequence[Outcome], *, seconds: float = 0.0) -> dict[str, Any]:
    tokens = sum(one.tokens for one in outcomes)
    return {
        **figures(outcomes),
        "tokens_per_second": round(tokens / seconds, 2) if seconds else None,
        "cases_passed": {one.case: one.passed for one in outcomes},
        DIGEST: digest(),
    }


def answers(engine: Engine, prompts: Sequence[tuple[str, str]], *, adapter: str, seed: int) -> Iterator[Said]:
    """Several at once, in the order of the prompts (text and language)."""
    for start in range(0, len(prompts), AT_ONCE):
        some = prompts[start : start + AT_ONCE]
        texts, counts = [""] * len(some), [0] * len(some)
        requests = [_request(*one, adapter=adapter, seed=seed) for one in some]
        for index, event in engine.generate(requests):
            if isinstance(event, Token):
                texts[index] += event.text
            elif isinstance(event, Finished):
                counts[index] = event.tokens
        yield from map(Said, texts, counts)


def _request(prompt: str, language: str, *, adapter: str, seed: int) -> GenerationRequest:
    return GenerationRequest(
        prompt=prompt,
        question=prompt,
        language=language,
        passages=(),
        temperature=0.0,
        max_tokens=MAX_TOKENS,
        seed=seed,
        adapter=adapter,
    )


def _outcome(case: AbilityCase, said: Said) -> Outcome:
    answered = Answered(text=said.text, outcome="answered", language=case.language, tokens=said.tokens)
    found = apply(case.checks, answered)
    return Outcome(
        case=case.id,
        passed=bool(said.text.strip()) and all(one["passed"] for one in found),
        slices=(case.category, case.language),
        checks=[(one["kind"], one["passed"], one["score"]) for one in found],
        tokens=said.tokens,
        error=said.error,
    )


__all__ = ["AbilityCase", "Said", "answers", "cases", "digest", "figures_of", "measure"]
