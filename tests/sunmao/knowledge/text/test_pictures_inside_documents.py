"""Pictures in documents: what they are called and what stands in them is text; decoration is left out."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from sunmao.knowledge.text.parsing import Parsed, parse

WORDS = ["Deposit returned", "within five days"]


def picture(width: int = 320, height: int = 160, *, seed: int = 0) -> bytes:
    made = Image.new("RGB", (width, height), (250, 250, 250))
    ImageDraw.Draw(made).rectangle((10 + seed, 10, width // 2, height // 2), fill=(40, 90, 80))
    held = io.BytesIO()
    made.save(held, "PNG")
    return held.getvalue()


def _word(*pictures: tuple[bytes, str]) -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Deposits", 1)
    document.add_paragraph("The chart shows when a deposit is returned.")
    for data, caption in pictures:
        shown = document.add_picture(io.BytesIO(data))
        shown._inline.docPr.set("descr", caption)
    document.add_paragraph("Nothing follows.")
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _slides(*pictures: tuple[bytes, str]) -> bytes:
    from pptx import Presentation

    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Deposits"
    for data, caption in pictures:
        shown = slide.shapes.add_picture(io.BytesIO(data), 0, 0)
        shown._element.nvPicPr.cNvPr.set("descr", caption)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def _page(*pictures: tuple[bytes, str]) -> bytes:
    shown = "".join(
        f'<img alt="{caption}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'
        for data, caption in pictures
    )
    return f"<html><body><main><h1>Deposits</h1><p>The chart below.</p>{shown}</main></body></html>".encode()


MAKERS: dict[str, Callable[..., bytes]] = {"a.docx": _word, "a.pptx": _slides, "a.html": _page}


def _read(_picture: Any) -> list[str]:
    return WORDS


def _shown(parsed: Parsed) -> list[str]:
    return [parsed.text[one.start : one.end] for one in parsed.pictures]


@pytest.mark.parametrize("name", MAKERS)
def test_a_picture_is_a_block_with_its_caption_and_its_words(name: str) -> None:
    data = picture()
    parsed = parse(name=name, data=MAKERS[name]((data, "When a deposit returns")), recognise=_read)
    assert _shown(parsed) == ["![When a deposit returns]\nDeposit returned\nwithin five days"]
    assert [one.media_type for one in parsed.pictures] == ["image/png"]
    assert base64.b64decode(parsed.pictures[0].data) == data
    assert "unread_pictures" not in [remark.code for remark in parsed.remarks]


@pytest.mark.parametrize("name", MAKERS)
def test_without_recognition_the_caption_is_kept_and_the_rest_is_remarked(name: str) -> None:
    parsed = parse(name=name, data=MAKERS[name]((picture(), "When a deposit returns"), (picture(seed=5), "")))
    assert _shown(parsed) == ["![When a deposit returns]"]
    assert [(one.code, one.about) for one in parsed.remarks] == [("unread_pictures", "2")]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(picture(32, 32), id="a logo"),
        pytest.param(picture(1600, 60), id="a rule"),
    ],
)
def test_decoration_is_left_out(name: str, data: bytes) -> None:
    parsed = parse(name=name, data=MAKERS[name]((data, "Decoration")), recognise=_read)
    assert (parsed.pictures, parsed.remarks) == ((), ())
    assert "Decoration" not in parsed.text


def test_what_only_says_that_it_is_a_picture_is_left_out() -> None:
    parsed = parse(name="a.html", data=_page((b"\x89PNG\r\n\x1a\n nothing", "Broken")), recognise=_read)
    assert (parsed.pictures, "Broken" in parsed.text) == ((), False)


def test_a_picture_that_is_shown_twice_is_taken_once() -> None:
    parsed = parse(name="a.docx", data=_word((picture(), "One"), (picture(), "Two")), recognise=_read)
    assert _shown(parsed) == ["![One]\nDeposit returned\nwithin five days"]


def test_a_picture_on_a_slide_is_on_its_page() -> None:
    parsed = parse(name="a.pptx", data=_slides((picture(), "One")), recognise=_read)
    (page,) = parsed.pages
    assert (page.number, page.end) == (1, len(parsed.text))


def test_pictures_of_a_file_in_an_archive_keep_their_place() -> None:
    import zipfile

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("first.txt", "Some text that stands before.")
        archive.writestr("second.docx", _word((picture(), "One")))
    parsed = parse(name="a.zip", data=held.getvalue(), recognise=_read)
    assert _shown(parsed) == ["![One]\nDeposit returned\nwithin five days"]


def test_a_picture_in_a_pdf_is_found_by_its_words() -> None:
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument.new()
    page = document.new_page(400, 400)
    held = io.BytesIO()
    Image.open(io.BytesIO(picture())).convert("RGB").save(held, "JPEG")
    shown = pdfium.PdfImage.new(document)
    shown.load_jpeg(io.BytesIO(held.getvalue()))
    shown.set_matrix(pdfium.PdfMatrix().scale(200, 100))
    page.insert_obj(shown)
    font = pdfium.raw.FPDFText_LoadStandardFont(document.raw, b"Helvetica")
    words = pdfium.raw.FPDFPageObj_CreateTextObj(document.raw, font, 12.0)
    said = ("Deposits are kept.\0").encode("utf-16-le")
    import ctypes

    buffer = ctypes.cast(ctypes.create_string_buffer(said), ctypes.POINTER(ctypes.c_ushort))
    pdfium.raw.FPDFText_SetText(words, buffer)
    pdfium.raw.FPDFPage_InsertObject(page.raw, words)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    parsed = parse(name="a.pdf", data=out.getvalue(), recognise=_read)
    assert parsed.text.startswith("Deposits are kept.")
    assert _shown(parsed) == ["![]\nDeposit returned\nwithin five days"]
    assert parsed.pages[-1].number == 1
    without = parse(name="a.pdf", data=out.getvalue())
    assert [(one.code, one.about) for one in without.remarks] == [("unread_pictures", "1")]
