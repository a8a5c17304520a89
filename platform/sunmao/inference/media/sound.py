"""WAV files: what strangers send is read by a few lines of our own, and nothing else is."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import TooLong, UnreadableFile

Samples = npt.NDArray[np.float32]
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
LONGEST_SECONDS = 30 * 60
SLOWEST, FASTEST = 4_000, 192_000


def read(data: bytes, *, rate: int) -> Samples:
    """The sound as one channel at `rate` samples a second. Raises `UnreadableFile` (`unreadable_sound`)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise _unreadable()
    told, samples = b"", b""
    for name, content in _chunks(data):
        if name == b"fmt ":
            told = content
        elif name == b"data":
            samples = content
            break
    return _resampled(*_decoded(told, samples), rate=rate)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack_from("<I", data, place + 4)[0]
        yield name, data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _decoded(told: bytes, samples: bytes) -> tuple[Samples, int]:
    if len(told) < 16:
        raise _unreadable()
    form, channels, rate, _bytes, _block, bits = struct.unpack_from("<HHIIHH", told)
    if form == EXTENSIBLE and len(told) >= 26:
        form = struct.unpack_from("<H", told, 24)[0]
    if not 1 <= channels <= 8 or not SLOWEST <= rate <= FASTEST:
        raise _unreadable()
    values = _values(samples, form, bits)
    values = values[: len(values) // channels * channels].reshape(-1, channels).mean(axis=1)
    if not len(values) or not np.isfinite(values).all():
        raise _unreadable()
    if len(values) > LONGEST_SECONDS * rate:
        raise TooLong(_("The recording is longer than half an hour. Send it in parts."))
    return values.astype(np.float32), rate


def _values(samples: bytes, form: int, bits: int) -> Samples:
    if form == PCM and bits == 8:
        return (np.frombuffer(samples, np.uint8).astype(np.float32) - 128) / np.float32(128)
    if form == PCM and bits == 24:
        three = np.frombuffer(samples[: len(samples) // 3 * 3], np.uint8).reshape(-1, 3).astype(np.int32)
        whole = (three[:, 0] << 8 | three[:, 1] << 16 | three[:, 2] << 24) >> 8
        return whole.astype(np.float32) / np.float32(2**23)
    kinds = {(PCM, 16): "<i2", (PCM, 32): "<i4", (FLOAT, 32): "<f4", (FLOAT, 64): "<f8"}
    if (kind := kinds.get((form, bits))) is None:
        raise _unreadable()
    size = bits // 8
    found = np.frombuffer(samples[: len(samples) // size * size], kind)
    return found.astype(np.float32) / np.float32(2 ** (bits - 1) if form == PCM else 1)


def _resampled(samples: Samples, found: int, *, rate: int) -> Samples:
    if found == rate:
        return samples
    from scipy.signal import resample_poly

    shared = math.gcd(found, rate)
    return np.asarray(resample_poly(samples, rate // shared, found // shared), dtype=np.float32)


def written(samples: Samples, *, rate: int) -> bytes:
    """16 bits, one channel."""
    values = (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    told = struct.pack("<HHIIHH", PCM, 1, rate, 2 * rate, 2, 16)
    body = b"WAVE" + _chunk(b"fmt ", told) + _chunk(b"data", values)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def seconds_of(samples: Samples, *, rate: int) -> float:
    return len(samples) / rate


def pieces(samples: Samples, *, rate: int, seconds: int) -> Iterator[Samples]:
    """Of at most so many seconds, cut where it is quiet in the last fifth of each."""
    longest = seconds * rate
    while len(samples) > longest:
        cut = _quiet(samples[:longest], rate=rate)
        yield samples[:cut]
        samples = samples[cut:]
    yield samples


def _quiet(piece: Samples, *, rate: int) -> int:
    step = max(1, rate // 20)
    start = len(piece) * 4 // 5
    windows = range(start, len(piece) - step, step)
    loud = [float(np.abs(piece[at : at + step]).mean()) for at in windows]
    return windows[int(np.argmin(loud))] + step // 2 if loud else len(piece)


def _unreadable() -> UnreadableFile:
    return UnreadableFile(
        _(
            "The recording could not be read. Send it as a WAV file, for example from: "
            "ffmpeg -i in.m4a -ac 1 -ar 16000 out.wav"
        ),
        code="unreadable_sound",
    )


__all__ = ["Samples", "pieces", "read", "seconds_of", "written"]
