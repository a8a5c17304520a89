"""Scans and photographs of print: the words in reading order, page by page. Real networks, real processes."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.sandbox import client, reading
from sunmao.knowledge.sandbox.reading import can_recognise, parse_safely
from sunmao.knowledge.text.parsing import Remark
from sunmao.knowledge.text.parsing.recognition.order import Box, lines_of
from tests.sunmao.knowledge.text import files

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
LINES = (
    "退货政策",
    "第一条规定，自签收之日起七日内可以无理由退货。",
    "The refund is paid within 3 working days.",
)

recognises = pytest.mark.skipif(not can_recognise(), reason="text recognition is not installed")
prints = pytest.mark.skipif(not FONT.exists(), reason="no font with Chinese characters to print with")


@cache
def page(*lines: str, turned: float = 0) -> Image.Image:
    image = Image.new("RGB", (1240, 800), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 36)
    for number, line in enumerate(lines):
        draw.text((120, 120 + number * 90), line, font=font, fill="black")
    return image.rotate(turned, fillcolor="white")


def saved(kind: str, *images: Image.Image) -> bytes:
    # Pillow leaves settings of one kind on a picture that is then saved as another.
    first, *others = [image.copy() for image in images]
    held = BytesIO()
    first.save(held, kind, **({"save_all": True, "append_images": others} if others else {}))
    return held.getvalue()


@recognises
@prints
@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.webp", "WEBP")])
def test_a_picture_of_print_becomes_its_lines(name: str, kind: str) -> None:
    parsed = parse_safely(name=name, data=saved(kind, page(*LINES)))
    assert tuple(parsed.text.split("\n")) == LINES
    assert parsed.remarks == (Remark("recognised_pages", "1"),)
    assert client.current().peak < 1.2 * (1 << 30)


@recognises
@prints
def test_a_page_that_lies_askew_is_read_too() -> None:
    parsed = parse_safely(name="a.png", data=saved("PNG", page(*LINES, turned=2)))
    assert tuple(parsed.text.split("\n")) == LINES


@recognises
@prints
@pytest.mark.parametrize(("name", "kind"), [("a.pdf", "PDF"), ("a.tiff", "TIFF")])
def test_a_scan_keeps_its_pages(name: str, kind: str) -> None:
    parsed = parse_safely(name=name, data=saved(kind, page("第一页的话。"), page("第二页的话。")))
    assert [(p.number, parsed.text[p.start : p.end].strip()) for p in parsed.pages] == [
        (1, "第一页的话。"),
        (2, "第二页的话。"),
    ]
    assert parsed.remarks == (Remark("recognised_pages", "2"),)


@recognises
def test_a_picture_without_words_says_so() -> None:
    with pytest.raises(UnreadableFile) as refused:
        parse_safely(name="a.png", data=saved("PNG", page()))
    assert refused.value.code == "empty_file"


@prints
def test_without_text_recognition_a_scan_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "can_recognise", lambda: False)
    for name, kind in (("a.pdf", "PDF"), ("a.png", "PNG")):
        with pytest.raises(UnreadableFile) as refused:
            parse_safely(name=name, data=saved(kind, page(*LINES)))
        assert refused.value.code == "no_text_layer"


def test_a_pdf_of_text_asks_for_no_recognition() -> None:
    assert parse_safely(name="a.pdf", data=files.pdf("第一页。", "")).remarks == ()


def test_columns_are_read_one_after_the_other() -> None:
    boxes = [_box(100, 0, 900, "题")]
    boxes += [
        _box(100 + 500 * (n % 2), 100 + 60 * (n // 2), 400, f"{'左右'[n % 2]}{n // 2}") for n in range(8)
    ]
    boxes += [_box(100, 400, 900, "尾")]
    assert lines_of(boxes) == ["题", "左0", "左1", "左2", "左3", "右0", "右1", "右2", "右3", "尾"]


def test_cells_of_a_table_are_read_row_by_row() -> None:
    boxes = [_box(100 + 500 * (n % 2), 60 * (n // 2), 90, f"{'ab'[n % 2]}{n // 2}") for n in range(8)]
    assert lines_of(boxes) == ["a0 b0", "a1 b1", "a2 b2", "a3 b3"]


def test_words_of_one_line_are_one_line_although_they_stand_unevenly() -> None:
    assert lines_of([_box(300, 8, 100, "乙"), _box(100, 0, 195, "甲")]) == ["甲乙"]


def _box(left: float, top: float, width: float, text: str) -> Box:
    return Box(left, top, left + width, top + 40, text)
