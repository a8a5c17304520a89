"""Learning the weights of `model`: logistic regression over pieces of text, in numpy. See MODEL_CARD.md."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sunmao.guards.injection.folding import fold
from sunmao.guards.injection.model import SHORTEST, Language, Weights, cut, language_of, pieces

SEEN_AT_LEAST, ROUNDS, STEPS, RATE, DECAY = 3, 2, 250, 0.3, 2e-4
KEPT_WEIGHT = 0.15
MARGIN = 0.2
FALSE_ALARMS = 0.004  # of benign texts, where the model alone reaches 0.5


@dataclass(frozen=True, kw_only=True)
class Example:
    """A text, whether it gives orders to the model, and whether it is benign but looks as if it did:
    hard examples are not learnt from, they say from which score on the model is believed."""

    text: str
    injected: bool
    hard: bool = False


def is_held(text: str) -> bool:
    """Half of every file is never learnt from: the half whose digest is odd."""
    return bool(hashlib.sha256(text.encode()).digest()[0] % 2)


def learn(examples: Sequence[Example]) -> dict[Language, Weights]:
    cleaned = [Example(text=fold(e.text).text, injected=e.injected, hard=e.hard) for e in examples]
    return {
        language: _learn_one([e for e in cleaned if language_of(e.text) == language], language)
        for language in ("zh", "en")
    }


def _learn_one(examples: Sequence[Example], language: Language) -> Weights:
    """A long injection has harmless parts: after the first round only its worst windows count as one."""
    bags = [
        (example.injected, [pieces(example.text[a:b]) for a, b in cut(example.text, language)])
        for example in examples
        if not example.hard
    ]
    seen = Counter(piece for _, windows in bags for window in windows for piece in window)
    index = {piece: n for n, piece in enumerate(p for p, count in seen.items() if count >= SEEN_AT_LEAST)}
    rows = [
        (number, injected, np.fromiter((index[p] for p in window if p in index), dtype=np.int64), len(window))
        for number, (injected, windows) in enumerate(bags)
        for window in windows
        if len(window) >= 4
    ]
    chosen = rows
    for _ in range(ROUNDS):
        weights, bias = _fit(chosen, len(index))
        chosen = _worst(rows, weights, bias)
    kept = {
        piece: round(float(weights[n]), 3) for piece, n in index.items() if abs(weights[n]) >= KEPT_WEIGHT
    }
    plain = Weights(pieces=kept, bias=round(float(bias), 4), shift=0.0)
    return Weights(pieces=kept, bias=plain.bias, shift=_shift(examples, plain, language))


def _fit(rows: Sequence[Any], size: int) -> tuple[Any, float]:
    """Adam on the whole set; both classes weigh the same."""
    owner = np.repeat(np.arange(len(rows)), [len(row[2]) for row in rows])
    place = np.concatenate([row[2] for row in rows])
    value = np.repeat([1 / math.sqrt(row[3]) for row in rows], [len(row[2]) for row in rows])
    target = np.array([row[1] for row in rows], dtype=float)
    share = np.where(target == 1, 0.5 / max(target.sum(), 1), 0.5 / max((1 - target).sum(), 1))
    weights, bias = np.zeros(size), 0.0
    mean, square = np.zeros(size + 1), np.zeros(size + 1)
    for step in range(1, STEPS + 1):
        score = np.bincount(owner, value * weights[place], len(rows)) + bias
        error = share * (1 / (1 + np.exp(-score)) - target)
        slope = np.bincount(place, value * error[owner], size) + DECAY / size**0.5 * weights
        both = np.append(slope, error.sum())
        mean, square = 0.9 * mean + 0.1 * both, 0.999 * square + 0.001 * both**2
        move = RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        weights, bias = weights - move[:-1], bias - move[-1]
    return weights, bias


def _worst(rows: Sequence[Any], weights: Any, bias: float) -> list[Any]:
    best: dict[int, float] = {}
    scored = []
    for row in rows:
        score = float(weights[row[2]].sum() / math.sqrt(row[3]) + bias)
        scored.append((score, row))
        if row[1]:
            best[row[0]] = max(best.get(row[0], -math.inf), score)
    return [row for score, row in scored if not row[1] or score >= min(best[row[0]], 1.0)]


def _shift(examples: Sequence[Example], weights: Weights, language: Language) -> float:
    """The score that only the aimed share of benign texts, and none of the hard ones, exceeds."""
    scores = {
        hard: sorted(
            max(score_of(e.text[a:b], weights) for a, b in cut(e.text, language))
            for e in examples
            if not e.injected and e.hard is hard and len(e.text) >= SHORTEST[language]
        )
        for hard in (True, False)
    }
    common = scores[False][-1 - int(len(scores[False]) * FALSE_ALARMS)]
    return round(max(common, scores[True][-1] + 0.1), 4)


def score_of(text: str, weights: Weights) -> float:
    found = pieces(text)
    if len(found) < 4:
        return -math.inf
    return weights.bias + sum(weights.pieces.get(piece, 0.0) for piece in found) / math.sqrt(len(found))
