"""What a text hides: encoded parts decoded, markup that nobody sees made visible.

Everything is bounded: by depth, by the number of parts, and by the characters that come out.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

DEPTH, PARTS, CHARACTERS = 3, 64, 200_000
SHORTEST = 6


@dataclass(frozen=True)
class Revealed:
    """A hidden text, how it was hidden, and where it stands in the original.

    `origin`, for another reading of the whole text, says where each of its characters stands.
    """

    text: str
    carrier: str
    start: int
    end: int
    origin: tuple[int, ...] | None = None


_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{4}(?:[A-Za-z0-9+/_-]|\r?\n(?=[A-Za-z0-9+/])){12,}={0,2}"
)
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[\s:,]?){8,}(?![0-9A-Fa-f])")
_BINARY = re.compile(r"(?<![01])(?:[01]{8}[\s,]?){6,}(?![01])")
_PERCENT = re.compile(r"(?:[^\s<>\"'，。；%]{0,100}%[0-9A-Fa-f]{2}){3,}[^\s<>\"'，。；]{0,100}")
_ENTITIES = re.compile(r"(?:[^\n<>]{0,60}&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z]{2,8});){3,}[^\n<>]{0,60}")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}){3,}")
_MORSE = re.compile(r"(?<![.\-])(?:[.\-]{1,5}(?:[ \t]+|\s*/\s*)){5,}[.\-]{1,5}(?![.\-])")
_TAGS = re.compile(r"[\U000e0020-\U000e007e]{4,}")
_COMMENT = re.compile(r"<!\s*--(.*?)(?:--\s*>|\Z)", re.DOTALL)
_HIDDEN_STYLE = (
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em|%)?\s*[;\"']|opacity\s*:\s*0?(?:\.0\d*)?\s*[;\"']"
    r"|color\s*:\s*(?:#f{3}(?:f{3})?\b|white|transparent|rgba?\(\s*255\s*,\s*255\s*,\s*255)|text-indent\s*:\s*-\d{3,}"
    r"|(?:left|top)\s*:\s*-\d{3,}px|height\s*:\s*0|color\s*=\s*[\"']?(?:white|#f{3}(?:f{3})?)\b|\shidden\b|aria-hidden"
)
_HIDDEN = re.compile(
    rf"<(\w+)[^>]{{0,200}}?(?:{_HIDDEN_STYLE})[^>]{{0,200}}>(.*?)(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_ATTRIBUTES = re.compile(
    r"\b(?:alt|title|aria-label|content|placeholder|data-[\w-]+)\s*=\s*(\"[^\"]{12,}\"|'[^']{12,}')"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_MORSE_SIGNS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- "  # a to m
    "-. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
)
_MORSE_CODE = dict(zip(_MORSE_SIGNS.split(), "abcdefghijklmnopqrstuvwxyz", strict=True))
# A cipher is noticed by these words in its disguise; then the whole text is turned back.
_WORDS = (
    "ignore",
    "instruction",
    "instructions",
    "previous",
    "system",
    "prompt",
    "password",
    "reveal",
    "above",
)
_SHIFTED = {
    "".join(chr((ord(c) - 97 + shift) % 26 + 97) for c in word): shift
    for word in _WORDS
    for shift in range(1, 26)
}
_BACKWARDS = {word[::-1] for word in _WORDS}
_BACKWARDS_HAN = re.compile("令指|词示提|略忽|示提统系|则规|视无|制限何任|定设的你")
_RIGHT_TO_LEFT = re.compile("[\u202e\u202d][^\u202c]*")
_LETTERS = re.compile(r"[a-z]{4,}")


def reveal(text: str, *, depth: int = DEPTH) -> list[Revealed]:
    """All hidden texts, those inside hidden ones too; their place is that of the outermost."""
    found: list[Revealed] = []
    budget = CHARACTERS
    for part in _once(text):
        if len(found) >= PARTS or budget <= 0:
            break
        if part.origin is None:
            part = Revealed(part.text[:budget], part.carrier, part.start, part.end)
            budget -= len(part.text)
        found.append(part)
        if depth > 1 and part.origin is None:
            inner = reveal(part.text, depth=depth - 1)
            found += [Revealed(one.text, part.carrier, part.start, part.end) for one in inner]
    return found[:PARTS]


def _once(text: str) -> Iterator[Revealed]:
    if "<" in text:
        yield from _hidden_markup(text)
    for carrier, sign, pattern, decode in _CODES:
        for match in pattern.finditer(text) if sign in text else ():
            decoded = decode(match[0])
            if decoded and len(decoded) >= SHORTEST and decoded.strip() != match[0].strip():
                yield Revealed(decoded, carrier, *match.span())
    yield from _turned(text)


def _hidden_markup(text: str) -> Iterator[Revealed]:
    for match in _COMMENT.finditer(text):
        yield Revealed(match[1], "comment", *match.span())
    for match in _HIDDEN.finditer(text):
        yield Revealed(_TAG.sub("", match[2]), "hidden", *match.span())
    for match in _ATTRIBUTES.finditer(text):
        yield Revealed(match[1][1:-1], "attribute", *match.span())
    if _TAG.search(text):
        kept = _outside_tags(text)
        yield Revealed("".join(text[place] for place in kept), "markup", 0, len(text), kept)


def _outside_tags(text: str) -> tuple[int, ...]:
    kept: list[int] = []
    last = 0
    for tag in _TAG.finditer(text):
        kept += range(last, tag.start())
        last = tag.end()
    return (*kept, *range(last, len(text)))


def _turned(text: str) -> Iterator[Revealed]:
    words = set(_LETTERS.findall(text.lower()))
    for shift in {_SHIFTED[word] for word in words & _SHIFTED.keys()}:
        yield Revealed(text.translate(_alphabet(-shift)), "cipher", 0, len(text), tuple(range(len(text))))
    if words & _BACKWARDS or _BACKWARDS_HAN.search(text):
        yield Revealed(text[::-1], "reversed", 0, len(text), tuple(reversed(range(len(text)))))
    for match in _RIGHT_TO_LEFT.finditer(text):
        yield Revealed(match[0][:0:-1], "reversed", *match.span())


def _alphabet(shift: int) -> dict[int, str]:
    return {
        ord(first) + place: chr(ord(first) + (place + shift) % 26) for first in "aA" for place in range(26)
    }


def _readable(data: bytes) -> str:
    """The bytes as text when they are one, else nothing."""
    for encoding in ("utf-8", "gb18030") if len(data) >= 8 else ("utf-8",):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        shown = sum(
            character.isalnum() or character.isspace() or character in _PUNCTUATION for character in text
        )
        common = sum(
            character.isascii() or "\u4e00" <= character <= "\u9fff" or character in _PUNCTUATION
            for character in text
        )
        return text if text and min(shown, common) / len(text) > 0.9 else ""
    return ""


_PUNCTUATION = set(".,;:!?'\"()[]{}<>/-_=&#@%*+|，。；：！？“”‘’（）《》、…—")


def _from_base64(text: str) -> str:
    clean = re.sub(r"\s", "", text).rstrip("=").translate(str.maketrans("-_", "+/"))
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    try:
        return _readable(base64.b64decode(clean + "=" * (-len(clean) % 4), validate=True))
    except (binascii.Error, ValueError):
        return ""


def _from_hex(text: str) -> str:
    digits = re.sub(r"0x|\\x|[\s:,]", "", text)
    return _readable(bytes.fromhex(digits)) if len(digits) % 2 == 0 else ""


def _from_binary(text: str) -> str:
    bits = re.sub(r"[\s,]", "", text)
    return _readable(bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits) - 7, 8)))


def _from_morse(text: str) -> str:
    words = re.split(r"\s*/\s*", text.strip())
    return " ".join("".join(_MORSE_CODE.get(sign, "") for sign in word.split()) for word in words)


def _from_tags(text: str) -> str:
    return "".join(chr(ord(character) - 0xE0000) for character in text)


# Carrier, what a text must contain to be looked through at all, how it looks, how it is read.
_CODES: tuple[tuple[str, str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("base64", "", _BASE64, _from_base64),
    ("hex", "", _HEX, _from_hex),
    ("binary", "0", _BINARY, _from_binary),
    ("url", "%", _PERCENT, lambda text: _readable(unquote_to_bytes(text))),
    ("entity", "&", _ENTITIES, html.unescape),
    ("escape", "\\", _ESCAPES, lambda text: codecs.decode(text, "unicode_escape")),
    ("morse", "-", _MORSE, _from_morse),
    ("tags", "", _TAGS, _from_tags),
)
