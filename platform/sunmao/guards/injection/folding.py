"""A text as a machine would understand it, whatever it looks like: one alphabet, nothing invisible."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Cyrillic and Greek letters that look like Latin ones. They are folded only in a text that mixes alphabets
# inside a word, so that Russian stays Russian.
LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтАЕОРСУХІЈЅНВКМТԚԜαορνικχυτΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡıℓ",
    "aeopcyxijshdqwbkmhtAEOPCYXIJSHBKMTQWaopvikxutABEZHIKMNOPTYXgil",
)
_MIXED = re.compile(
    r"[a-z](?=[\u0370-\u03ff\u0400-\u04ff])|[\u0370-\u03ff\u0400-\u04ff](?=[a-z])", re.IGNORECASE
)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
# What people put between characters so that a word is no longer one.
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}，。、“”：])[ \t\u3000·•．._\-*|/~^]{{1,4}}(?=[{_HAN}，。、“”：])")
_SPACED_LETTERS = re.compile(r"(?<![A-Za-z])(?:[A-Za-z][ \-._*·]){4,}[A-Za-z](?![A-Za-z])")
_LEET = str.maketrans("01345@7$", "oieasats")
_LEET_WORD = re.compile(r"\b(?=\w*[a-z])(?=\w*[0134578@$])[a-z0134578@$]{4,}\b")
_LEET_TARGETS = {
    "ignore", "disregard", "forget", "instruction", "instructions", "previous", "system", "prompt", "reveal",
    "rules", "password", "above", "secret", "override",
}  # fmt: skip
_CONTROLS = {code: " " for code in range(32) if chr(code) not in "\n\t"}
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Mn"}


@dataclass(frozen=True)
class Folded:
    """`origin[i]` is where the character `text[i]` stands in the original."""

    text: str
    origin: tuple[int, ...] | None
    invisible: int = 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of the folded text in the original."""
        if self.origin is None:
            return start, end
        last = min(max(end - 1, start), len(self.origin) - 1)
        first, final = self.origin[min(start, last)], self.origin[last]
        return min(first, final), max(first, final) + 1


def fold(text: str) -> Folded:
    """NFKC, lower case, without invisible characters and look-alikes, with the way back."""
    if text.isascii() and "\x7f" not in text:
        return Folded(text.translate(_CONTROLS).lower(), None)
    kept: list[str] = []
    origin: list[int] = []
    invisible = 0
    for place, character in enumerate(text):
        pieces, is_invisible = _pieces(character)
        kept += pieces
        origin += [place] * len(pieces)
        invisible += is_invisible
    folded = "".join(kept)
    if _MIXED.search(folded):
        folded = folded.translate(LOOKALIKES)
    return Folded(folded, tuple(origin), invisible)


@lru_cache(maxsize=16_384)
def _pieces(character: str) -> tuple[str, bool]:
    """What a character is folded to, and whether it was one that nobody sees."""
    if character < "\x7f":
        return character.translate(_CONTROLS).lower(), False
    shown = [
        one for one in unicodedata.normalize("NFKC", character) if unicodedata.category(one) not in _INVISIBLE
    ]
    pieces = "".join(one.lower() if len(one.lower()) == 1 else one for one in shown)
    return pieces, unicodedata.category(character) in ("Cf", "Co", "Cs")


def squeezed(folded: Folded) -> Folded | None:
    """Without what was put between characters; None when nothing was."""
    text = folded.text
    dropped = {place for match in _BETWEEN_HAN.finditer(text) for place in range(*match.span())}
    for match in _SPACED_LETTERS.finditer(text):
        dropped.update(range(match.start() + 1, match.end(), 2))
    plain = _without_digits(text)
    if not dropped and plain == text:
        return None
    kept = [place for place in range(len(text)) if place not in dropped]
    origin = tuple(folded.span(place, place + 1)[0] for place in kept)
    return Folded("".join(plain[place] for place in kept), origin, folded.invisible)


def _without_digits(text: str) -> str:
    """`1gn0re` as `ignore`, in a text where that makes such a word: most codes are just codes."""
    if not any(word[0].translate(_LEET) in _LEET_TARGETS for word in _LEET_WORD.finditer(text)):
        return text
    return _LEET_WORD.sub(lambda word: word[0].translate(_LEET), text)
