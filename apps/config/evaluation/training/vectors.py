"""Learning how a cosine of the encoder that comes in a package weighs beside the words."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from apps.config.evaluation.training.base import MemoryBase
from apps.config.evaluation.training.material import Material
from sunmao.knowledge.encoders import Encoder, shown
from sunmao.knowledge.reuse import passage_text
from sunmao.knowledge.text.refusal import score_of
from sunmao.knowledge.text.trained.forest import Floats, Forest

QUESTIONS, PASSAGES = 250, 400
STEPS = 50
Row = tuple[float, float, bool, bool]


def learn(all_of: Sequence[Material], model: Mapping[str, Any], encoder: Encoder, draw: random.Random) -> Any:
    rows = [row for material in all_of for row in _rows(material, all_of, model, encoder, draw)]
    learnt = [row for row in rows if row[3]]
    weights = _logistic(
        np.array([[score, cosine, 1.0] for score, cosine, _, _ in learnt]),
        np.array([float(answered) for _, _, answered, _ in learnt]),
    )
    score, cosine, bias = (round(float(one), 4) for one in weights)
    return {shown(encoder.spec): {"score": score, "cosine": cosine, "bias": bias}}


def _rows(
    material: Material,
    all_of: Sequence[Material],
    model: Mapping[str, Any],
    encoder: Encoder,
    draw: random.Random,
) -> Iterator[Row]:
    """(score of the words, best cosine, whether it is answered, whether to learn from it)"""
    asked = list(material.asked)[:QUESTIONS]
    gold = {key for one in asked for key in one.relevant}
    rest = [one for one in material.given if one.id not in gold]
    given = [one for one in material.given if one.id in gold] + draw.sample(rest, min(len(rest), PASSAGES))
    base, forest = MemoryBase(given), Forest(model["forest"])
    foreign = [one for other in all_of if other is not material for one in list(other.asked)[:QUESTIONS]]
    passages = np.array(encoder.encode([passage_text(one.unit, one.title) for one in given]))
    questions = np.array(encoder.encode([one.text for one in (*asked, *foreign)]))

    def row(place: int, one: Any, without: frozenset[str], answered: bool) -> Row:
        words = score_of(base.search(one.text, without=without).evidence, forest) - model["even"]
        there = [number for number, passage in enumerate(given) if passage.id not in without]
        best = float((passages[there] @ questions[place]).max())
        return words, best, answered, material.is_learnt_from(one) if one in asked else bool(place % 2)

    for place, one in enumerate(asked):
        yield row(place, one, frozenset(), True)
        if not material.source.similar:
            yield row(place, one, one.relevant, False)
    for place, one in enumerate(foreign, start=len(asked)):
        yield row(place, one, frozenset(), False)


def _logistic(rows: Floats, right: Floats) -> Floats:
    """Newton's method with a little shrinkage."""
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (right - chance) - 0.01 * weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + 0.01 * np.eye(rows.shape[1])
        weights = weights + np.linalg.solve(curve, slope)
    return weights
