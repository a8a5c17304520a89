"""What a head is when it works: numbers, and what they say of a text. Pure numpy; kept without pickle."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sunmao.modelhub.heads.ngrams import Floats, Ints, Vocabulary, counted

FORMAT = 1
MOST_NEIGHBOURS = 20_000
BATCH = 256


class Malformed(ValueError):
    """The file holds no head that this code can read."""


@dataclass(frozen=True)
class Linear:
    """Weights (features × labels) and a bias of each label."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True)
class Rows:
    """Sparse rows: places and weights of each, one after another; `ends` says where each stops."""

    places: Ints
    weights: Floats
    ends: Ints

    @classmethod
    def of(cls, rows: Sequence[tuple[Ints, Floats]]) -> Rows:
        ends = np.cumsum([len(places) for places, _ in rows]) if rows else np.zeros(0)
        empty: tuple[Any, Any] = (np.zeros(0, np.int64), np.zeros(0, np.float32))
        places, weights = zip(empty, *rows, strict=True)
        return cls(np.concatenate(places), np.concatenate(weights), ends.astype(np.int64))

    def nearest(self, places: Ints, weights: Floats, width: int) -> float:
        """The best cosine of any row with one text."""
        if not len(places) or not len(self.ends):
            return 0.0
        asked = np.zeros(width, dtype=np.float32)
        asked[places] = weights
        sums = np.concatenate(([0.0], np.cumsum(self.weights * asked[self.places])))
        return float(np.diff(sums[np.concatenate(([0], self.ends))]).max())


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """`label` is the best one also where `in_scope` is false: a person may want to see it."""

    label: str
    probability: float
    in_scope: bool
    score: float


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """`encoder` names whose vectors `linear` reads; without one it reads n-grams of `vocabulary`.

    `near` is what the texts of the training looked like: a text far from all of them is out of scope.
    `lora` changes the encoder's weights, layer by layer, before it is asked.
    """

    labels: tuple[str, ...]
    method: str
    linear: Linear
    threshold: float
    encoder: str = ""
    encoder_identity: str = ""
    vocabulary: Vocabulary | None = None
    near: NDArray[np.float16] | Rows | None = None
    lora: Mapping[str, Floats] = field(default_factory=dict)

    def of_texts(self, texts: Sequence[str]) -> list[Prediction]:
        """By n-grams."""
        if self.vocabulary is None:
            raise ValueError("this head reads vectors of an encoder")
        placed = [self.vocabulary.placed(counted(text)) for text in texts]
        logits = [weights @ self.linear.weights[places] + self.linear.bias for places, weights in placed]
        width = len(self.vocabulary.columns)
        near = [
            self.near.nearest(places, weights, width) if isinstance(self.near, Rows) else 0.0
            for places, weights in placed
        ]
        return self._told(np.array(logits).reshape(len(texts), len(self.labels)), np.array(near))

    def of_vectors(self, vectors: Floats) -> list[Prediction]:
        """By unit vectors of the head's encoder."""
        logits = vectors @ self.linear.weights + self.linear.bias
        if isinstance(self.near, np.ndarray):
            near = nearest(vectors, self.near)
        else:
            near = np.zeros(len(vectors))
        return self._told(logits, near)

    def _told(self, logits: NDArray[Any], near: NDArray[Any]) -> list[Prediction]:
        chances = softmax(logits)
        scores = scope(chances, near)
        best = chances.argmax(axis=1) if len(chances) else []
        return [
            Prediction(
                label=self.labels[place],
                probability=round(float(chances[row, place]), 6),
                in_scope=bool(scores[row] >= self.threshold),
                score=round(float(scores[row]), 6),
            )
            for row, place in enumerate(best)
        ]


def softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def scope(chances: NDArray[Any], near: NDArray[Any]) -> NDArray[np.float64]:
    """How sure it is that a text belongs to any label: the mean of the best chance and the nearest example's
    likeness told the two apart best of four measures."""
    return np.asarray((chances.max(axis=1, initial=0.0) + near) / 2)


def nearest(vectors: NDArray[Any], known: NDArray[Any]) -> NDArray[np.float64]:
    """The best cosine of each vector with any known one."""
    wide, found = known.astype(np.float32), np.zeros(len(vectors))
    for start in range(0, len(vectors), BATCH):
        found[start : start + BATCH] = (vectors[start : start + BATCH] @ wide.T).max(axis=1, initial=0.0)
    return found


def to_bytes(head: Classifier) -> bytes:
    told = {
        "format": FORMAT,
        "labels": head.labels,
        "method": head.method,
        "threshold": head.threshold,
        "encoder": head.encoder,
        "encoder_identity": head.encoder_identity,
    }
    arrays: dict[str, Any] = {
        "told": np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8),
        "weights": head.linear.weights,
        "bias": head.linear.bias,
        **{f"lora/{name}": value for name, value in head.lora.items()},
    }
    if head.vocabulary is not None:
        arrays |= {"columns": head.vocabulary.columns, "idf": head.vocabulary.idf}
    if isinstance(head.near, Rows):
        arrays |= {f"near_{name}": value for name, value in vars(head.near).items()}
    elif head.near is not None:
        arrays["near"] = head.near
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def from_bytes(data: bytes) -> Classifier:
    """Raises `Malformed`."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            arrays = dict(found)
        return _read(arrays)
    except (ValueError, KeyError, IndexError, OSError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise Malformed(str(error)) from error


def _read(arrays: Mapping[str, Any]) -> Classifier:
    told = json.loads(arrays["told"].tobytes())
    if told["format"] != FORMAT:
        raise Malformed(f"format {told['format']}")
    linear = Linear(arrays["weights"], arrays["bias"])
    if linear.weights.shape[1] != len(told["labels"]) or not np.isfinite(linear.weights).all():
        raise Malformed("the weights do not fit the labels, or are not finite")
    columns = arrays.get("columns")
    near: Any = arrays.get("near")
    if "near_ends" in arrays:
        near = Rows(arrays["near_places"], arrays["near_weights"], arrays["near_ends"])
    return Classifier(
        labels=tuple(told["labels"]),
        method=told["method"],
        linear=linear,
        threshold=float(told["threshold"]),
        encoder=told["encoder"],
        encoder_identity=told["encoder_identity"],
        vocabulary=None if columns is None else Vocabulary(columns, arrays["idf"]),
        near=near,
        lora={name.removeprefix("lora/"): one for name, one in arrays.items() if name.startswith("lora/")},
    )


__all__ = [
    "Classifier",
    "Linear",
    "Malformed",
    "Prediction",
    "Rows",
    "from_bytes",
    "nearest",
    "scope",
    "softmax",
    "to_bytes",
]
