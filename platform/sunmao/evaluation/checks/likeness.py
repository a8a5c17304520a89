"""Likeness to a written answer: ROUGE, BLEU and chrF, which count Chinese by its characters.

ROUGE: Lin, 2004. BLEU: Papineni et al., 2002, through sacrebleu (Post, 2018) with its tokenizer `zh`; its
default tokenizer gives 0 for any two Chinese sentences. chrF: Popović, 2015.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Unavailable
from sunmao.evaluation.checks.kind import Answered, Checked, Kind
from sunmao.evaluation.checks.reading import number, one_of, text
from sunmao.evaluation.checks.wording import plain

_TOKENS = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+(?:[.,]\d+)*|[^\W\d_]")
METRICS = ("rouge_1", "rouge_2", "rouge_l", "bleu", "chrf")


class MetricMissing(Unavailable):
    code = "extra_missing"
    default_message = _("This metric needs the extra `training` of this product: install it for the workers.")
    retry_after = None


def tokens(said: str) -> list[str]:
    """Words of letters, numbers, and single Chinese characters."""
    return _TOKENS.findall(said)


def rouge_l(said: str, expected: str) -> float:
    """The F-measure of the longest common subsequence, 0 to 1."""
    one, other = tokens(plain(said)), tokens(plain(expected))
    common = _longest_common(one, other)
    return 2 * common / (len(one) + len(other)) if common else 0.0


def rouge_n(said: str, expected: str, n: int) -> float:
    """The F-measure of the runs of n tokens that both have, 0 to 1."""
    one, other = (_runs(tokens(plain(text)), n) for text in (said, expected))
    common = sum((one & other).values())
    return 2 * common / (one.total() + other.total()) if common else 0.0


def _runs(given: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(given[at : at + n]) for at in range(len(given) - n + 1))


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    before = [0] * (len(other) + 1)
    for token in one:
        row = [0]
        for place, known in enumerate(other):
            row.append(before[place] + 1 if token == known else max(row[-1], before[place + 1]))
        before = row
    return before[-1]


def likeness(said: str, expected: str, *, metric: str, language: str) -> float:
    """0 to 1. Raises `MetricMissing` where a metric's library is not installed."""
    if metric in ROUGES:
        return ROUGES[metric](said, expected)
    try:
        import sacrebleu
    except ImportError as error:
        raise MetricMissing from error
    if metric == "chrf":
        return float(sacrebleu.sentence_chrf(plain(said), [plain(expected)]).score) / 100
    tokenize = "zh" if language == "zh" else "13a"
    return float(sacrebleu.sentence_bleu(plain(said), [plain(expected)], tokenize=tokenize).score) / 100


ROUGES: Mapping[str, Callable[[str, str], float]] = {
    "rouge_1": lambda said, expected: rouge_n(said, expected, 1),
    "rouge_2": lambda said, expected: rouge_n(said, expected, 2),
    "rouge_l": rouge_l,
}


def _similar(answered: Answered, given: Mapping[str, Any]) -> Checked:
    metric = given.get("metric", "rouge_l")
    score = round(likeness(answered.text, given["text"], metric=metric, language=answered.language), 4)
    return Checked(score >= given["at_least"], f"{metric} {score:.3f}", score)


KINDS = {
    "similar": Kind(
        title=_("is like a written answer"),
        check=_similar,
        required={"text": text, "at_least": number(0.0, 1.0)},
        optional={"metric": one_of(*METRICS)},
    ),
}
__all__ = ["KINDS", "METRICS", "ROUGES", "MetricMissing", "likeness", "rouge_l", "rouge_n", "tokens"]
