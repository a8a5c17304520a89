from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sunmao.core.errors import UnreadableFile
from sunmao.guards.images import faces, protect_image
from sunmao.guards.images.confined import protect_confined
from sunmao.knowledge.privacy import WORDS

CARD = "6222 0212 3456 7890 128"
needs_words = pytest.mark.skipif(not find_spec("rapidocr"), reason="text recognition is not installed")
needs_faces = pytest.mark.skipif(not find_spec("skimage"), reason="scikit-image is not installed")


def _picture(*lines: str) -> bytes:
    image = Image.new("RGB", (900, 80 + 90 * len(lines)), "white")
    pen = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        pen.text((40, 40 + 90 * row), line, fill="black", font=ImageFont.load_default(48))
    made = BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def _without_faces(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    monkeypatch.setattr("sunmao.guards.images.protecting.finder", lambda: found)


def test_a_policy_that_is_off_gives_the_picture_back_unread() -> None:
    assert protect_image(b"no picture at all", "off").data == b"no picture at all"


def test_identifiers_are_covered_and_other_words_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_faces(monkeypatch, lambda image: [])
    data = _picture("Call 13812345678 now")
    words = [("Call 13812345678 now", (40, 40, 500, 50))]

    made = protect_image(data, "blur", words=lambda image: words)

    assert made.found == {"mobile": 1}
    before, after = (Image.open(BytesIO(one)).convert("L") for one in (data, made.data))
    number, greeting = (185, 40, 400, 90), (40, 40, 120, 90)
    assert np.asarray(before.crop(number)).min() < 50
    assert np.unique(np.asarray(after.crop(number))).size == 1
    assert (np.asarray(before.crop(greeting)) == np.asarray(after.crop(greeting))).all()


def test_a_face_is_left_with_a_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_faces(monkeypatch, lambda image: [(100, 20, 100, 100)])
    made = protect_image(_picture("A portrait of somebody"), "blur", words=lambda image: [])

    assert made.found == {"face": 1}
    face = Image.open(BytesIO(made.data)).convert("RGB").crop((100, 20, 200, 120))
    assert len(np.unique(np.asarray(face).reshape(-1, 3), axis=0)) <= 36


def test_refusing_gives_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_faces(monkeypatch, lambda image: [(100, 20, 100, 100)])

    made = protect_image(_picture("A portrait"), "refuse", words=lambda image: [])

    assert (made.data, made.refused) == (b"", True)


def test_where_nobody_can_look_refusing_refuses_and_blurring_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_faces(monkeypatch, None)
    data = _picture("A holiday")

    assert protect_image(data, "refuse", words=lambda image: []).refused
    blurred = protect_image(data, "blur", words=lambda image: [])
    assert (blurred.data, blurred.partial) == (data, True)


def test_what_is_no_picture_is_refused_in_the_confined_process() -> None:
    with pytest.raises(UnreadableFile) as refused:
        protect_confined(b"\x89PNG\r\n\x1a\n and then nonsense", "blur")

    assert refused.value.code == "image_not_checked"


@needs_words
def test_a_number_in_a_picture_is_read_and_covered_in_the_confined_process() -> None:
    made = protect_confined(_picture("Mobile 13812345678", "Sofa in oak"), "blur", words=WORDS)

    assert made.found.get("mobile") == 1
    again = protect_confined(made.data, "blur", words=WORDS)
    assert again.found.get("mobile", 0) == 0


@needs_faces
def test_a_portrait_is_found_by_the_cascade(settings: Any) -> None:
    from skimage import data, io

    settings.SUNMAO_FACE_MODEL = ""
    faces.finder.cache_clear()
    portrait = io.imread(f"{data.data_dir}/astronaut.png")[:, :, ::-1]
    find = faces.finder()

    assert find is not None
    assert any(150 < x < 220 and 40 < y < 100 for x, y, _w, _h in find(portrait))
