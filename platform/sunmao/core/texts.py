"""What a database can hold of a text."""

from __future__ import annotations


def storable(text: str) -> bool:
    """Not NUL, and not halves of surrogate pairs, which JSON can bring and no encoding has bytes for."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def sound(text: str) -> str:
    """Without what a database cannot hold."""
    return text.replace("\x00", "").encode(errors="replace").decode()


__all__ = ["sound", "storable"]
