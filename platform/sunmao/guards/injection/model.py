"""A small model of how injections read: a weight for each piece of text, learnt by `manage.py train_guard`.

It knows what rules cannot list, such as the thousand ways to ask for a part without scruples. One for each
language; MODEL_CARD.md says what it learnt from and what it is worth. Reading it takes the standard library.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

WEIGHTS = Path(__file__).parent / "weights.json"
Language = Literal["zh", "en"]
WINDOW: Mapping[Language, int] = {"zh": 160, "en": 400}
LEAST, STEEP = 0.3, 2.0
# Rules read short texts better, and in documents the model took manuals for attacks: there it is not asked.
SHORTEST: Mapping[Language, int] = {"zh": 50, "en": 150}
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[\u4e00-\u9fff]|[<>\[\]{}#=|*]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Weights:
    """`shift` moves the score so that 0.5 is where false alarms on benign text reach the aim."""

    pieces: Mapping[str, float]
    bias: float
    shift: float


def language_of(text: str) -> Language:
    return "zh" if len(_HAN.findall(text)) * 4 > len(text) else "en"


def pieces(text: str) -> set[str]:
    """Words and pairs of words of folded text; a Chinese character counts as a word, and threes count too."""
    words = _WORD.findall(text)
    found = set(words)
    found.update(map("\x20".join, zip(words, words[1:], strict=False)))
    found.update(
        "\x20".join(three) for three in zip(words, words[1:], words[2:], strict=False) if three[0] > "\x7f"
    )
    return found


def cut(text: str, language: Language) -> Iterator[tuple[int, int]]:
    """Overlapping windows over the whole text."""
    width = WINDOW[language]
    start = 0
    while True:
        yield start, min(start + width, len(text))
        if start + width >= len(text):
            return
        start += width // 2


def probability(text: str, weights: Weights) -> float:
    found = pieces(text)
    if len(found) < 4:
        return 0.0
    known = sum(weights.pieces.get(piece, 0.0) for piece in found)
    score = weights.bias + known / math.sqrt(len(found))
    return 1 / (1 + math.exp(-STEEP * (score - weights.shift)))


def windows(text: str, *, origin: str) -> Iterator[tuple[int, int, float]]:
    language = language_of(text)
    weights = learnt().get(language)
    if weights is None or origin == "document" or len(text) < SHORTEST[language]:
        return
    for start, end in cut(text, language):
        yield start, end, min(probability(text[start:end], weights), 0.99)


@cache
def learnt() -> Mapping[str, Weights]:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return {language: Weights(**stored["models"][language]) for language in stored["models"]}
