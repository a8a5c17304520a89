"""Pictures that lie on a sheet: the sheet names its drawing, the drawing its pictures, each by a relation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath
from zipfile import ZipFile

from lxml import etree

from sunmao.knowledge.text.parsing import archive, safe_xml

_OFFICE = "http://schemas.openxmlformats.org"
_RELATION = f"{{{_OFFICE}/package/2006/relationships}}Relationship"
_REFERENCE = f"{{{_OFFICE}/officeDocument/2006/relationships}}embed"
_ANCHORS = f"{{{_OFFICE}/drawingml/2006/spreadsheetDrawing}}"
_BLIP = f"{{{_OFFICE}/drawingml/2006/main}}blip"


@dataclass(frozen=True)
class Drawn:
    """A picture on a sheet and what its author called it; `place` is the row and column that it begins in."""

    caption: str
    data: bytes
    place: tuple[int, int]


def on_sheet(container: ZipFile, sheet: str) -> list[Drawn]:
    """Those of a sheet's part, from the top down. Runs on a container that `safe_xml.check` let pass."""
    found = [
        one
        for drawing in _related(container, sheet, "/drawing").values()
        for one in _drawn(container, drawing)
    ]
    return sorted(found, key=lambda one: one.place)


def _drawn(container: ZipFile, drawing: str) -> Iterator[Drawn]:
    pictures = _related(container, drawing, "/image")
    if not pictures or (data := _member(container, drawing)) is None:
        return
    for anchor in safe_xml.root_of(data):
        for picture in anchor.iter(f"{_ANCHORS}pic"):
            blip = next(picture.iter(_BLIP), None)
            part = pictures.get(str(blip.get(_REFERENCE, ""))) if blip is not None else None
            content = _member(container, part) if part else None
            if content:
                yield Drawn(_caption(picture), content, _place(anchor))


def _related(container: ZipFile, part: str, kind: str) -> Mapping[str, str]:
    """By id, the parts that this one has a relation of that kind to, inside the file."""
    data = _member(container, join(dirname(part), "_rels", f"{basename(part)}.rels"))
    if data is None:
        return {}
    relations = [one for one in safe_xml.root_of(data).iter(_RELATION) if one.get("Type", "").endswith(kind)]
    return {
        str(one.get("Id", "")): normpath(join("/", dirname(part), one.get("Target", ""))).lstrip("/")
        for one in relations
        if one.get("TargetMode") != "External"
    }


def _member(container: ZipFile, part: str) -> bytes | None:
    try:
        return archive.read(container, container.getinfo(part))
    except KeyError:
        return None


def _caption(picture: etree._Element) -> str:
    named = next(picture.iter(f"{_ANCHORS}cNvPr"), None)
    return str(named.get("descr") or named.get("title") or "") if named is not None else ""


def _place(anchor: etree._Element) -> tuple[int, int]:
    start = anchor.find(f"{_ANCHORS}from")
    return (_number(start, "row"), _number(start, "col")) if start is not None else (0, 0)


def _number(start: etree._Element, name: str) -> int:
    said = (start.findtext(f"{_ANCHORS}{name}") or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


__all__ = ["Drawn", "on_sheet"]
