"""A small model of how requests for harm read, for what rules cannot list.

It weighs pieces of the text, the concepts of `concepts.toml` that it touches, and pairs of them: to do a
thing without being seen, and not to ask what to do when it was done to one. MODEL_CARD.md says what it
learnt from and what it is worth; `manage.py train_misuse` learns it anew. Reading takes the standard library.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from sunmao.guards.injection.model import Language, language_of, pieces

FOLDER = Path(__file__).parent
WEIGHTS = FOLDER / "weights.json"
# Longer texts are read in overlapping windows of this many characters: requests are short.
WINDOW: Mapping[Language, int] = {"zh": 120, "en": 320}
SHORTEST = 5
CONCEPT = 0.5


@dataclass(frozen=True)
class Weights:
    """A window whose score is above `threshold` counts."""

    pieces: Mapping[str, float]
    concepts: Mapping[str, float]
    bias: float
    threshold: float


def worst(text: str) -> tuple[int, int] | None:
    """The window of folded text that most reads like a request for harm, if any does."""
    weights = learnt().get(language_of(text))
    if weights is None:
        return None
    scored = max((score(text[start:end], weights), start, end) for start, end in _windows(text))
    return scored[1:] if scored[0] > weights.threshold else None


def score(text: str, weights: Weights) -> float:
    found = pieces(text)
    if len(found) < SHORTEST:
        return -math.inf
    known = sum(weights.pieces.get(piece, 0.0) for piece in found)
    touched = sum(weights.concepts.get(name, 0.0) for name in touches(text))
    return weights.bias + known / math.sqrt(len(found)) + CONCEPT * touched


def touches(text: str) -> Iterator[str]:
    """Names of concepts that the text touches, then of every pair of them."""
    names = [name for name, pattern in concepts()[language_of(text)].items() if pattern.search(text)]
    yield from names
    yield from ("+".join(pair) for pair in combinations(names, 2))


def _windows(text: str) -> Iterator[tuple[int, int]]:
    width = WINDOW[language_of(text)]
    for start in range(0, max(len(text) - width // 2, 1), width // 2):
        yield start, min(start + width, len(text))


@cache
def concepts() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    table = tomllib.loads((FOLDER / "concepts.toml").read_text(encoding="utf-8"))
    return {
        language: {name: re.compile(pattern) for name, pattern in rows.items()}
        for language, rows in table.items()
    }


@cache
def learnt() -> Mapping[str, Weights]:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {language: Weights(**found) for language, found in stored.items()}


__all__ = ["Weights", "concepts", "learnt", "score", "touches", "worst"]
