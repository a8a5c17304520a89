"""Texts that share most of their pieces, found without comparing all with all.

MinHash (Broder 1997) over overlapping pieces of characters, with locality-sensitive buckets; what falls into
one bucket is compared exactly. The functions are fixed by a seed, so a base gives the same every time.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

HASHES, BANDS = 64, 16
"""Four values make a bucket: pairs that share 80 % of their pieces meet with 99.98 %, half with 64 %."""
SHINGLE = 5
FULLEST = 60
"""A bucket of more is a phrase that everybody uses, and comparing it would take with its square."""
_SEED = 20_260_101


def shingles(text: str) -> frozenset[str]:
    """Pieces of five characters of the text without white space, punctuation and case."""
    plain = "".join(character for character in text.lower() if character.isalnum())
    if len(plain) <= SHINGLE:
        return frozenset([plain]) if plain else frozenset()
    return frozenset(plain[place : place + SHINGLE] for place in range(len(plain) - SHINGLE + 1))


def jaccard(one: frozenset[Any], other: frozenset[Any]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0


def near_pairs(sets: Mapping[int, frozenset[str]], *, at_least: float) -> Iterator[tuple[float, int, int]]:
    """Pairs of keys whose sets share at least so much of their union, each once, the smaller key first."""
    seen: set[tuple[int, int]] = set()
    for bucket in _buckets(sets):
        for pair in combinations(sorted(bucket), 2):
            if pair in seen:
                continue
            seen.add(pair)
            share = jaccard(sets[pair[0]], sets[pair[1]])
            if share >= at_least:
                yield share, *pair


def _buckets(sets: Mapping[int, frozenset[str]]) -> Iterable[Sequence[int]]:
    found: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
    for key, pieces in sets.items():
        if pieces:
            for band, part in enumerate(_signature(pieces)):
                found[band, part].append(key)
    return (bucket for bucket in found.values() if 1 < len(bucket) <= FULLEST)


def _signature(pieces: frozenset[str]) -> Iterator[bytes]:
    import numpy as np

    values = np.fromiter((zlib.crc32(piece.encode()) for piece in pieces), dtype=np.uint64, count=len(pieces))
    factors, offsets = _functions()
    # Multiply-shift: the product wraps at 2^64, and its upper half is what is well mixed.
    lowest = ((values[:, None] * factors + offsets) >> np.uint64(32)).min(axis=0)
    for part in lowest.reshape(BANDS, -1):
        yield part.tobytes()


@cache
def _functions() -> tuple[Any, Any]:
    import numpy as np

    random = np.random.default_rng(_SEED)
    return (
        random.integers(0, 1 << 63, HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1),
        random.integers(0, 1 << 63, HASHES, dtype=np.uint64),
    )


__all__ = ["jaccard", "near_pairs", "shingles"]
