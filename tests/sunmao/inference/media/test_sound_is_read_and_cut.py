"""WAV files of strangers: what is read of them, and where long ones are cut."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from sunmao.core.errors import TooLong, UnreadableFile
from sunmao.inference.media import sound
from tests.fixtures.media_models import tone


def _wav(samples: bytes, *, form: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16) -> bytes:
    told = struct.pack(
        "<HHIIHH", form, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits
    )
    body = b"WAVE"
    for name, content in ((b"fmt ", told), (b"LIST", b"odd"), (b"data", samples)):
        body += name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


HALF = 0.5


@pytest.mark.parametrize(
    ("case", "samples", "form", "bits"),
    [
        ("8 bits", bytes([192] * 100), 1, 8),
        ("16 bits", struct.pack("<h", 2**14) * 100, 1, 16),
        ("24 bits", (2**22).to_bytes(3, "little") * 100, 1, 24),
        ("32 bits", struct.pack("<i", 2**30) * 100, 1, 32),
        ("floats", struct.pack("<f", HALF) * 100, 3, 32),
        ("long floats", struct.pack("<d", HALF) * 100, 3, 64),
    ],
)
def test_every_usual_form_is_read(case: str, samples: bytes, form: int, bits: int) -> None:
    found = sound.read(_wav(samples, form=form, bits=bits), rate=16_000)
    assert found.shape == (100,)
    assert np.allclose(found, HALF)


def test_channels_are_mixed_and_the_rate_is_changed() -> None:
    both = struct.pack("<hh", 2**14, -(2**14)) * 4_000
    assert np.allclose(sound.read(_wav(both, channels=2), rate=16_000), 0.0)
    slower = sound.read(tone(440, seconds=1.0, rate=48_000), rate=16_000)
    assert len(slower) == 16_000
    strongest = np.argmax(np.abs(np.fft.rfft(slower)))
    assert strongest == 440


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("nothing", b""),
        ("another file", b"\x89PNG\r\n\x1a\n" + b"\0" * 40),
        ("a WAV without samples", _wav(b"")),
        ("a WAV without a form", b"RIFF\x04\0\0\0WAVE"),
        ("an unknown form", _wav(b"\0" * 100, form=85)),
        ("too many channels", _wav(b"\0" * 100, channels=99)),
        ("an impossible rate", _wav(b"\0" * 100, rate=1)),
        ("no numbers", _wav(struct.pack("<f", float("nan")) * 10, form=3, bits=32)),
    ],
)
def test_what_is_no_recording_is_refused(case: str, data: bytes) -> None:
    with pytest.raises(UnreadableFile) as refused:
        sound.read(data, rate=16_000)
    assert refused.value.code == "unreadable_sound"


def test_what_lasts_longer_than_half_an_hour_is_refused() -> None:
    with pytest.raises(TooLong):
        sound.read(_wav(bytes(4_000 * 1_801), bits=8, rate=4_000), rate=16_000)


def test_a_long_recording_is_cut_where_it_is_quiet() -> None:
    rate = 1_000
    loud = np.ones(70 * rate, dtype=np.float32)
    loud[27 * rate : 27 * rate + 500] = 0.0
    parts = list(sound.pieces(loud, rate=rate, seconds=30))
    assert sum(len(part) for part in parts) == len(loud)
    assert all(len(part) <= 30 * rate for part in parts)
    assert 27 * rate <= len(parts[0]) <= 27 * rate + 500
