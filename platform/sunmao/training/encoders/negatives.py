"""Hard negatives: what an encoder ranks high for a question and is not its answer (Xiong et al. 2020, ANCE).

A wrong passage that is nearly as like as the right one is often right too and nobody has said so: above a
share of the right one's likeness it is left out (Moreira et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sunmao.modelhub.heads.ngrams import Floats

DEEP, SHARE = 50, 0.95


@dataclass(frozen=True)
class Pair:
    """A question, the place of a passage that answers it, and places of passages that do not."""

    question: int
    positive: int
    negatives: tuple[int, ...]


@dataclass(frozen=True)
class Mined:
    pairs: list[Pair]
    left_out: int


def mine(
    questions: Floats, passages: Floats, relevant: Sequence[frozenset[int]], *, each: int, seed: int
) -> Mined:
    """`relevant` are the places of each question's answers; those without any are passed over."""
    draw, pairs, left_out = np.random.default_rng(seed), [], 0
    for number, right in enumerate(relevant):
        if not right:
            continue
        likeness = passages @ questions[number]
        best = [int(one) for one in np.argsort(-likeness, kind="stable")[: DEEP + len(right)]]
        wrong = [one for one in best if one not in right]
        for positive in sorted(right):
            limit = SHARE * likeness[positive]
            good = [one for one in wrong if likeness[one] < limit] or wrong[-each:]
            left_out += len(wrong) - len(good)
            chosen = draw.permutation(len(good[: 4 * each]))[:each]
            pairs.append(Pair(number, positive, tuple(good[place] for place in chosen)))
    return Mined(pairs, left_out)


__all__ = ["Mined", "Pair", "mine"]
