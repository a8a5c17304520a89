"""A text as the recognisers read it: one character for one, so that what they find has the same offsets."""

from __future__ import annotations

from sunmao.core.chinese_forms import TO_SIMPLIFIED

_SPACES = "\u00a0\u00ad\u1680\u180e\u200b\u200c\u200d\u2060\u202f\u205f\u3000\ufeff"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"
_DOTS = "•‧∙⋅・･"

_TABLE: dict[int, str] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_TABLE |= dict.fromkeys(range(8192, 8203), " ")
_TABLE |= {ord(one): " " for one in _SPACES}
_TABLE |= {ord(one): "-" for one in _DASHES}
_TABLE |= {ord(one): "·" for one in _DOTS}
# The mathematical digits 𝟎 … 𝟿 in their five styles.
_TABLE |= {0x1D7CE + number: str(number % 10) for number in range(50)}
# Labels, titles and surnames are written down in simplified characters, and people are not.
_TABLE |= {ord(traditional): simplified for traditional, simplified in TO_SIMPLIFIED.items()}


def folded(text: str) -> str:
    """Full-width signs become half-width and traditional characters simplified ones; every space, dash and
    middle dot becomes the ordinary one."""
    return text if text.isascii() else text.translate(_TABLE)


__all__ = ["folded"]
