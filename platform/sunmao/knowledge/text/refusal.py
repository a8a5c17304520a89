"""Whether the best passage is about the question at all.

A raw BM25 score cannot tell: it grows with the length of the question. Divided by the mass of the question
it overshoots, because the words that a foreign question shares by chance make up a smaller share the longer
it is. Between the two lies

    strength = top / (self_score ** 0.55 × passages ** 0.1)

where the second factor answers that the best of many passages matches by chance better than the best of
few. Both exponents come from Chinese law, medicine, finance and encyclopedia questions put to each other's
bases (of 98 to 11,395 passages), and were checked on bases that had no part in the choice.

What this decides is "does this belong to our field?". Whether exactly the right statute is in the base it
cannot decide, since neighbouring articles always score alike; that takes a check of the answer against the
passage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sunmao.knowledge.text.language import Language

MASS_EXPONENT = 0.55
SIZE_EXPONENT = 0.1
TYPICAL_SIZE = 1_000
"""Passages to reckon with when the caller does not say how many there are."""


@dataclass(frozen=True)
class Verdict:
    """`relevance` runs from 0 to 1 and grows with `top`; `accept` means at least one half."""

    accept: bool
    relevance: float


@dataclass(frozen=True)
class Calibration:
    """`even` is the strength at which accepting and refusing are equally right; `slope` is per unit of ln
    strength."""

    even: float
    slope: float


CALIBRATIONS: dict[Language, Calibration] = {
    "zh": Calibration(even=1.3, slope=5.0),
    "en": Calibration(even=1.45, slope=5.0),
}


def trustworthy(*, top: float, self_score: float, language: Language, passages: int | None = None) -> Verdict:
    """Judge the score `top` of the best passage against the mass `self_score` of the question, in the same
    units.

    `passages` is the number of passages searched.
    """
    if top <= 0 or self_score <= 0:
        return Verdict(accept=False, relevance=0.0)
    calibration = CALIBRATIONS[language]
    relevance = 1 / (
        1 + math.exp(-calibration.slope * math.log(strength(top, self_score, passages) / calibration.even))
    )
    return Verdict(accept=relevance >= 0.5, relevance=relevance)


def strength(top: float, self_score: float, passages: int | None) -> float:
    size = max(1, TYPICAL_SIZE if passages is None else passages)
    return top / (math.pow(self_score, MASS_EXPONENT) * math.pow(size, SIZE_EXPONENT))


__all__ = ["CALIBRATIONS", "Calibration", "Verdict", "strength", "trustworthy"]
