"""Small files of each format, made on the spot."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx

from sunmao.knowledge.text.parsing import Parsed


def markdown(text: str, title: str = "测试") -> Parsed:
    return Parsed(text=text, title=title, media_type="text/markdown", encoding="utf-8")


def word(document: docx.document.Document) -> bytes:
    held = BytesIO()
    document.save(held)
    return held.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return held.getvalue()


def pdf(
    *pages: str,
    encrypted: bool = False,
    before: str = "",
    between: str | None = None,
    page_entries: str = "",
    subject: str = "",
) -> bytes:
    """Pages of one column; every character gets its own code and a ToUnicode entry, as browsers write PDF.
    `before` is drawn first on each page: a colour, a scale. `between` goes before the second line and those
    after it, which are then drawn by themselves."""
    codes = {c: i for i, c in enumerate(sorted(set("".join(pages)) - {"\n"}), start=1)}
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{7 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H "
        b"/DescendantFonts [4 0 R] /ToUnicode 6 0 R >>"
    )
    objects.append(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /FontDescriptor 5 0 R /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    objects.append(
        b"<< /Type /FontDescriptor /FontName /Song /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        b"/Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    objects.append(_stream(_to_unicode(codes)))
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {8 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> {page_entries} >>".encode()
        )
        first, _line, rest = page.partition("\n") if between is not None else (page, "", "")
        drawn = _content(first, codes, before) + (f"\n{_content(rest, codes, between or '')}" if rest else "")
        objects.append(_stream(drawn))
    return _assembled(objects, encrypted=encrypted, subject=subject)


def _stream(content: str) -> bytes:
    return f"<< /Length {len(content)} >>\nstream\n{content}\nendstream".encode()


def _to_unicode(codes: dict[str, int]) -> str:
    pairs = "\n".join(f"<{code:04X}> <{c.encode('utf-16-be').hex()}>" for c, code in codes.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(codes)} beginbfchar\n{pairs}\nendbfchar\nendcmap end end"
    )


def _content(page: str, codes: dict[str, int], before: str) -> str:
    lines = (f"<{''.join(f'{codes[c]:04X}' for c in line)}> Tj 0 -16 Td" for line in page.split("\n"))
    return f"{before} BT /F1 10 Tf 40 760 Td\n" + "\n".join(lines) + "\nET"


def _assembled(objects: list[bytes], *, encrypted: bool, subject: str) -> bytes:
    trailer = "/Root 1 0 R"
    if subject:
        objects = [*objects, f"<< /Subject ({subject}) >>".encode()]
        trailer += f" /Info {len(objects)} 0 R"
    if encrypted:
        # Owner and user entries that no password matches.
        objects = [
            *objects,
            f"<< /Filter /Standard /V 1 /R 2 /O <{'41' * 32}> /U <{'42' * 32}> /P -44 >>".encode(),
        ]
        trailer += f" /Encrypt {len(objects)} 0 R /ID [<{'43' * 16}> <{'43' * 16}>]"
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start = len(out)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return (
        out + f"{head}trailer << /Size {len(objects) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
