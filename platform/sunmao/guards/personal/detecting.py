"""The recognisers together: what a text holds of personal data. Pure and quick; safe in a web process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from sunmao.guards.personal.folding import folded
from sunmao.guards.personal.found import Found, settled
from sunmao.guards.personal.kinds import Kind
from sunmao.guards.personal.pattern import Pattern, bare
from sunmao.guards.personal.patterns import address, contact, labelled, names_en, names_zh, numbers
from sunmao.guards.personal.spoken import spelled, spoken

Language = Literal["zh", "en"]

NUMBERS: tuple[Pattern, ...] = (*numbers.PATTERNS, *contact.PATTERNS, *labelled.PATTERNS)
ADDRESSES: tuple[Pattern, ...] = address.PATTERNS
_HAN = re.compile(r"[一-鿿]")
_CAPITAL = re.compile(r"[A-Z]")
_SIGN = re.compile(r"[0-9@:]")
KNOWN_SCORE = 0.99


def detect(text: str, *, language: Language, known: Sequence[str] = ()) -> tuple[Found, ...]:
    """Everything that is found, without overlaps, in reading order.

    `known` are names and numbers that the record itself gives: they are found wherever they stand in it.
    A text may mix the languages, so the recognisers of both are asked whenever its signs call for them.
    """
    plain = folded(text)
    found = [*structured(plain), *spoken(plain), *spelled(plain), *_known(plain, known)]
    if _HAN.search(plain) or _SIGN.search(plain):
        for pattern in ADDRESSES:
            found += pattern.find(plain)
    if _HAN.search(plain):
        found += names_zh.names(plain, found)
    if _CAPITAL.search(plain):
        found += names_en.names(plain)
    return settled(found)


def structured(plain: str) -> list[Found]:
    """Numbers and e-mail addresses in folded text, overlaps and all."""
    if not _SIGN.search(plain):
        return []
    return [one for pattern in NUMBERS for one in pattern.find(plain)]


def _known(plain: str, known: Sequence[str]) -> Iterator[Found]:
    for value in known:
        value = folded(value).strip()
        if len(value) < 2:
            continue
        if any(sign.isdigit() or sign == "@" for sign in value):
            kind = _kind_of(value)
            for match in _spelled(value).finditer(plain):
                yield Found(match.start(), match.end(), kind, KNOWN_SCORE, True)
        else:
            yield from names_zh.known_name(plain, value, score=KNOWN_SCORE)


@lru_cache(maxsize=1024)
def _spelled(value: str) -> re.Pattern[str]:
    """The value however its groups are separated."""
    signs = r"[\s.·_-]{0,2}".join(re.escape(sign) for sign in bare(value))
    return re.compile(rf"(?<![0-9A-Za-z]){signs}(?![0-9A-Za-z])", re.IGNORECASE)


def _kind_of(value: str) -> Kind:
    found = settled(structured(value))
    return found[0].kind if found and found[0].end - found[0].start >= len(value) - 1 else "identifier"


__all__ = ["ADDRESSES", "NUMBERS", "Language", "detect", "structured"]
