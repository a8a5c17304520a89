"""Chinese family names, and the signs that given names are made of."""

from __future__ import annotations

from sunmao.guards.personal.patterns.lexicon import signs, words

COMMON = signs("families_common")
SINGLE = COMMON | signs("families")
COMPOUND = frozenset(words("families_compound"))
DOUBTFUL = signs("families_doubtful")
GIVEN = signs("given")
WORDS = frozenset(words("pairs"))

__all__ = ["COMMON", "COMPOUND", "DOUBTFUL", "GIVEN", "SINGLE", "WORDS"]
