"""Text → index tokens.

Every Chinese character and every adjacent pair inside a run of Chinese characters, Latin words as English
Snowball stems (Porter 2001), numbers whole. Measured on Chinese law, medicine and finance, characters with
pairs beat a word segmenter and either kind alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

from sunmao.knowledge.text.politeness import NOT_AFTER, NOT_BEFORE, OPENINGS, QUESTION_WORDS
from sunmao.knowledge.text.scripts import CHINESE
from sunmao.knowledge.text.stop_words import STOP_WORDS

_PIECES = re.compile(
    rf"(?P<chinese>[{CHINESE}]+)"
    r"|(?P<number>\d+(?:,\d{3})*(?:\.\d+)?(?![^\W_" + CHINESE + r"]))"
    rf"|(?P<word>[^\W_{CHINESE}]+(?:'[^\W\d_{CHINESE}]+)?)"
)
_STEMMER = snowballstemmer.stemmer("english")


def tokens(text: str) -> list[str]:
    """Tokens in reading order, with repetitions. English function and question words are left out."""
    found: list[str] = []
    for piece in _PIECES.finditer(unicodedata.normalize("NFKC", text).lower().replace("’", "'")):
        said = piece.group()
        if piece.lastgroup == "chinese":
            found += said
            found += [said[i : i + 2] for i in range(len(said) - 1)]
        elif piece.lastgroup == "number":
            found.append(said.replace(",", ""))
        elif said not in STOP_WORDS:
            found.append(stem(said))
    return found


def query_tokens(text: str) -> list[str]:
    """Tokens of a question without politeness and question words; all of them when nothing is left."""
    return tokens(stripped(text)) or tokens(text)


def stripped(question: str) -> str:
    """The question without Chinese politeness and question words, each replaced by a space."""
    return _FILLERS.sub(" ", unicodedata.normalize("NFKC", question))


def is_pair(token: str) -> bool:
    """Whether a token stands for two adjacent Chinese characters."""
    return len(token) == 2 and not token.isascii() and token[0] >= "\u3007"


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    stem: str = _STEMMER.stemWord(word.removesuffix("'s"))
    return stem


def _filler(word: str) -> str:
    behind = f"(?<![{NOT_AFTER[word]}])" if word in NOT_AFTER else ""
    ahead = f"(?![{NOT_BEFORE[word]}])" if word in NOT_BEFORE else ""
    return behind + re.escape(word) + ahead


_FILLERS = re.compile(
    "|".join(_filler(word) for word in sorted({*OPENINGS, *QUESTION_WORDS}, key=lambda w: (-len(w), w)))
)

__all__ = ["is_pair", "query_tokens", "stem", "stripped", "tokens"]
