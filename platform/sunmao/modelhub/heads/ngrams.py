"""Texts as hashed n-grams of characters and words, in numpy alone. Pure.

Chinese is taken by characters (one to four in a row), other writing by word and by the characters inside a
word with its edges. A feature's column is the CRC-32 of its text: the same in every process for good.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log1p
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

COLUMNS = 2**20
CHINESE = "\u3007\u3400-\u9fff\uf900-\ufaff"
LONGEST_CHINESE, LONGEST_LATIN = 4, 5
_PIECES = re.compile(rf"[{CHINESE}]+|[^\W_{CHINESE}]+(?:'[^\W_{CHINESE}]+)?")
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def features(text: str) -> Iterator[str]:
    """What a text is made of, with repetitions."""
    words: list[str] = []
    for piece in _PIECES.findall(unicodedata.normalize("NFKC", text).lower()):
        if "\u3007" <= piece[0] <= "\ufaff":
            yield from _inside(piece, 1, LONGEST_CHINESE)
            words.append("")
        else:
            yield f"w:{piece}"
            yield from _inside(f" {piece} ", 2, LONGEST_LATIN)
            words.append(piece)
    yield from (f"p:{one} {other}" for one, other in zip(words, words[1:], strict=False) if one and other)


def _inside(piece: str, shortest: int, longest: int) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        yield from (piece[place : place + size] for place in range(len(piece) - size + 1))


def counted(text: str) -> dict[int, float]:
    """Column → 1 + log of how often, as retrieval counts words: twice said is not twice meant."""
    found = Counter(crc32(one.encode()) % COLUMNS for one in features(text))
    return {column: 1.0 + log1p(count - 1) for column, count in found.items()}


@dataclass(frozen=True)
class Vocabulary:
    """The columns that learning has seen, in order, and how rare each is."""

    columns: Ints
    idf: Floats

    @classmethod
    def of(cls, rows: Sequence[Mapping[int, float]]) -> Vocabulary:
        seen = Counter(column for row in rows for column in row)
        columns = np.array(sorted(seen), dtype=np.int64)
        often = np.array([seen[int(column)] for column in columns], dtype=np.float64)
        idf = np.log((1 + len(rows)) / (1 + often)) + 1
        return cls(columns, idf.astype(np.float32))

    def placed(self, row: Mapping[int, float]) -> tuple[Ints, Floats]:
        """Places and weights of a text's known features, as a unit vector; empty when none is known."""
        wanted = np.array(sorted(row), dtype=np.int64)
        if not len(wanted) or not len(self.columns):
            return wanted[:0], np.zeros(0, dtype=np.float32)
        places = np.minimum(np.searchsorted(self.columns, wanted), len(self.columns) - 1)
        known = self.columns[places] == wanted
        places, wanted = places[known], wanted[known]
        weights = np.array([row[int(column)] for column in wanted], dtype=np.float32) * self.idf[places]
        length = float(np.linalg.norm(weights))
        return places, weights / length if length else weights


__all__ = ["COLUMNS", "Floats", "Ints", "Vocabulary", "counted", "features"]
