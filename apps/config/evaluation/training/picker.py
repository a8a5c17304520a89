"""Learning which sentence of a passage answers: LambdaMART over `sentence_features`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from apps.config.evaluation.answers.judging import holds
from apps.config.evaluation.training.material import Material
from sunmao.knowledge.text.blocks import blocks_of
from sunmao.knowledge.text.lexical import idf
from sunmao.knowledge.text.sentence_features import NAMES, Floats, Part, matrix
from sunmao.knowledge.text.tokens import query_tokens, tokens
from sunmao.knowledge.text.trained.forest import Forest, from_lightgbm

ROUNDS = 200
PARAMETERS: dict[str, Any] = {
    "objective": "lambdarank", "num_leaves": 8, "learning_rate": 0.05, "min_data_in_leaf": 40,
    "feature_fraction": 0.4, "bagging_fraction": 0.7, "bagging_freq": 1, "lambda_l2": 5, "label_gain": [0, 1],
    "num_threads": 1, "deterministic": True, "verbose": -1,
}  # fmt: skip
Block = tuple[bool, Floats, list[int]]


def blocks(material: Material) -> Iterator[Block]:
    """For each question: whether to learn from it, its passage's sentences, and which of them answer."""
    given = {one.id: one for one in material.given}
    parts = {
        key: [Part(block.text, frozenset(tokens(block.text))) for block in blocks_of(one.unit.text)]
        for key, one in given.items()
    }
    often = Counter(word for one in given.values() for word in set(tokens(f"{one.title}\n{one.unit.text}")))
    for one in material.asked:
        key = min(one.relevant)
        asked = {word: idf(word, df=often[word], total=len(given)) for word in query_tokens(one.text)}
        rows = matrix(one.text, asked, given[key].title, parts[key])
        yield (
            material.is_learnt_from(one),
            rows,
            [int(holds([part.text], one.answers)) for part in parts[key]],
        )


def learn(found: Sequence[Block], *, seed: int) -> dict[str, Any]:
    import lightgbm

    useful = [(rows, right) for learnt, rows, right in found if learnt and any(right)]
    data = lightgbm.Dataset(
        np.vstack([rows for rows, _ in useful]),
        label=[value for _, right in useful for value in right],
        group=[len(right) for _, right in useful],
        feature_name=list(NAMES),
    )
    return from_lightgbm(lightgbm.train({**PARAMETERS, "seed": seed}, data, num_boost_round=ROUNDS), NAMES)


def judged(model: dict[str, Any], found: Sequence[Block]) -> dict[str, float]:
    """On what was set aside: the answer is in the likeliest sentence, or in the likeliest two."""
    forest = Forest(model)
    hits = [
        [right[place] for place in np.argsort(-forest.scores(rows), kind="stable")]
        for learnt, rows, right in found
        if not learnt and right
    ]
    count = max(len(hits), 1)
    return {f"best_{n}": round(sum(any(one[:n]) for one in hits) / count, 4) for n in (1, 2)} | {
        "n": len(hits)
    }
