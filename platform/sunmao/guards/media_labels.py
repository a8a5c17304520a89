"""The label of made sounds and pictures, inside their files and for whoever hears or sees them.

GB 45438-2025 asks for both: metadata named `AIGC`, and a sign. Speech begins with the letters AI in Morse
code (the standard's rhythm: short long, short short); a picture carries words in its lower right corner.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import Any

SIGN = "AI-generated"
HEIGHT_SHARE = 0.05
"""Of the shorter side, at least."""
MORSE = (1, 3, 0, 1, 1)
"""Tones in units of time; 0 is the pause between the letters."""
UNIT_SECONDS, TONE, LOUDNESS = 0.08, 880.0, 0.3


def labelled_wav(data: bytes, aigc: Mapping[str, str], *, with_sign: bool) -> bytes:
    """A WAV file of 16 bits and one channel, as our engines write it, with its label."""
    place, size, rate = _samples(data)
    samples = data[place : place + size]
    if with_sign:
        samples = _morse(rate) + samples
    told = json.dumps({"AIGC": dict(aigc)}, ensure_ascii=False).encode() + b"\0"
    info = b"INFO" + _chunk(b"ICMT", told)
    body = data[8 : place - 8] + _chunk(b"LIST", info) + _chunk(b"data", samples)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def label_of_wav(data: bytes) -> dict[str, str]:
    """What such a file says of itself; empty when it says nothing."""
    at = data.find(b"ICMT", 12)
    if at < 0:
        return {}
    size = struct.unpack_from("<I", data, at + 4)[0]
    return _read(data[at + 8 : at + 8 + size].rstrip(b"\0").decode("utf-8", "replace"))


def labelled_png(data: bytes, aigc: Mapping[str, str], *, with_sign: bool) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    picture = Image.open(io.BytesIO(data), formats=["PNG"]).convert("RGB")
    if with_sign:
        _sign(picture)
    told, kept = PngInfo(), io.BytesIO()
    told.add_itxt("AIGC", json.dumps({"AIGC": dict(aigc)}, ensure_ascii=False))
    picture.save(kept, "PNG", pnginfo=told)
    return kept.getvalue()


def label_of_png(data: bytes) -> dict[str, str]:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        picture.load()
        return _read(str(picture.info.get("AIGC", "")))


def _read(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)["AIGC"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _samples(data: bytes) -> tuple[int, int, int]:
    """(where the samples begin, how many bytes they have, how many a second)."""
    rate = struct.unpack_from("<I", data, 24)[0]
    at = data.index(b"data", 36)
    return at + 8, struct.unpack_from("<I", data, at + 4)[0], rate


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _morse(rate: int) -> bytes:
    import numpy as np

    unit = int(rate * UNIT_SECONDS)
    parts = []
    for length in MORSE:
        parts += [_tone(length * unit, rate)] if length else [np.zeros(2 * unit)]
        parts.append(np.zeros(unit))
    parts.append(np.zeros(4 * unit))
    return bytes((np.concatenate(parts) * 32767).astype("<i2").tobytes())


def _tone(samples: int, rate: int) -> Any:
    import numpy as np

    edge = np.minimum(1.0, np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (0.005 * rate))
    return LOUDNESS * edge * np.sin(2 * np.pi * TONE * np.arange(samples) / rate)


def _sign(picture: Any) -> None:
    """White on a dark ground, so that it can be read on any picture."""
    from PIL import ImageDraw, ImageFont

    height = max(9, round(min(picture.size) * HEIGHT_SHARE))
    font = ImageFont.load_default(size=height)
    draw = ImageDraw.Draw(picture)
    left, top, right, bottom = draw.textbbox((0, 0), SIGN, font=font)
    pad = max(2, height // 3)
    width, tall = right - left + 2 * pad, bottom - top + 2 * pad
    x, y = max(0, picture.width - width), max(0, picture.height - tall)
    draw.rectangle((x, y, picture.width, picture.height), fill=(20, 22, 26))
    draw.text((x + pad - left, y + pad - top), SIGN, font=font, fill=(255, 255, 255))


__all__ = ["label_of_png", "label_of_wav", "labelled_png", "labelled_wav"]
