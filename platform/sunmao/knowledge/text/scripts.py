"""What counts as a Chinese character."""

from __future__ import annotations

CHINESE = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""The inside of a regular expression class: CJK Unified Ideographs with extensions A to G, compatibility
ideographs and the ideographic zero (Unicode 16, chapter 18)."""


def is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff" or (
        character == "\u3007"
        or "\u3400" <= character <= "\u4dbf"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003134f"
    )


__all__ = ["CHINESE", "is_chinese"]
