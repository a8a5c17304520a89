"""Figures of answers: what was said against what is right, what was cited, what was refused.

Exact match and F1 as for SQuAD (Rajpurkar and others 2016), over Chinese characters and Latin words.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from random import Random

from apps.config.evaluation.figures import RESAMPLES

_UNITS = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_ARTICLES = frozenset({"a", "an", "the"})


def units(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    return [unit for unit in _UNITS.findall(plain) if unit not in _ARTICLES]


def exact(said: str, right: Sequence[str]) -> float:
    return float(any(units(said) == units(one) for one in right))


def overlap(said: str, right: Sequence[str]) -> float:
    """F1 against the answer that it is nearest to."""
    return max((_f1(units(said), units(one)) for one in right), default=0.0)


def _f1(said: Sequence[str], right: Sequence[str]) -> float:
    shared = sum((Counter(said) & Counter(right)).values())
    return 2 * shared / (len(said) + len(right)) if shared else 0.0


def holds(sentences: Sequence[str], right: Sequence[str]) -> float:
    """Whether one of the sentences contains an answer word for word."""
    wanted = [answer for one in right if (answer := _plain(one))]
    return float(any(answer in _plain(sentence) for sentence in sentences for answer in wanted))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip("。！？；.!?;")


def auroc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """How often a question that has an answer scores above one that has none; half for equals."""
    ordered = sorted(wrong)
    wins = sum((bisect_left(ordered, one) + bisect_right(ordered, one)) / 2 for one in right)
    return wins / (len(right) * len(ordered))


def auroc_interval(right: Sequence[float], wrong: Sequence[float], *, seed: int) -> list[float]:
    draw = Random(seed)  # noqa: S311  reproducible, not secret
    resamples = RESAMPLES // 5
    found = sorted(
        auroc(draw.choices(right, k=len(right)), draw.choices(wrong, k=len(wrong))) for _ in range(resamples)
    )
    return [round(found[int(resamples * part)], 4) for part in (0.025, 0.975)]


def wrongly_refused(right: Sequence[float], wrong: Sequence[float], *, refused: float = 0.9) -> list[float]:
    """Which questions that have an answer fall under the bar that refuses this share of the others."""
    bar = sorted(wrong)[min(len(wrong) - 1, int(len(wrong) * refused))]
    return [float(one < bar) for one in right]
