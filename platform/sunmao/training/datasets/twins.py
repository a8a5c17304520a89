"""Texts that are nearly the same: MinHash (Broder, 1997) with banding, then the true Jaccard of each pair.

Signatures only propose pairs; what is called a twin has been compared shingle by shingle, so that the
threshold is exact. 25 bands of 5: a pair at 0.8 is proposed with probability 0.99995.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sunmao.training.datasets.content import plain

BANDS, ROWS = 25, 5
NEAR = 0.8
MOST_IN_BUCKET = 200
"""A bucket that holds more is compared with its first ones only: thousands of the same form letter."""
_HAN = ("一", "鿿")
Hashes = NDArray[np.uint64]


def shingles(text: str) -> Hashes:
    """Hashes of runs of signs: three where the text is Chinese, five where it is not."""
    signs = plain(text)
    width = 3 if any(_HAN[0] <= sign <= _HAN[1] for sign in signs) else 5
    runs = {signs[at : at + width] for at in range(max(len(signs) - width + 1, 1))}
    return np.unique(
        np.fromiter((zlib.crc32(run.encode()) for run in runs), dtype=np.uint64, count=len(runs))
    )


def likeness(one: Hashes, other: Hashes) -> float:
    common = np.intersect1d(one, other, assume_unique=True).size
    return float(common / (one.size + other.size - common)) if common else 0.0


def signature(hashes: Hashes) -> NDArray[np.uint32]:
    """Multiply-shift hashing (Dietzfelbinger, 1997): the upper half of an odd multiple."""
    mixed = (hashes[None, :] * _FACTORS[:, None] + _ADDENDS[:, None]) >> np.uint64(32)
    least: NDArray[np.uint32] = mixed.min(axis=1).astype(np.uint32)
    return least


_random = np.random.default_rng(1997)
_FACTORS = _random.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_ADDENDS = _random.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)


class Near:
    """An index of texts by place: `add` gives the places of those that the new one is nearly the same as."""

    def __init__(self, least: float = NEAR) -> None:
        self.least = least
        self._sets: dict[int, Hashes] = {}
        self._buckets: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)

    def add(self, place: int, text: str) -> list[int]:
        hashes = shingles(text)
        keys = self._keys(hashes)
        found = self._found(hashes, keys)
        self._sets[place] = hashes
        for key in keys:
            if len(self._buckets[key]) < MOST_IN_BUCKET:
                self._buckets[key].append(place)
        return found

    def like(self, text: str) -> list[int]:
        hashes = shingles(text)
        return self._found(hashes, self._keys(hashes))

    def _keys(self, hashes: Hashes) -> list[tuple[int, bytes]]:
        rows = signature(hashes).reshape(BANDS, ROWS)
        return [(band, row.tobytes()) for band, row in enumerate(rows)]

    def _found(self, hashes: Hashes, keys: Sequence[tuple[int, bytes]]) -> list[int]:
        proposed = sorted({place for key in keys for place in self._buckets.get(key, ())})
        return [place for place in proposed if likeness(hashes, self._sets[place]) >= self.least]


def near_twins(texts: Sequence[str], least: float = NEAR) -> Iterator[tuple[int, int]]:
    """(later, earliest): each text that is nearly one before it."""
    index = Near(least)
    for place, text in enumerate(texts):
        if found := index.add(place, text):
            yield place, found[0]


__all__ = ["NEAR", "Near", "likeness", "near_twins", "shingles"]
