"""Packing by length: the fallback, and what breaks up spans that are too long.

About 500 Chinese characters with 50 of overlap, cut at sentence borders. An English character carries about
as much as 0.4 Chinese ones (1,200 English against 500 Chinese characters in parallel texts), hence the
factor.
"""

from __future__ import annotations

from collections.abc import Iterator

from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.sentences import Sentence, sentences
from sunmao.knowledge.text.splitting.units import Span

TARGET = 500
OVERLAP = 50
_ENGLISH_FACTOR = 2.4
_SOFT_BREAKS = "，、,;； "


def spans(parsed: Parsed) -> Iterator[Span]:
    for start, end in pieces(
        parsed.text, 0, len(parsed.text), target=scaled(TARGET, parsed.text), overlap=OVERLAP
    ):
        yield Span("paragraph", "", (), start, end)


def scaled(limit: int, text: str) -> int:
    """A limit given in Chinese characters, in characters of this text."""
    return limit if language_of(text) == "zh" else round(limit * _ENGLISH_FACTOR)


def pieces(text: str, start: int, end: int, *, target: int, overlap: int = 0) -> Iterator[tuple[int, int]]:
    """Spans of at most `target` characters that cover every sentence of `text[start:end]`.

    Cuts fall between sentences; each span starts with the last whole sentences of the one before, as far as
    they fit into `overlap` characters. Only a sentence longer than `target` is cut inside, after a comma
    where there is one.
    """
    atoms = [a for s in sentences(text[start:end]) for a in _atoms(s, target)]
    first = 0
    while first < len(atoms):
        last = first
        while last + 1 < len(atoms) and atoms[last + 1][1] - atoms[first][0] <= target:
            last += 1
        yield start + atoms[first][0], start + atoms[last][1]
        if last + 1 == len(atoms):
            return
        first = _step_back(atoms, first, last, overlap)


def _step_back(atoms: list[tuple[int, int]], first: int, last: int, overlap: int) -> int:
    following = last + 1
    while following - 1 > first and atoms[last][1] - atoms[following - 1][0] <= overlap:
        following -= 1
    return following


def _atoms(sentence: Sentence, target: int) -> Iterator[tuple[int, int]]:
    start = sentence.start
    while sentence.end - start > target:
        window = sentence.text[start - sentence.start : start - sentence.start + target]
        cut = max(window.rfind(mark, target // 2) for mark in _SOFT_BREAKS) + 1
        yield start, start + (cut or target)
        start += cut or target
    if start < sentence.end:
        yield start, sentence.end


__all__ = ["OVERLAP", "TARGET", "pieces", "scaled", "spans"]
