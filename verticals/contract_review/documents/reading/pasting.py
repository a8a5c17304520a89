"""Pasted text, made fit to be kept and to be written into a file."""

from __future__ import annotations

import re

_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_NO_CHARACTER = re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NO_WIDTH = re.compile("[\u200b\u2060\ufeff\u00ad]")


def cleaned(text: str) -> str:
    """One kind of line end, no character that XML cannot hold, none without a width."""
    return storable(_NO_WIDTH.sub("", _LINE_END.sub("\n", text))).strip("\n")


def storable(text: str) -> str:
    """One for one, so that offsets stay."""
    return _NO_CHARACTER.sub("\ufffd", text)


__all__ = ["cleaned", "storable"]
