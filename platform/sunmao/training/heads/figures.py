"""What a head is worth, counted from what it said and what was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sunmao.modelhub.heads.classifier import Prediction
from sunmao.modelhub.heads.examples import OUT_OF_SCOPE

PAIRS, POINTS, RESAMPLES = 20, 40, 1000


def measured(said: Sequence[Prediction], right: Sequence[str], *, seed: int) -> dict[str, Any]:
    """Of the texts that have a label: accuracy, macro F1, the worst pairs. Of those that have none, how many
    were told to be out of scope; a refused text that has a label counts as wrong in `in_scope_accuracy`."""
    inside = [(one, label) for one, label in zip(said, right, strict=True) if label != OUT_OF_SCOPE]
    outside = [one for one, label in zip(said, right, strict=True) if label == OUT_OF_SCOPE]
    hits = np.array([one.label == label for one, label in inside])
    kept = [one.label == label and one.in_scope for one, label in inside]
    figures: dict[str, Any] = {
        "n": len(inside),
        "accuracy": _share(hits),
        "macro_f1": _macro_f1([one.label for one, _ in inside], [label for _, label in inside]),
        "interval": _interval(hits, seed),
        "in_scope_accuracy": _share(kept),
        "worst_pairs": _pairs(inside),
    }
    if outside:
        recall = float(np.mean([not one.in_scope for one in outside]))
        figures["out_of_scope"] = {
            "n": len(outside),
            "recall": round(recall, 4),
            "balanced": round((float(np.mean(kept)) + recall) / 2, 4),
            "auroc": _auroc([one.score for one, _ in inside], [one.score for one in outside]),
        }
    return figures


def _share(values: Any) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0


def _macro_f1(said: Sequence[str], right: Sequence[str]) -> float:
    """The mean over the labels that the test holds."""
    hit = Counter(one for one, other in zip(said, right, strict=True) if one == other)
    told, asked = Counter(said), Counter(right)
    values = [2 * hit[label] / (told[label] + asked[label]) for label in asked]
    return _share(values)


def _interval(hits: NDArray[np.bool_], seed: int) -> list[float]:
    """95 % by the bootstrap (Efron 1979)."""
    if not len(hits):
        return [0.0, 0.0]
    draw = np.random.default_rng(seed)
    means = draw.binomial(len(hits), float(hits.mean()), RESAMPLES) / len(hits)
    return [round(float(np.quantile(means, share)), 4) for share in (0.025, 0.975)]


def _pairs(inside: Sequence[tuple[Prediction, str]]) -> list[dict[str, Any]]:
    wrong = Counter((label, one.label) for one, label in inside if one.label != label)
    return [
        {"label": label, "taken_for": other, "times": times}
        for (label, other), times in sorted(wrong.items(), key=lambda pair: (-pair[1], pair[0]))[:PAIRS]
    ]


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often a text inside scores above one outside (Mann and Whitney 1947); twins count half."""
    scores = np.concatenate((inside, outside))
    _values, place, times = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[place]
    count = len(inside)
    above = ranks[:count].sum() - count * (count + 1) / 2
    return round(float(above / (count * len(outside))), 4)


def curve(hits: Any, inside: Any, outside: Any) -> list[dict[str, float]]:
    """What each threshold would give: `accuracy` of texts inside where a refused one is wrong, and the
    `recall` of those outside; without any outside only the first."""
    scores = np.concatenate((inside, outside))
    values = np.unique(np.quantile(scores, np.linspace(0, 1, POINTS)))
    return [
        {
            "threshold": round(float(value), 4),
            "accuracy": _share(hits & (inside >= value)),
            "recall": _share(outside < value),
        }
        for value in values
    ]


def best_threshold(hits: Any, inside: Any, outside: Any) -> float:
    """The best mean of both; without texts outside, the one that refuses one right text in fifty."""
    if not len(outside):
        return float(np.quantile(inside[hits], 0.02)) if hits.any() else 0.0
    values = np.unique(np.concatenate((inside, outside)))
    means = [float((hits & (inside >= one)).mean() + (outside < one).mean()) for one in values]
    return float(values[int(np.argmax(means))])


__all__ = ["best_threshold", "curve", "measured"]
