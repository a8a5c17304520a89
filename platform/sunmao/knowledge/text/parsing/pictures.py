"""Pictures inside a document: which are worth keeping, what they are called and what stands in them.

A picture becomes a block of the text (`![what it is called]`, then its words), so that it is found and cited
like any other; its bytes go along. This runs where the file is read, and nowhere else does Pillow see one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from sunmao.knowledge.text.parsing.parsed import Picture, Remark
from sunmao.knowledge.text.parsing.source import Recogniser, Source
from sunmao.knowledge.text.parsing.writing import Text

MOST, MOST_RECOGNISED = 50, 20
LARGEST, LARGEST_ALL = 4 << 20, 16 << 20
"""Bytes of one picture, and of all of one file."""
SMALLEST_SIDE, SMALLEST_AREA, LONGEST_SHAPE = 48, 12_000, 12
"""Pixels; below them, or longer and thinner, a picture is a logo, a bullet or a rule."""
MAX_PIXELS = 50_000_000
NEEDS = ("PIL.Image", "PIL.ImageOps", "numpy", *(f"PIL.{kind}ImagePlugin" for kind in ("Png", "Jpeg", "Gif")))

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}
_LONGEST_SIDE, _LONGEST_CAPTION = 2000, 300
_MARKS = re.compile(r"[\[\]\s]+")
_ANY_NAME = re.compile(r"(?:picture|image|graphic|图片|图像|图形) ?\d*", re.IGNORECASE)
_FILE_NAME = re.compile(r"[\w\-. ]+\.(?:png|jpe?g|gif|bmp|webp|emf|wmf)", re.IGNORECASE)


@dataclass(frozen=True)
class Shot:
    """A picture that is worth a block."""

    block: str
    data: bytes
    media_type: str


@dataclass
class Gallery:
    """The pictures of one file; each is taken once, however often it is shown."""

    recognise: Recogniser | None
    wordless: bool = False
    unread: int = 0
    _known: set[bytes] = field(default_factory=set)
    _bytes: int = 0
    _recognised: int = 0

    @classmethod
    def of(cls, source: Source) -> Gallery:
        return cls(source.recognise, source.wordless)

    def shot(self, data: bytes, caption: str = "") -> Shot | None:
        """None for what is decoration, cannot be read as a picture, says nothing, or is one too many."""
        digest = hashlib.sha256(data).digest()
        if digest in self._known or len(self._known) >= MOST or not self._fits(data):
            return None
        picture = _opened(data)
        if picture is None:
            return None
        self._known.add(digest)
        said, words = _said(caption), self._words(picture)
        if not (said or words or self.wordless):
            return None
        self._bytes += len(data)
        return Shot(f"![{said}]\n{words}".strip(), data, TYPES[picture.format])

    def _fits(self, data: bytes) -> bool:
        return 0 < len(data) <= LARGEST and self._bytes + len(data) <= LARGEST_ALL

    def _words(self, picture: Any) -> str:
        if self.recognise is None:
            self.unread += 1
            return ""
        if self._recognised >= MOST_RECOGNISED:
            return ""
        self._recognised += 1
        return "\n".join(line.strip() for line in self.recognise(_pixels(picture)) if line.strip())

    @property
    def remarks(self) -> list[Remark]:
        return [Remark("unread_pictures", str(self.unread))] if self.unread else []


def add(text: Text, shot: Shot | None) -> None:
    """The block at the end of the text so far, and the picture that stands there."""
    if shot is not None:
        start = text.add(shot.block)
        encoded = base64.b64encode(shot.data).decode()
        text.pictures.append(Picture(shot.media_type, encoded, start, text.length))


def _opened(data: bytes) -> Any:
    """The picture, unless it is decoration or none. Nothing is drawn yet: the sizes stand in front."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # its own limit only warns; ours follows
    try:
        picture = Image.open(BytesIO(data), formats=tuple(TYPES))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    width, height = picture.size
    return None if decorates(width, height) or width * height > MAX_PIXELS else picture


def decorates(width: int, height: int) -> bool:
    short, long = sorted((width, height))
    return short < SMALLEST_SIDE or short * long < SMALLEST_AREA or long > LONGEST_SHAPE * short


def _pixels(picture: Any) -> Any:
    import numpy as np
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture.convert("RGB"))
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return np.asarray(upright)[:, :, ::-1]


def _said(caption: str) -> str:
    """In one line; the name of a file says nothing, nor what programs call any picture."""
    said = _MARKS.sub(" ", caption).strip()[:_LONGEST_CAPTION]
    return "" if _FILE_NAME.fullmatch(said) or _ANY_NAME.fullmatch(said) else said


__all__ = ["LARGEST_ALL", "NEEDS", "TYPES", "Gallery", "Shot", "add", "decorates"]
