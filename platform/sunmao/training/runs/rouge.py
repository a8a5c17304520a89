"""ROUGE-1, ROUGE-2 and ROUGE-L as F-measures (Lin, 2004), with Chinese counted by its characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sunmao.evaluation.checks.likeness import rouge_l, tokens


def rouge_n(said: str, expected: str, n: int) -> float:
    one, other = _grams(tokens(said.casefold()), n), _grams(tokens(expected.casefold()), n)
    common = sum((one & other).values())
    return 2 * common / (sum(one.values()) + sum(other.values())) if common else 0.0


def rouge(said: Sequence[str], expected: Sequence[str]) -> dict[str, float]:
    """The means over pairs of a text and what was expected."""
    count = len(said)
    if not count:
        return {}
    pairs = list(zip(said, expected, strict=True))
    return {
        "rouge_1": sum(rouge_n(one, other, 1) for one, other in pairs) / count,
        "rouge_2": sum(rouge_n(one, other, 2) for one, other in pairs) / count,
        "rouge_l": sum(rouge_l(one, other) for one, other in pairs) / count,
    }


def _grams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))


__all__ = ["rouge", "rouge_n"]
