"""Gradient-boosted trees, read from text and run on numpy arrays.

A tree is a list of splits, each `[feature, threshold, left, right]`; a child that is not negative is another
split, a negative one the leaf `-1 - child`. Values up to the threshold go left, as in LightGBM (Ke and others
2017), whose trees `from_lightgbm` takes over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent


class Forest:
    """All trees run side by side: one step of every row in every tree at a time."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.features: tuple[str, ...] = tuple(told["features"])
        splits, values, roots = [], [], []
        for tree in told["trees"]:
            start, leaves = len(splits), len(values)
            roots.append(start if tree["splits"] else -1 - leaves)
            for feature, threshold, left, right in tree["splits"]:
                splits.append((feature, threshold, _moved(left, start, leaves), _moved(right, start, leaves)))
            values += tree["leaves"]
        self._roots = np.array(roots)
        self._feature = np.array([one[0] for one in splits], dtype=np.intp)
        self._threshold = np.array([one[1] for one in splits])
        self._children = np.array([one[2:] for one in splits], dtype=np.intp)
        self._values = np.array(values)

    def scores(self, rows: Floats) -> Floats:
        """One number for each row."""
        at = np.broadcast_to(self._roots, (len(rows), len(self._roots))).copy()
        row = np.arange(len(rows))[:, None]
        while (inner := at >= 0).any():
            split = np.where(inner, at, 0)
            right = rows[row, self._feature[split]] > self._threshold[split]
            at = np.where(inner, self._children[split, right.astype(np.intp)], at)
        found: Floats = self._values[-1 - at].sum(axis=1)
        return found


def _moved(child: int, start: int, leaves: int) -> int:
    return child + start if child >= 0 else child - leaves


@cache
def shipped(name: str) -> Forest:
    return Forest(json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


def from_lightgbm(model: Any, features: Sequence[str]) -> dict[str, Any]:
    """What `Forest` reads, of a trained booster."""
    dumped = model.dump_model()
    return {
        "features": list(features),
        "trees": [_tree(one["tree_structure"]) for one in dumped["tree_info"]],
    }


def _tree(root: Mapping[str, Any]) -> dict[str, Any]:
    splits: list[list[Any]] = [[] for _ in _inner(root)]
    leaves: list[float] = []

    def place(node: Mapping[str, Any]) -> int:
        if "split_feature" not in node:
            leaves.append(_short(node["leaf_value"]))
            return -len(leaves)
        left, right = place(node["left_child"]), place(node["right_child"])
        at: int = node["split_index"]
        splits[at] = [node["split_feature"], _short(node["threshold"]), left, right]
        return at

    place(root)
    return {"splits": splits, "leaves": leaves}


def _inner(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "split_feature" in node:
        yield node
        yield from _inner(node["left_child"])
        yield from _inner(node["right_child"])


def _short(value: float) -> float:
    return float(f"{value:.6g}")


__all__ = ["Forest", "from_lightgbm", "shipped"]
