"""The active ranking of a base, read once per process and used on the candidates of a question.

LightGBM (Ke and others 2017) with the LambdaMART objective (Burges 2010). Imported on first use: a web
process that ranks nothing does not pay for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Q

from sunmao.knowledge.learning import features
from sunmao.knowledge.learning.features import Asked, Candidate, Floats
from sunmao.knowledge.learning.models import Ranking, RankingState
from sunmao.knowledge.pins import BaseVersion

CANDIDATES = 100
"""How many passages of each component a ranking looks at."""
ROUNDS = 150
PARAMETERS: Mapping[str, Any] = {
    "objective": "lambdarank",
    "num_leaves": 8,
    "learning_rate": 0.05,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "label_gain": [0, 1],
    "num_threads": 1,
    "deterministic": True,
    "verbose": -1,
}


def active(pin: BaseVersion) -> uuid.UUID | None:
    """The ranking that serves this version of the base, if there is one for today's features."""
    alive = Q(born__lte=pin.version) & (Q(died=None) | Q(died__gt=pin.version))
    serving = Ranking.objects.filter(alive, base=pin.base, features=features.VERSION)
    return (
        serving.exclude(state=RankingState.REFUSED).order_by("-number").values_list("pk", flat=True).first()
    )


def scores(ranking_id: uuid.UUID, asked: Asked, candidates: Sequence[Candidate]) -> Floats:
    """A number for each candidate; only their order means anything."""
    found: Floats = _load(ranking_id).predict(features.matrix(asked, candidates), num_threads=1)
    return found


def fit(rows: Floats, relevant: Sequence[int], sizes: Sequence[int], *, seed: int) -> Any:
    """Train on the candidates of many questions, one block of `sizes[i]` rows for each."""
    import lightgbm

    data = lightgbm.Dataset(rows, label=relevant, group=list(sizes), feature_name=list(features.NAMES))
    return lightgbm.train({**PARAMETERS, "seed": seed}, data, num_boost_round=ROUNDS)


@lru_cache(maxsize=32)
def _load(ranking_id: uuid.UUID) -> Any:
    import lightgbm

    return lightgbm.Booster(model_str=Ranking.objects.values_list("model", flat=True).get(pk=ranking_id))


__all__ = ["CANDIDATES", "active", "fit", "scores"]
