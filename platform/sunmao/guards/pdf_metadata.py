"""Adding to the information dictionary of a PDF by an incremental update (ISO 32000-1, 7.5.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

KEPT = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF")
_STREAM = re.compile(rb"(\d+)\s+(\d+)\s+obj\s*<<(.*?)>>\s*stream", re.DOTALL)
_TRAILER = re.compile(rb"trailer\s*<<(.*?)>>\s*startxref", re.DOTALL)


@dataclass(frozen=True)
class _End:
    """What the newest cross-reference says; `streamed` when it is a stream, and the next must be one too."""

    offset: int
    size: int
    root: bytes
    identity: bytes
    streamed: bool


def with_information(data: bytes, fields: Mapping[str, str]) -> bytes:
    """The file with these fields beside those that it had. Raises `ValueError` for what is no open PDF."""
    end = _end(data)
    known = {name: text for name in KEPT if (text := information(data, name))} | dict(fields)
    number, base = end.size, data if data.endswith(b"\n") else data + b"\n"
    entries = b"".join(b"/" + name.encode("ascii") + _string(text) for name, text in known.items())
    body = b"%d 0 obj\n<<%s>>\nendobj\n" % (number, entries)
    table_at = len(base) + len(body)
    shared = b"/Root %s/Info %d 0 R/Prev %d%s" % (end.root, number, end.offset, end.identity)
    if end.streamed:
        table = _as_stream(number, len(base), table_at, shared)
    else:
        table = b"xref\n0 0\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d%s>>\n" % (
            number,
            len(base),
            number + 1,
            shared,
        )
    return base + body + table + b"startxref\n%d\n%%%%EOF\n" % table_at


def information(data: bytes, name: str) -> str:
    """A field of the information dictionary, as PDFium reads it."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise ValueError("no readable PDF") from error
    try:
        return str(document.get_metadata_value(name))
    finally:
        document.close()


def _end(data: bytes) -> _End:
    starts = _START.findall(data)
    if not data.startswith(b"%PDF-") or not starts:
        raise ValueError("no PDF, or one that is cut off")
    offset = int(starts[-1])
    streamed = data[offset : offset + 4] != b"xref"
    found = (_STREAM if streamed else _TRAILER).search(data, offset)
    if not found:
        raise ValueError("no cross-reference where the file says")
    entries = found[3] if streamed else found[1]
    if b"/Encrypt" in entries:
        raise ValueError("an encrypted PDF")
    size, root = re.search(rb"/Size\s+(\d+)", entries), re.search(rb"/Root\s+(\d+\s+\d+\s+R)", entries)
    if not size or not root:
        raise ValueError("no size or no root")
    identity = re.search(rb"/ID\s*\[.*?\]", entries, re.DOTALL)
    return _End(offset, int(size[1]), root[1], identity[0] if identity else b"", streamed)


def _as_stream(number: int, object_at: int, table_at: int, shared: bytes) -> bytes:
    """A cross-reference stream without a filter: entries of the new object and of the stream itself."""
    rows = b"".join(b"\x01" + place.to_bytes(8, "big") + b"\0\0" for place in (object_at, table_at))
    return (
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 8 2]/Index[%d 2]/Length %d%s>>\nstream\n%s\nendstream\nendobj\n"
        % (
            number + 1,
            number + 2,
            number,
            len(rows),
            shared,
            rows,
        )
    )


def _string(text: str) -> bytes:
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode() + b">"
