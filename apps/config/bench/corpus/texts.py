"""Chinese and English text from made-up words: many common ones, and some that only one topic uses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.config.bench.corpus.layout import Layout

COMMON, OF_TOPIC = 3_000, 40
WORDS = {"en": 45, "zh": 24}
TOPICAL = 0.3
_SYLLABLES = [consonant + vowel for consonant in "bcdfghklmnprstvz" for vowel in ("a", "e", "i", "o", "u")]
_FIRST_CHARACTER, _CHARACTERS = 0x4E00, 4_000


class Texts:
    """Word numbers below COMMON are everybody's; the rest are dealt out to the topics."""

    def __init__(self, layout: Layout, seed: int) -> None:
        self._layout, self._seed = layout, seed
        rng = np.random.default_rng([seed, 3])
        count = COMMON + OF_TOPIC * layout.topics
        self._words = {"en": _english(rng, count), "zh": _chinese(rng, count)}
        weights = 1 / np.arange(2, COMMON + 2)  # Zipf
        self._cumulative = np.cumsum(weights / weights.sum())

    def language(self, row: int) -> str:
        return "zh" if row % 2 else "en"

    def texts(self, rows: range) -> list[str]:
        numbers = self.numbers(rows)
        return [self._said(said, self.language(row)) for row, said in zip(rows, numbers, strict=True)]

    def numbers(self, rows: range) -> NDArray[np.int64]:
        """The words of a base's rows."""
        rng = np.random.default_rng([self._seed, 4, rows.start])
        shape = (len(rows), max(WORDS.values()))
        common = np.searchsorted(self._cumulative, rng.random(shape))
        first = COMMON + OF_TOPIC * np.array([[self._layout.topic_of(row)] for row in rows])
        topical = first + rng.integers(OF_TOPIC, size=shape)
        return np.where(rng.random(shape) < TOPICAL, topical, common)

    def question(self, row: int, numbers: NDArray[np.int64], rng: np.random.Generator) -> str:
        """Six words of a row: two common ones and four of its topic."""
        known = np.unique(numbers)
        parts = ((known[known < COMMON], 2), (known[known >= COMMON], 4))
        chosen = [rng.choice(part, size=min(len(part), count), replace=False) for part, count in parts]
        return self._said(np.concatenate(chosen), self.language(row))

    def _said(self, numbers: NDArray[np.int64], language: str) -> str:
        words = [self._words[language][number] for number in numbers[: WORDS[language]]]
        return " ".join(words) if language == "en" else "，".join(_joined(words))


def _joined(words: list[str]) -> list[str]:
    """Chinese runs on; a comma after every eighth word."""
    return ["".join(words[start : start + 8]) for start in range(0, len(words), 8)]


def _english(rng: np.random.Generator, count: int) -> list[str]:
    picks = rng.integers(len(_SYLLABLES), size=(count, 4))
    return ["".join(_SYLLABLES[pick] for pick in row[: 2 + index % 3]) for index, row in enumerate(picks)]


def _chinese(rng: np.random.Generator, count: int) -> list[str]:
    picks = _FIRST_CHARACTER + rng.integers(_CHARACTERS, size=(count, 2))
    return ["".join(chr(character) for character in row) for row in picks]
