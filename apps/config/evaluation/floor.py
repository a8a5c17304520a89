"""The floor that everything is compared with: BM25 over character pairs and words, in memory.

k1 1.2, b 0.75, the true average length (Robertson and Zaragoza 2009). Not used by the product.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from math import log

_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")


def words(text: str) -> list[str]:
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if "\u3400" <= run[0] <= "\u9fff":
            found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        else:
            found.append(run)
    return found


class Floor:
    def __init__(self, ids: Sequence[str], texts: Sequence[str], *, k1: float = 1.2, b: float = 0.75) -> None:
        counted = [Counter(words(text)) for text in texts]
        lengths = [sum(count.values()) for count in counted]
        average = sum(lengths) / max(len(lengths), 1) or 1.0
        self._ids = ids
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (count, length) in enumerate(zip(counted, lengths, strict=True)):
            for word, often in count.items():
                weight = often * (k1 + 1) / (often + k1 * (1 - b + b * length / average))
                self._postings[word].append((place, weight))

    def find(self, question: str, *, limit: int) -> list[str]:
        return [key for key, _ in self.scored(question, limit=limit)]

    def scored(
        self, question: str, *, limit: int, without: Collection[str] = frozenset()
    ) -> list[tuple[str, float]]:
        """Best first, with their scores, as if the passages `without` were not there to be found."""
        scores: dict[int, float] = defaultdict(float)
        total = len(self._ids)
        for word in words(question):
            postings = self._postings.get(word, ())
            idf = log(1 + (total - len(postings) + 0.5) / (len(postings) + 0.5))
            for place, weight in postings:
                scores[place] += idf * weight
        order = sorted(scores, key=lambda place: (-scores[place], place))
        kept = [place for place in order[: limit + len(without)] if self._ids[place] not in without]
        return [(self._ids[place], scores[place]) for place in kept[:limit]]
