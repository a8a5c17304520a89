"""Words of a picture with their places, for those who must cover some. Only confined processes import it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sunmao.guards.images.faces import Rectangle
from sunmao.guards.images.protecting import Word
from sunmao.knowledge.text.parsing.recognition.order import Box
from sunmao.knowledge.text.parsing.recognition.reader import LONGEST_SIDE, Recogniser


@cache
def _recogniser() -> Recogniser:
    return Recogniser()


def words(picture: Any) -> list[Word]:
    scale = max(1.0, max(picture.shape[:2]) / LONGEST_SIDE)
    return [(box.text, _place(box, scale)) for box in _recogniser().boxes(picture)]


def _place(box: Box, scale: float) -> Rectangle:
    sides = (box.left, box.top, box.right - box.left, box.bottom - box.top)
    left, top, width, height = (round(side * scale) for side in sides)
    return left, top, width, height


__all__ = ["words"]
