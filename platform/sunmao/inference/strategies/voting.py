"""Self-consistency (Wang et al. 2022): several samples of one question, and the answer that most agree on."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sunmao.guards.outbound.numbers import figures
from sunmao.inference.engine import Engine, Event, Finished, GenerationRequest, Token
from sunmao.inference.strategies.reasoning import answer_of
from sunmao.inference.strategies.told import Told
from sunmao.prompts.checking import NOTHING, json_in

WARMTH = 0.7
"""Samples of one question differ only when they are drawn; a colder request is warmed to this."""


def vote(
    engine: Engine, request: GenerationRequest, *, told: Told, samples: int, compare: str
) -> Iterator[Event]:
    first = request.seed or 0
    warm = max(request.temperature, WARMTH)
    asked = [replace(request, seed=first + number, temperature=warm) for number in range(samples)]
    texts, ends = [""] * samples, [Finished("stop")] * samples
    for index, event in engine.generate(asked):
        if isinstance(event, Token):
            texts[index] += event.text
        elif isinstance(event, Finished):
            ends[index] = event
        else:
            yield event
    for one, text, end in zip(asked, texts, ends, strict=True):
        told.asked(one)
        told.written.append(text)
        told.finished(end)
    if any(end.reason == "cancelled" for end in ends):
        yield Finished("cancelled", told.tokens, told.prompt_tokens)
        return
    winner, votes = elected([answer_of(text) for text in texts], compare)
    told.notes["votes"] = votes
    told.notes["samples"] = samples
    if winner:
        yield Token(winner)
    yield Finished("stop", told.tokens, told.prompt_tokens)


def elected(answers: list[str], compare: str) -> tuple[str, int]:
    """The answer with most votes and how many; of equals the one that was first. Empty ones have no vote."""
    by_key: dict[str, list[str]] = {}
    for answer in answers:
        if answer:
            by_key.setdefault(KEYS[compare](answer), []).append(answer)
    best = max(by_key.values(), key=len, default=[])
    return (best[0], len(best)) if best else ("", 0)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def _number(text: str) -> str:
    """The last figure: an answer ends with its result, however that is written."""
    values = [value for _shown, value in figures(text)]
    return str(values[-1]) if values else _plain(text)


def _last_line(text: str) -> str:
    return _plain(text.strip().rsplit("\n", 1)[-1])


def _json(text: str) -> str:
    found = json_in(text)
    return _plain(text) if found is NOTHING else json.dumps(found, sort_keys=True, ensure_ascii=False)


KEYS: Mapping[str, Callable[[str], str]] = {
    "text": _plain, "number": _number, "last_line": _last_line, "json": _json,
}  # fmt: skip

__all__ = ["elected", "vote"]
