"""Functions that read the parameters of checks; each raises `ValueError` for what it cannot take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LONGEST = 4_000


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise ValueError
    return value


def texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        raise ValueError
    return [text(one) for one in value]


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError
        return float(value)

    return read


def whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    return read


def one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError
        return str(value)

    return read


__all__ = ["number", "one_of", "text", "texts", "truth", "whole"]
