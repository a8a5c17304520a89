"""Pictures on a sheet are kept as those of a text document are: after the rows of their sheet."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from openpyxl.drawing.image import Image as SheetImage

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import parse
from sunmao.knowledge.text.splitting import split
from tests.sunmao.knowledge.text.test_pictures_inside_documents import picture


def _book(*sheets: tuple[str, list[list[str]], list[tuple[bytes, str]]]) -> bytes:
    """Sheets with rows, and pictures in their second column from the last row up."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]  # a new workbook has one
    for name, rows, pictures in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for place, (data, _) in enumerate(pictures):
            sheet.add_image(SheetImage(io.BytesIO(data)), f"B{20 - place}")
    held = io.BytesIO()
    book.save(held)
    captions = [caption for _, _, pictures in sheets for _, caption in pictures]
    return _described(held.getvalue(), captions)


def _described(data: bytes, captions: list[str]) -> bytes:
    """openpyxl writes no descriptions."""
    waiting, made = iter(captions), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.startswith("xl/drawings/drawing"):
                first, *rest = content.split(b'descr="Picture"')
                said = first
                for piece in rest:
                    said += f'descr="{next(waiting)}"'.encode() + piece
                content = said
            new.writestr(entry, content)
    return made.getvalue()


ROWS = [["Item", "Price"], ["Sofa", "90"], ["Lamp", "20"]]


def test_pictures_follow_the_rows_of_their_sheet_from_the_top_down() -> None:
    low, high, other = picture(seed=1), picture(seed=2), picture(seed=3)
    data = _book(
        ("Living", ROWS, [(low, "A sofa"), (high, "A lamp")]), ("Garden", ROWS[:2], [(other, "A bench")])
    )
    found = parse(name="prices.xlsx", data=data)
    assert found.text == (
        "## Living\n\nItem: Sofa; Price: 90\nItem: Lamp; Price: 20\n\n![A lamp]\n\n![A sofa]\n\n"
        "## Garden\n\nItem: Sofa; Price: 90\n\n![A bench]"
    )
    assert [(found.text[one.start : one.end], base64.b64decode(one.data)) for one in found.pictures] == [
        ("![A lamp]", high),
        ("![A sofa]", low),
        ("![A bench]", other),
    ]
    assert [remark.code for remark in found.remarks] == ["unread_pictures"]


def test_what_a_picture_is_called_is_no_row() -> None:
    found = split(parse(name="prices.xlsx", data=_book(("Living", ROWS, [(picture(), "A sofa")]))))
    assert [unit.text for unit in found.units] == ["Item: Sofa; Price: 90", "Item: Lamp; Price: 20"]


def test_a_sheet_of_pictures_alone_is_read() -> None:
    found = parse(name="looks.xlsx", data=_book(("Looks", [], [(picture(), "A sofa")])))
    assert found.text == "## Looks\n\n![A sofa]"


def test_a_picture_that_says_nothing_is_kept_for_those_who_look() -> None:
    data = _book(("Looks", ROWS, [(picture(), "")]))
    assert parse(name="looks.xlsx", data=data).pictures == ()
    found = parse(name="looks.xlsx", data=data, wordless=True)
    assert [found.text[one.start : one.end] for one in found.pictures] == ["![]"]


def _without(data: bytes, changed: dict[str, bytes | None]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = changed.get(entry.filename, old.read(entry))
            if content is not None:
                new.writestr(entry, content)
    return made.getvalue()


@pytest.mark.parametrize(
    "changed",
    [
        {"xl/media/image1.png": None},
        {"xl/media/image1.png": b"no picture"},
        {"xl/drawings/drawing1.xml": None},
        {"xl/drawings/_rels/drawing1.xml.rels": None},
    ],
    ids=["no file", "no picture", "no drawing", "no relations"],
)
def test_a_relation_that_leads_nowhere_costs_the_picture_alone(changed: dict[str, Any]) -> None:
    data = _without(_book(("Living", ROWS, [(picture(), "A sofa")])), changed)
    found = parse(name="prices.xlsx", data=data)
    assert (found.pictures, found.text.count("Item:")) == ((), 2)


def test_a_drawing_that_declares_entities_is_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    data = _without(_book(("Living", ROWS, [(picture(), "A sofa")])), {"xl/drawings/drawing1.xml": bomb})
    with pytest.raises(UnreadableFile) as refused:
        parse(name="prices.xlsx", data=data)
    assert refused.value.code == "unsafe_file"
