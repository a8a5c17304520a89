"""Whether the bases answer the question at all.

A raw BM25 score cannot tell: it grows with the length of the question, and neighbours of the right passage
score alike. So the question is held against the base, against its best passages and against the sentences
that would be said (`refusal_features`), and small trained trees judge (`trained/MODEL_CARD.md`). They are
monotone: what covers more of the question is never trusted less.

Where neighbouring passages share nearly all their words, as the articles of a law do, nothing of this can
tell the right one from the one beside it; the model was not taught to try, and accepts there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from sunmao.knowledge.text.language import Language
from sunmao.knowledge.text.refusal_features import READ, Read, row
from sunmao.knowledge.text.trained.forest import FOLDER, Forest


@dataclass(frozen=True)
class Verdict:
    """`relevance` runs from 0 to 1; `accept` means at least one half. `weighs_vectors`: a cosine took
    part."""

    accept: bool
    relevance: float
    weighs_vectors: bool = False


@dataclass(frozen=True)
class WithVectors:
    """How the trees' score and the best cosine of one encoder weigh together."""

    score: float
    cosine: float
    bias: float


@dataclass(frozen=True)
class Model:
    """`even` is the score at which a question is just answered."""

    forest: Forest
    even: float
    encoders: Mapping[str, WithVectors]


@dataclass(frozen=True)
class Evidence:
    """What was found for a question. `asked` is the idf of every token, `known` that of those which the base
    has, `mass` the weight of the whole question, `searched` how many passages were looked through, `passages`
    the best ones by their words, `cosine` the best one of `encoder`, where there is one."""

    question: str
    language: Language
    asked: Mapping[str, float]
    known: Mapping[str, float]
    mass: float
    searched: int
    passages: Sequence[Read]
    cosine: float | None = None
    encoder: str = ""


def trustworthy(evidence: Evidence) -> Verdict:
    if not evidence.mass:
        return Verdict(accept=False, relevance=0.0)
    model = _model(evidence.language)
    score = score_of(evidence, model.forest) - model.even if evidence.passages else -LEAST
    together = model.encoders.get(evidence.encoder) if evidence.cosine is not None else None
    if together:
        score = (
            together.score * max(score, -LEAST) + together.cosine * (evidence.cosine or 0.0) + together.bias
        )
    relevance = 1 / (1 + math.exp(-score)) if evidence.passages or together else 0.0
    return Verdict(relevance >= 0.5, relevance, together is not None)


LEAST = 8.0
"""Scores below count as this far under the even point."""


def score_of(evidence: Evidence, forest: Forest) -> float:
    return float(forest.scores(np.array([features_of(evidence)]))[0])


def features_of(evidence: Evidence) -> list[float]:
    return row(
        evidence.question,
        evidence.asked,
        evidence.known,
        evidence.mass,
        evidence.searched,
        evidence.passages,
    )


@cache
def _model(language: Language) -> Model:
    told: dict[str, Any] = json.loads((FOLDER / "refusal.json").read_text("utf-8"))[language]
    encoders = {name: WithVectors(**weights) for name, weights in told["encoders"].items()}
    return Model(Forest(told["forest"]), told["even"], encoders)


__all__ = ["READ", "Evidence", "Read", "Verdict", "features_of", "trustworthy"]
