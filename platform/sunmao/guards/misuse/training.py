"""Learning the weights of `model`: logistic regression in numpy, and from which score on it is believed.

The threshold comes from five foldings: each text is scored by weights that were learnt without it.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sunmao.guards.injection.folding import fold
from sunmao.guards.injection.model import Language, language_of, pieces
from sunmao.guards.misuse import model
from sunmao.guards.misuse.model import Weights

SEEN_AT_LEAST, STEPS, RATE, DECAY, FOLDINGS = 2, 400, 0.1, 2e-5, 5
KEPT_WEIGHT = 0.1
LANGUAGES: tuple[Language, ...] = ("zh", "en")
# At most so many of the benign texts that look harmful, and of all benign texts, may be above the threshold.
HARD = 0.02
ANY = 0.003


@dataclass(frozen=True, kw_only=True)
class Example:
    """`weight` says how much it teaches; `hard` ones are benign and look harmful; `made` ones came out of a
    mould and say nothing about the threshold."""

    text: str
    harmful: bool
    weight: float = 1.0
    hard: bool = False
    made: bool = False


def learn(examples: Sequence[Example]) -> dict[str, Weights]:
    return {
        language: _learn_one([e for e in examples if language_of(e.text) == language], language)
        for language in LANGUAGES
    }


def _learn_one(examples: Sequence[Example], language: Language) -> Weights:
    rows = [_Row.of(example) for example in examples]
    draw = random.Random(3)  # noqa: S311  not for secrets
    part = [-1 if row.example.made else draw.randrange(FOLDINGS) for row in rows]
    scored: list[tuple[float, Example]] = []
    for folding in range(FOLDINGS):
        found = _fit([row for row, own in zip(rows, part, strict=True) if own != folding])
        scored += [
            (model.score(row.text, found), row.example)
            for row, own in zip(rows, part, strict=True)
            if own == folding
        ]
    found = _fit(rows)
    return Weights(found.pieces, found.concepts, found.bias, _threshold(scored))


def _threshold(scored: Sequence[tuple[float, Example]]) -> float:
    benign = [(score, example) for score, example in scored if not example.harmful]
    hard = [score for score, example in benign if example.hard]
    every = [score for score, _ in benign]
    return round(float(max(np.quantile(hard, 1 - HARD), np.quantile(every, 1 - ANY))), 3)


@dataclass(frozen=True)
class _Row:
    example: Example
    text: str
    pieces: frozenset[str]
    concepts: tuple[str, ...]

    @classmethod
    def of(cls, example: Example) -> _Row:
        """Of a long text its first window, as it is read later."""
        text = fold(example.text).text[: model.WINDOW[language_of(example.text)]]
        return cls(example, text, frozenset(pieces(text)), tuple(model.touches(text)))


def _fit(rows: Sequence[_Row]) -> Weights:
    """Adam on the whole set; both classes weigh the same."""
    seen = Counter(piece for row in rows for piece in row.pieces)
    names = sorted(piece for piece, count in seen.items() if count >= SEEN_AT_LEAST)
    touched = sorted({name for row in rows for name in row.concepts})
    place = {name: number for number, name in enumerate(names)}
    concept = {name: len(names) + number for number, name in enumerate(touched)}
    owner, column, value = _matrix(rows, place, concept)
    target = np.array([row.example.harmful for row in rows], dtype=float)
    share = np.array([row.example.weight for row in rows])
    for side in (0, 1):
        share[target == side] *= 0.5 / share[target == side].sum()
    weights, bias = _descend(owner, column, value, target, share, len(names) + len(touched))
    return Weights(
        pieces={n: round(float(weights[i]), 3) for n, i in place.items() if abs(weights[i]) >= KEPT_WEIGHT},
        concepts={n: round(float(weights[i]), 3) for n, i in concept.items()},
        bias=round(bias, 4),
        threshold=0.0,
    )


def _matrix(
    rows: Sequence[_Row], place: Mapping[str, int], concept: Mapping[str, int]
) -> tuple[Any, Any, Any]:
    owner: list[int] = []
    column: list[int] = []
    value: list[float] = []
    for number, row in enumerate(rows):
        known = [place[piece] for piece in row.pieces if piece in place]
        owner += [number] * (len(known) + len(row.concepts))
        column += known + [concept[name] for name in row.concepts]
        value += [1 / math.sqrt(max(len(row.pieces), 1))] * len(known) + [model.CONCEPT] * len(row.concepts)
    return np.array(owner), np.array(column), np.array(value)


def _descend(owner: Any, column: Any, value: Any, target: Any, share: Any, size: int) -> tuple[Any, float]:
    weights, bias = np.zeros(size), 0.0
    mean, square = np.zeros(size + 1), np.zeros(size + 1)
    for step in range(1, STEPS + 1):
        margin = np.bincount(owner, value * weights[column], len(target)) + bias
        error = share * (1 / (1 + np.exp(-margin)) - target)
        slope = np.bincount(column, value * error[owner], size) + DECAY * weights
        both = np.append(slope, error.sum())
        mean, square = 0.9 * mean + 0.1 * both, 0.999 * square + 0.001 * both**2
        move = RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        weights, bias = weights - move[:-1], bias - float(move[-1])
    return weights, bias


__all__ = ["Example", "learn"]
