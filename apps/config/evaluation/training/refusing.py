"""Learning when to refuse: questions to bases that hold the answer, that lack it, and of another field."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.config.evaluation.answers.judging import auroc, wrongly_refused
from apps.config.evaluation.training.base import MemoryBase, Searched
from apps.config.evaluation.training.material import Material
from sunmao.knowledge.text.refusal import features_of
from sunmao.knowledge.text.refusal_features import OF_LANGUAGE
from sunmao.knowledge.text.trained.forest import Floats, Forest, from_lightgbm

HELD, LACKING, FOREIGN, SMALL_HELD, SMALL_LACKING = (
    "held",
    "lacking",
    "foreign",
    "small_held",
    "small_lacking",
)
SIZES = (1, 1, 2, 3, 5, 10, 20, 50, 100)
SMALL_BASES, FOREIGN_QUESTIONS = 120, 120
FALLING = ("unknown",)
FREE = ("mass", "size", "wants_fact", "words")
ROUNDS = 200
PARAMETERS: dict[str, Any] = {
    "objective": "binary", "num_leaves": 6, "learning_rate": 0.05, "min_data_in_leaf": 40,
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5,
    "num_threads": 1, "deterministic": True, "verbose": -1,
}  # fmt: skip
WRONGLY_REFUSED = 0.012
"""Of the questions learnt from that are answered by what was found, so many may be refused."""


@dataclass(frozen=True)
class Example:
    """`learnt`: not set aside. `found`: the answer is among the best passages."""

    source: str
    kind: str
    learnt: bool
    found: bool
    row: list[float]
    firm: bool = True


def examples(all_of: Sequence[Material], draw: random.Random) -> Iterator[Example]:
    for material in all_of:
        yield from _of(material, [one for one in all_of if _is_foreign(one, material)], draw)


def _is_foreign(other: Material, to: Material) -> bool:
    return other is not to and other.source.language == to.source.language


def _of(material: Material, others: Sequence[Material], draw: random.Random) -> Iterator[Example]:
    base = MemoryBase(material.given)
    asked = material.asked[: material.source.most]

    def example(kind: str, searched: Searched, one: Any, learnt: bool) -> Example:
        found = bool(one.relevant & set(searched.found))
        firm = not (kind == LACKING and material.source.similar)
        return Example(material.source.name, kind, learnt, found, features_of(searched.evidence), firm)

    for one in asked:
        learnt = material.is_learnt_from(one)
        yield example(HELD, base.search(one.text), one, learnt)
        yield example(LACKING, base.search(one.text, without=one.relevant), one, learnt)
    for other in others:
        for one in draw.sample(list(other.asked), min(FOREIGN_QUESTIONS, len(other.asked))):
            yield example(FOREIGN, base.search(one.text), one, other.is_learnt_from(one))
    for _ in range(SMALL_BASES):
        one, size = draw.choice(asked), draw.choice(SIZES)
        gold = [given for given in material.given if given.id in one.relevant][:1]
        around = [g for g in draw.sample(list(material.given), size) if g.id not in one.relevant]
        learnt = material.is_learnt_from(one)
        yield example(SMALL_HELD, MemoryBase([*gold, *around][:size]).search(one.text), one, learnt)
        if around:
            yield example(SMALL_LACKING, MemoryBase(around).search(one.text), one, learnt)


def learn(found: Sequence[Example], *, language: str, seed: int) -> dict[str, Any]:
    import lightgbm

    names = OF_LANGUAGE[language]
    parameters = {**PARAMETERS, "monotone_constraints": [_direction(name) for name in names], "seed": seed}

    useful = [one for one in found if one.learnt and one.firm and (one.found or not _answered(one))]
    often = Counter((one.source, one.kind) for one in useful)
    weights = np.array([often[one.source, one.kind] ** -0.5 for one in useful])
    data = lightgbm.Dataset(
        np.array([one.row[: len(names)] for one in useful]),
        label=[int(_answered(one)) for one in useful],
        weight=weights / weights.mean(),
        feature_name=list(names),
    )
    model = from_lightgbm(lightgbm.train(parameters, data, num_boost_round=ROUNDS), names)
    right = Forest(model).scores(np.array([one.row for one in useful if _answered(one)]))
    return {"forest": model, "even": round(float(np.quantile(right, WRONGLY_REFUSED)), 3), "encoders": {}}


def _direction(name: str) -> int:
    return 0 if name in FREE else -1 if name in FALLING else 1


def _answered(one: Example) -> bool:
    return one.kind in (HELD, SMALL_HELD)


def judged(model: Mapping[str, Any], found: Sequence[Example]) -> dict[str, Any]:
    """On what was set aside, for each source."""
    forest = Forest(model["forest"])
    told: dict[str, Any] = {}
    for source in dict.fromkeys(one.source for one in found):
        scores: dict[str, Floats] = {
            kind: forest.scores(np.array(rows)) - model["even"]
            for kind in (HELD, LACKING, FOREIGN, SMALL_HELD, SMALL_LACKING)
            if (
                rows := [
                    one.row for one in found if one.source == source and one.kind == kind and not one.learnt
                ]
            )
        }
        if HELD in scores:
            told[source] = _figures(scores)
    return told


def _figures(scores: Mapping[str, Floats]) -> dict[str, Any]:
    refused = {kind: round(float((values < 0).mean()), 4) for kind, values in scores.items()}
    right = list(scores[HELD])
    return {
        "refused": refused,
        "auroc": {k: round(auroc(right, list(scores[k])), 4) for k in (LACKING, FOREIGN) if k in scores},
        "wrong_refusal_at_90": {
            kind: round(float(np.mean(wrongly_refused(right, list(scores[kind])))), 4)
            for kind in (LACKING, FOREIGN)
            if kind in scores
        },
    }
