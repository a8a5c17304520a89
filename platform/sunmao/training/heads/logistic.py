"""Multinomial logistic regression by L-BFGS, over dense or sparse rows (Bishop, PRML 4.3.4).

The loss is that of the usual libraries: the sum of the cross-entropies plus |weights|² / (2·C); the bias is
not held back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import fmin_l_bfgs_b

from sunmao.modelhub.heads.classifier import Linear

STEPS, STEPS_OF_A_CHOICE, MEMORY, CLOSE = 200, 60, 8, 1e-3


def fit(
    rows: Any,
    labels: NDArray[np.int64],
    *,
    width: int,
    c: float,
    start: Linear | None = None,
    steps: int = STEPS,
) -> Linear:
    """`labels` are places below `width`. `start` is where to begin, as the fit of a smaller `c`."""
    inputs, count = rows.shape[1], rows.shape[0]
    wanted = np.zeros((count, width), dtype=np.float32)
    wanted[np.arange(count), labels] = 1.0
    across = rows.T

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = _parted(flat, inputs, width)
        logits = rows @ weights.astype(np.float32) + bias.astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        raised = np.exp(logits)
        total = raised.sum(axis=1, keepdims=True)
        cost = float(np.log(total).sum(dtype=np.float64) - (logits * wanted).sum(dtype=np.float64))
        apart = raised / total - wanted
        slope = across @ apart + weights / c
        both = np.concatenate((np.ravel(slope), apart.sum(axis=0)))
        return cost + float((weights * weights).sum()) / (2 * c), both.astype(np.float64)

    begin = np.zeros((inputs + 1) * width)
    if start is not None:
        begin = np.concatenate((start.weights.ravel(), start.bias)).astype(np.float64)
    flat, _cost, _told = fmin_l_bfgs_b(loss, begin, m=MEMORY, maxiter=steps, pgtol=CLOSE, factr=1e9)
    weights, bias = _parted(flat, inputs, width)
    return Linear(weights.astype(np.float32), bias.astype(np.float32))


def path(
    rows: Any, labels: NDArray[np.int64], *, width: int, cs: Sequence[float]
) -> list[tuple[float, Linear]]:
    """A fit for each C, each begun where the one before ended, and as good as a choice needs."""
    found: list[tuple[float, Linear]] = []
    for c in sorted(cs):
        start = found[-1][1] if found else None
        found.append((c, fit(rows, labels, width=width, c=c, start=start, steps=STEPS_OF_A_CHOICE)))
    return found


def _parted(
    flat: NDArray[np.float64], inputs: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return flat[: inputs * width].reshape(inputs, width), flat[inputs * width :]


__all__ = ["fit", "path"]
