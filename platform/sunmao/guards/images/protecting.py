"""One picture: what it shows of people is blurred, or the picture is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sunmao.core.errors import UnreadableFile
from sunmao.guards.images.faces import Rectangle, finder
from sunmao.guards.personal.detecting import detect
from sunmao.guards.personal.kinds import STRUCTURED
from sunmao.guards.personal.policy import ImageMode

MOST_PIXELS = 50_000_000
_BLOCKS, _MARGIN = 6, 0.15
# Words of a picture with their places, as text recognition gives them.
Word = tuple[str, Rectangle]
Words = Callable[[Any], Iterable[Word]]


@dataclass(frozen=True)
class ProtectedImage:
    """`data` is empty when the picture is refused. `partial`: nobody could look for faces, or for words."""

    data: bytes
    found: dict[str, int] = field(default_factory=dict)
    refused: bool = False
    partial: bool = False


def protect_image(data: bytes, mode: ImageMode, *, words: Words | None = None) -> ProtectedImage:
    """Decodes what came from outside: call it in a confined process (`sunmao.guards.images.confined`)."""
    if mode == "off":
        return ProtectedImage(data)
    image, ending = _decoded(data)
    find = finder()
    faces = find(image) if find else []
    identifiers = list(_identifiers(words(image))) if words else []
    found = dict(Counter(["face"] * len(faces) + [kind for kind, _place in identifiers]))
    partial = find is None or words is None
    # Refusing is a promise: where nobody can look, everything is refused.
    if mode == "refuse" and (found or find is None):
        return ProtectedImage(b"", found, refused=True, partial=partial)
    if not found:
        return ProtectedImage(data, partial=partial)
    for place in faces:
        _pixelate(image, _wider(place))
    for _kind, place in identifiers:
        _cover(image, place)
    return ProtectedImage(_encoded(image, ending), found, partial=partial)


def _decoded(data: bytes) -> tuple[Any, str]:
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None or image.shape[0] * image.shape[1] > MOST_PIXELS:
        raise UnreadableFile(code="corrupt_file")
    return image, ".jpg" if data.startswith(b"\xff\xd8\xff") else ".png"


def _encoded(image: Any, ending: str) -> bytes:
    """Written anew: what a camera noted beside the picture, its place among it, is not kept."""
    import cv2

    done, buffer = cv2.imencode(ending, image)
    if not done:
        raise UnreadableFile(code="corrupt_file")
    return bytes(buffer)


def _identifiers(words: Iterable[Word]) -> Iterable[tuple[str, Rectangle]]:
    for text, (left, top, width, height) in words:
        total = sum(_width(sign) for sign in text) or 1
        for one in detect(text, language="zh"):
            if one.kind in STRUCTURED:
                before = sum(_width(sign) for sign in text[: one.start]) / total
                share = sum(_width(sign) for sign in text[one.start : one.end]) / total
                start = left + int(width * before) - height // 3
                yield one.kind, (start, top - height // 6, int(width * share) + height, height + height // 3)


def _width(sign: str) -> int:
    return 2 if "⺀" <= sign <= "￠" else 1


def _wider(place: Rectangle) -> Rectangle:
    """Hair and chin too."""
    left, top, width, height = place
    more = int(max(width, height) * _MARGIN)
    return left - more, top - more, width + 2 * more, height + 2 * more


def _inside(image: Any, place: Rectangle) -> Any:
    left, top, width, height = place
    return image[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]


def _pixelate(image: Any, place: Rectangle) -> None:
    import cv2

    part = _inside(image, place)
    if part.size:
        few = cv2.resize(part, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(few, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST)


def _cover(image: Any, place: Rectangle) -> None:
    """Blurred digits can be guessed back; one colour cannot."""
    part = _inside(image, place)
    if part.size:
        part[:] = part.reshape(-1, part.shape[2]).mean(axis=0).astype(part.dtype)


__all__ = ["ProtectedImage", "Word", "Words", "protect_image"]
