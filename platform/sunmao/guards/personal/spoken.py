"""Numbers as people write them when a plain one would be noticed: 幺三八洞洞…, ①③⑧…, 1_3_8_….

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
