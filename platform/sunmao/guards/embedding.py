"""The label inside files: visible for people, the `AIGC` object of GB 45438-2025 for machines.

`embed(format, data, label=…)` gives the file with both, `read_back` finds the object again. What was not
generated gets its visible label and no object. A PDF's pages are the business of whoever draws them; here it
gets the object, and its readers the label as its subject.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from lxml import etree

from sunmao.core.errors import InvalidInput
from sunmao.guards.label import Label

Format = Literal["docx", "pdf", "json", "csv", "md", "txt"]
KEY = "AIGC"
CSV_COLUMNS = ("label", KEY)


def embed(format_: Format, data: bytes, *, label: Label, language: str = "zh") -> bytes:
    """The same file with its label. Raises `InvalidInput` for a file that is not of the format."""
    try:
        return _WRITERS[format_](data, label, language)
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise InvalidInput(code="label_not_embedded", fields={"file": str(error)[:200]}) from error


def read_back(format_: Format, data: bytes) -> dict[str, str] | None:
    """The object that a file carries, or None."""
    found = _READERS[format_](data)
    return json.loads(found) if found else None


def _object(label: Label) -> str:
    return json.dumps(label.aigc, ensure_ascii=False, separators=(",", ":")) if label.aigc else ""


# Text


def _markdown(data: bytes, label: Label, language: str) -> bytes:
    """As front matter, into which readers do not look, and as a last line, which they see."""
    text = data.decode("utf-8-sig")
    found = _FRONT.match(text)
    front, body = (found[1], text[found.end() :]) if found else ("", text)
    lines = [line for line in front.splitlines() if not line.startswith(f"{KEY}:")]
    if label.aigc:
        lines.append(f"{KEY}: {_object(label)}")
    head = "---\n" + "\n".join(lines) + "\n---\n" if lines else ""
    shown = label.text(language)
    return (head + body.rstrip("\n") + (f"\n\n> {shown}\n" if shown else "\n")).encode()


_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def _markdown_back(data: bytes) -> str:
    front = _FRONT.match(data.decode("utf-8-sig"))
    line = re.search(rf"^{KEY}: (.+)$", front[1], re.MULTILINE) if front else None
    return line[1] if line else ""


def _plain(data: bytes, label: Label, language: str) -> bytes:
    text = label.after(data.decode("utf-8-sig").rstrip("\n"), language)
    return (text + (f"\n{KEY}: {_object(label)}\n" if label.aigc else "\n")).encode()


def _plain_back(data: bytes) -> str:
    line = re.search(rf"^{KEY}: (.+)\Z", data.decode().rstrip("\n"), re.MULTILINE)
    return line[1] if line else ""


# Data


def _json(data: bytes, label: Label, language: str) -> bytes:
    """An object gets two members; a list becomes the `items` of one."""
    value = json.loads(data)
    labelled = {**value} if isinstance(value, dict) else {"items": value}
    labelled |= label.sent(language)
    if label.aigc:
        labelled[KEY] = label.aigc
    return json.dumps(labelled, ensure_ascii=False, indent=2).encode()


def _json_back(data: bytes) -> str:
    found = json.loads(data).get(KEY)
    return json.dumps(found) if found else ""


def _csv(data: bytes, label: Label, language: str) -> bytes:
    """Two columns more: rows are copied out of their files."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    if not rows or set(CSV_COLUMNS) & set(rows[0]):
        raise ValueError("no header, or labelled already")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*rows[0], *CSV_COLUMNS])
    writer.writerows([*row, label.text(language), _object(label)] for row in rows[1:])
    return out.getvalue().encode("utf-8-sig")


def _csv_back(data: bytes) -> str:
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    return rows[0].get(KEY, "") if rows else ""


# DOCX

_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_CUSTOM_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_NO_PROPERTIES = f'<Properties xmlns="{_CUSTOM}" xmlns:vt="{_TYPES}"/>'.encode()
_PROPERTY_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


def _docx(data: bytes, label: Label, language: str) -> bytes:
    """A custom property of the file, and a line at the foot of every page."""
    from docx import Document

    document = Document(io.BytesIO(data))
    if shown := label.text(language):
        for section in document.sections:
            section.footer.is_linked_to_previous = False
            section.footer.add_paragraph(shown)
    put_into(document.part.package, label)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def put_into(package: Any, label: Label) -> None:
    """The object beside the properties that a file already has. `package` is one of python-docx."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    if not label.aigc:
        return
    part = _custom_part(package)
    if part is None:
        part = Part(PackURI("/docProps/custom.xml"), _CUSTOM_TYPE, _NO_PROPERTIES, package)
        package.relate_to(part, _CUSTOM_RELATION)
    part._blob = _with_property(part.blob, _object(label))


def _with_property(properties: bytes, value: str) -> bytes:
    root = etree.fromstring(properties, etree.XMLParser(resolve_entities=False, no_network=True))
    for one in [one for one in root if one.get("name") == KEY]:
        root.remove(one)
    used = [int(number) for one in root if (number := one.get("pid", "")).isdecimal()]
    one = etree.SubElement(root, f"{{{_CUSTOM}}}property")
    for name, said in (("fmtid", _PROPERTY_SET), ("pid", str(max(used, default=1) + 1)), ("name", KEY)):
        one.set(name, said)
    etree.SubElement(one, f"{{{_TYPES}}}lpwstr").text = value
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def _custom_part(package: Any) -> Any:
    relations = (one for one in package.rels.values() if one.reltype == _CUSTOM_RELATION)
    return next((one.target_part for one in relations), None)


def _docx_back(data: bytes) -> str:
    from defusedxml.ElementTree import fromstring
    from docx import Document

    part = _custom_part(Document(io.BytesIO(data)).part.package)
    if part is None:
        return ""
    for one in fromstring(part.blob):
        if one.get("name") == KEY:
            return str(next((child.text or "" for child in one), ""))
    return ""


# PDF


def _pdf(data: bytes, label: Label, language: str) -> bytes:
    """An incremental update with another information dictionary: not one byte of the file is changed."""
    from sunmao.guards.pdf_metadata import with_information

    fields = {KEY: _object(label), "Subject": label.text(language)}
    return with_information(data, {name: text for name, text in fields.items() if text})


def _pdf_back(data: bytes) -> str:
    from sunmao.guards.pdf_metadata import information

    return information(data, KEY)


_WRITERS: Mapping[Format, Callable[[bytes, Label, str], bytes]] = {
    "docx": _docx,
    "pdf": _pdf,
    "json": _json,
    "csv": _csv,
    "md": _markdown,
    "txt": _plain,
}
_READERS: Mapping[Format, Callable[[bytes], str]] = {
    "docx": _docx_back,
    "pdf": _pdf_back,
    "json": _json_back,
    "csv": _csv_back,
    "md": _markdown_back,
    "txt": _plain_back,
}
