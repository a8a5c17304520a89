"""Which of the two working languages a text is in."""

from __future__ import annotations

import re
from typing import Literal

from sunmao.knowledge.text.scripts import CHINESE

Language = Literal["zh", "en"]

_CHINESE = re.compile(f"[{CHINESE}]+")

_CHINESE_FROM = 0.15
"""Least share of Chinese characters among letters. A Chinese sentence keeps far more even when half of it
is product names, because a Latin word takes about five letters where a Chinese one takes two; an English
text that quotes a term stays far below."""


def language_of(text: str) -> Language:
    """`zh` when Chinese characters are at least 15 % of the letters, otherwise `en` (also for text without
    letters)."""
    letters = sum(map(str.isalpha, text))
    # The ideographic zero is a number and no letter.
    chinese = sum(map(len, _CHINESE.findall(text))) - text.count("\u3007")
    return "zh" if letters and chinese / letters >= _CHINESE_FROM else "en"


__all__ = ["Language", "language_of"]
