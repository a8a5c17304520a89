"""What the sentence picker looks at: one row of numbers for each part of a passage that may answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sunmao.knowledge.text.tokens import tokens
from sunmao.knowledge.text.wanted import KINDS, around, held, wanted

Floats = NDArray[np.float64]
NAMES = (
    "coverage", "coverage_of_best", "distinct", "distinct_of_best", "distinct_rank", "rarest",
    "coverage_before", "coverage_after", "coverage_with_before", "uncovered_by_heading",
    "beside_question_word", "beside_of_best", "longest_common", "longest_common_share",
    "new_share", "new_digits", "new_latin", "length", "place", "parts", "passage_coverage",
    "list_item", "kinds_met", "kinds_unmet", "pairs",
    *(f"wants_{kind}" for kind in KINDS), *(f"has_{kind}" for kind in KINDS),
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A sentence, or a list with the line above it, and its tokens."""

    text: str
    words: frozenset[str]


def matrix(question: str, asked: Mapping[str, float], heading: str, parts: Sequence[Part]) -> Floats:
    """`len(parts)` × `len(NAMES)`; `asked` is the weight of every token of the question."""
    mass = sum(asked.values()) or 1.0
    inside = [{word for word in part.words if word in asked} for part in parts]
    often = Counter(word for words in inside for word in words)
    coverage = [sum(asked[word] for word in words) / mass for words in inside]
    distinct = [sum(asked[word] / often[word] for word in words) / mass for words in inside]
    above = set(tokens(heading))
    beside = set(tokens(around(question))) & asked.keys()
    near = [sum(asked[word] for word in words & beside) / mass for words in inside]
    letters = "".join(c for c in question.lower() if c.isalnum())
    wants = wanted(question)
    rows = []
    for place, (part, words) in enumerate(zip(parts, inside, strict=True)):
        before = inside[place - 1] if place else set()
        after = inside[place + 1] if place + 1 < len(parts) else set()
        has = held(part.text)
        common = _longest_common(letters, part.text.lower())
        new = [word for word in part.words if word not in asked]
        rows.append(
            [
                coverage[place],
                coverage[place] / (max(coverage) or 1.0),
                distinct[place],
                distinct[place] / (max(distinct) or 1.0),
                sum(other > distinct[place] for other in distinct),
                max((asked[word] for word in words), default=0.0),
                sum(asked[word] for word in before) / mass,
                sum(asked[word] for word in after) / mass,
                sum(asked[word] for word in before | words) / mass,
                sum(asked[word] for word in words - above) / mass,
                near[place],
                near[place] / (max(near) or 1.0),
                common,
                common / (len(letters) or 1),
                len(new) / (len(part.words) or 1),
                sum(word[0].isdigit() for word in new),
                sum(word.isascii() and not word[0].isdigit() for word in new),
                len(part.text),
                place / len(parts),
                len(parts),
                sum(asked[word] for word in often) / mass,
                float("\n" in part.text),
                sum(a and b for a, b in zip(wants, has, strict=True)),
                sum(a and not b for a, b in zip(wants, has, strict=True)),
                sum(len(word) > 1 for word in words),
                *map(float, wants),
                *map(float, has),
            ]
        )
    return np.array(rows, dtype=np.float64).reshape(len(parts), len(NAMES))


def _longest_common(question: str, text: str) -> int:
    longest = 0
    for start in range(len(question)):
        while start + longest < len(question) and question[start : start + longest + 1] in text:
            longest += 1
    return longest


__all__ = ["NAMES", "Part", "matrix"]
