"""Numbers as people write them when a plain one would be noticed: 幺三八洞洞…, ①③⑧…, 1_3_8_…, one three
eight …; and addresses that are spelled: x dot y at z dot com.

Only whole numbers whose shape or check digit says what they are, and only when something odd is in them: what
is written in the ordinary way is the business of the patterns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sunmao.guards.personal import checksums
from sunmao.guards.personal.found import Found
from sunmao.guards.personal.kinds import Kind

_WORDS = dict(
    zip("零〇洞一壹幺二贰两三叁四肆五伍六陆七柒拐八捌九玖勾", "0001112223344556677788999", strict=True)
)
_WORDS |= dict(zip("⓪①②③④⑤⑥⑦⑧⑨", "0123456789", strict=True))
_DIGIT = rf"[\d{''.join(_WORDS)}]"
_RUN = re.compile(
    rf"(?<![0-9A-Za-z]){_DIGIT}(?:[\s._*·—-]{{0,2}}{_DIGIT}){{9,21}}[\s._*·-]{{0,2}}[xX]?(?![0-9A-Za-z])"
)
_ENGLISH = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_WORD = rf"(?:(?:double|triple)[\s-])?(?:{'|'.join(_ENGLISH)})"
_ENGLISH_RUN = re.compile(rf"(?<![a-z])(?=[dotfsenz]){_WORD}(?:[\s,.-]{{1,3}}{_WORD}){{6,21}}(?![a-z])")
_TIMES = {"double": 2, "triple": 3}
_AT = r"(?:\s?[\[({]\s?at\s?[\])}]\s?|\s+at\s+|\s?艾特\s?)"
_DOT = r"(?:\s?[\[({]\s?dot\s?[\])}]\s?|\s+dot\s+|\s?点\s?)"
_TOP = "com|org|net|edu|gov|info|io|co|cn|hk|tw|uk|de|fr|jp|eu|us|me"
_PART = r"[0-9a-z_%+-]{1,40}"
_SPELLED = re.compile(
    rf"(?<![0-9a-z._%+-])(?!(?:us|me|them|him|her|it|out|look|page|website|site|shop|store|online|available|"
    rf"visit|found|located|more|and|or)\s+at\s){_PART}(?:(?:{_DOT}|\.){_PART}){{0,3}}{_AT}"
    rf"{_PART}(?:(?:{_DOT}|\.){_PART}){{0,2}}{_DOT}(?:{_TOP})(?:{_DOT}(?:{_TOP}))?(?![0-9a-z])"
    rf"|(?<![0-9a-z._%+-]){_PART}(?:\.{_PART}){{0,3}}\s?[\[({{]\s?at\s?[\])}}]\s?"
    rf"{_PART}(?:\.{_PART}){{0,3}}\.(?:{_TOP})(?![0-9a-z])"
)
_HINTS = ("dot", "at)", "at]", "at}", "at )", "at ]", "艾特")
_FEWEST = 7
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
_ORDINARY = re.compile(r"[0-9Xx\s.·-]+")


def spoken(plain: str) -> Iterator[Found]:
    """In folded text."""
    for match in _RUN.finditer(plain):
        written = match[0].rstrip(" ._*·-\t\r\n")
        if _ORDINARY.fullmatch(written):
            continue
        kind = _kind_of(_compact(written))
        if kind:
            yield Found(match.start(), match.start() + len(written), kind, 0.9)


def spelled(plain: str) -> Iterator[Found]:
    """In English words, and addresses in either language."""
    small = plain.lower()
    if len(small) != len(plain):  # as of İ: places would not fit
        small = plain
    if sum(map(small.count, _ENGLISH)) >= _FEWEST:
        for match in _ENGLISH_RUN.finditer(small):
            number = _digits(match[0])
            if 10 <= len(number) <= 19 and number not in "01234567890":
                yield Found(match.start(), match.end(), _kind_of(number) or "landline", 0.8)
    if any(hint in small for hint in _HINTS):
        for match in _SPELLED.finditer(small):
            yield Found(match.start(), match.end(), "email", 0.8)


def _digits(written: str) -> str:
    found, times = "", 1
    for word in re.findall(r"[a-z]+", written):
        times = _TIMES.get(word, 0) or times
        if word in _ENGLISH:
            found, times = found + _ENGLISH[word] * times, 1
    return found


def _compact(written: str) -> str:
    signs = []
    for sign in written:
        digit = _WORDS.get(sign) or (str(value) if (value := unicodedata.digit(sign, -1)) >= 0 else "")
        signs.append(digit or ("X" if sign in "xX" else ""))
    return "".join(signs)


def _kind_of(number: str) -> Kind | None:
    if _MOBILE.fullmatch(number):
        return "mobile"
    if len(number) == 18 and checksums.id_card(number):
        return "id_card"
    if 14 <= len(number) <= 19 and checksums.bank_card(number):
        return "bank_card"
    return None
