"""How much a decoded text looks like text: the only help where an encoding accepts every byte."""

from __future__ import annotations

import re

# Printable ASCII, Latin-1 letters, general and Chinese punctuation, Chinese characters, full-width forms.
_PLAUSIBLE = re.compile(r"[\t\n\r -~\xa0-\xff\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff00-\uff60]")


_LEAST_HANGUL, _HANGUL_TO_CHINESE = 12, 9


def plausible_share(text: str) -> float:
    return sum(_PLAUSIBLE.match(c) is not None for c in text) / max(1, len(text))


def level_1_share(data: bytes) -> float:
    """Share of the non-ASCII characters, read as GB18030, that are GB 2312 level 1 characters or symbols."""
    wide = [c for c in data.decode("gb18030", errors="ignore") if ord(c) > 127]
    if not wide:
        return 0.0
    return sum(_is_common(c.encode("gb18030")) for c in wide) / len(wide)


def _is_common(code: bytes) -> bool:
    return len(code) == 2 and code[1] >= 0xA1 and (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)


def is_korean(text: str) -> bool:
    """Hangul nearly alone: in Chinese that is mistaken for it every third character stays Chinese."""
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in text)
    chinese = sum("\u4e00" <= c <= "\u9fff" for c in text)
    return hangul >= _LEAST_HANGUL and hangul >= _HANGUL_TO_CHINESE * chinese


def control_share(text: str) -> float:
    return sum(c < " " and c not in "\t\n\r\f\x1b" for c in text) / max(1, len(text))


__all__ = ["control_share", "is_korean", "level_1_share", "plausible_share"]
