"""Files that were built to harm whoever reads them, made on the spot; `codes` are the reasons that fit.

An empty code means that the file is read: it looks dangerous, and what is in it can be told.
"""

# ruff: noqa: E501  the cases are a table, a line each
from __future__ import annotations

import base64
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO

import docx
import openpyxl
import pptx

from tests.sunmao.knowledge.text import files

MIB = 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
READ = ""


@dataclass(frozen=True)
class Hostile:
    case: str
    name: str
    make: Callable[[], bytes]
    codes: tuple[str, ...]
    seconds: float = 5.0


# --- Good files to spoil ----------------------------------------------------------------------------------


def word(text: str = "正文。") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    return files.word(document)


def sheet(rows: list[list[object]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows or [["产品", "费率"], ["稳健一号", 0.005]]:
        book.active.append(row)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def slides() -> bytes:
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = "标题"
    held = BytesIO()
    show.save(held)
    return held.getvalue()


def replaced(container: bytes, parts: dict[str, bytes]) -> bytes:
    """The container with some parts changed or added."""
    with zipfile.ZipFile(BytesIO(container)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    return files.zipped(held | parts)


def part_of(container: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(container)) as archive:
        return archive.read(name)


def stored(entries: list[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for info, data in entries:
            archive.writestr(info, data)
    return held.getvalue()


# --- Archives ---------------------------------------------------------------------------------------------


def packed_zeros(size: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        archive.writestr("zeros.txt", b"0" * size)
    return held.getvalue()


def nested(depth: int) -> bytes:
    data = files.zipped({"a.txt": "正文。".encode()})
    for level in range(depth):
        data = files.zipped({f"level{level}.zip": data})
    return data


def forty_two(width: int = 12) -> bytes:
    """Archives of archives, each level modest by itself."""
    leaf = files.zipped({f"{i}.txt": bytes(range(256)) * 12_000 for i in range(width)})
    middle = files.zipped({f"{i}.zip": leaf for i in range(width)})
    return files.zipped({f"{i}.zip": middle for i in range(width)})


def overlapping(copies: int = 500) -> bytes:
    """Fifield 2019: many names for the same bytes."""
    kernel = packed_zeros(64 * 1024)
    with zipfile.ZipFile(BytesIO(kernel)) as archive:
        entry, start = archive.infolist()[0], archive.start_dir
    body = kernel[:start]
    directory = b""
    for number in range(copies):
        name = f"{number:04d}.txt".encode()
        directory += struct.pack(
            "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 8, 0, 0,
            entry.CRC, entry.compress_size, 1000, len(name), 0, 0, 0, 0, 0, 0,
        ) + name  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), len(body), 0)
    return body + directory + end


def lying(declared: int) -> bytes:
    """The directory declares another size than the member has."""
    data = bytearray(packed_zeros(2 * MIB))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, declared)
    return bytes(data)


def with_flag(data: bytes) -> bytes:
    """Marked as encrypted, in the directory and in front of the member."""
    held = bytearray(data)
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        held[held.index(mark) + place] |= 1
    return bytes(held)


def with_method(method: int) -> bytes:
    held = bytearray(files.zipped({"a.txt": b"text"}))
    for mark, place in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):
        struct.pack_into("<H", held, held.index(mark) + place, method)
    return bytes(held)


def named(name: str) -> bytes:
    """`zipfile` cleans names when it writes, so the bytes are changed afterwards."""
    safe = "x" * len(name)
    return files.zipped({safe: b"text"}).replace(safe.encode(), name.encode())


def linked() -> bytes:
    info = zipfile.ZipInfo("passwd.txt")
    info.external_attr = 0o120777 << 16
    return stored([(info, b"/etc/passwd")])


# --- XML --------------------------------------------------------------------------------------------------

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10))
    + "]>"
)
STEALS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY k SYSTEM "file:///etc/passwd">]>'
FETCHES = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">'
PARAMETER = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/e"> %p;]>'
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word_with(prolog: str, said: str = "x", encoding: str = "utf-8") -> bytes:
    body = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:body></w:document>'
    return replaced(word(), {"word/document.xml": (prolog + body).encode(encoding)})


def deep_word(depth: int) -> bytes:
    open_, close = "<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"
    body = f'<w:document xmlns:w="{W}"><w:body>{open_ * depth}<w:p/>{close * depth}</w:body></w:document>'
    return replaced(word(), {"word/document.xml": body.encode()})


def spoiled(container: bytes, name: str, prolog: str) -> bytes:
    part = part_of(container, name).decode()
    return replaced(container, {name: (prolog + part[part.find("?>") + 2 if "?>" in part else 0 :]).encode()})


# --- Spreadsheets -----------------------------------------------------------------------------------------


def many_sheets(count: int) -> bytes:
    good = sheet()
    listed = part_of(good, "xl/workbook.xml").decode()
    one = listed[listed.index("<sheet ") : listed.index("</sheets>")]
    all_ = "".join(
        one.replace('sheetId="1"', f'sheetId="{i}"').replace('"Sheet"', f'"S{i}"') for i in range(count)
    )
    return replaced(good, {"xl/workbook.xml": listed.replace(one, all_).encode()})


def sheet_with(data: str) -> bytes:
    good = sheet()
    part = part_of(good, "xl/worksheets/sheet1.xml").decode()
    start, end = part.index("<sheetData>"), part.index("</sheetData>") + len("</sheetData>")
    return replaced(good, {"xl/worksheets/sheet1.xml": (part[:start] + data + part[end:]).encode()})


def corner() -> bytes:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return sheet_with(f"<sheetData>{cells}</sheetData>")


def diagonal(size: int) -> bytes:
    from openpyxl.utils import get_column_letter

    rows = "".join(
        f'<row r="{i}"><c r="{get_column_letter(i)}{i}"><v>1</v></c></row>' for i in range(1, size)
    )
    return sheet_with(f"<sheetData>{rows}</sheetData>")


def merged(count: int) -> bytes:
    cells = "".join(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c></row>' for i in range(1, 2000))
    merges = "".join(f'<mergeCell ref="A{i}:A1048576"/>' for i in range(1, count))
    return sheet_with(f"<sheetData>{cells}</sheetData><mergeCells>{merges}</mergeCells>")


# --- PDF --------------------------------------------------------------------------------------------------


def pdf_of(*objects: bytes) -> bytes:
    return files._assembled(list(objects), encrypted=False, subject="")


def pdf_loop() -> bytes:
    """The tree of pages holds itself."""
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 100000 >>"
    )


def pdf_page(box: str, content: bytes = b"", extra: bytes = b"") -> bytes:
    stream = b"<< " + extra + b"/Length %d >>\nstream\n" % len(content) + content + b"\nendstream"
    return pdf_of(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R >>".encode(),
        stream,
    )


def pdf_stream(size: int) -> bytes:
    return pdf_page("0 0 600 800", zlib.compress(b"q Q " * (size // 4), 9), extra=b"/Filter /FlateDecode ")


def pdf_twice(size: int) -> bytes:
    """Compressed twice: a thousand to one, squared."""
    twice = zlib.compress(zlib.compress(b"\0" * size, 9), 9)
    return pdf_page("0 0 600 800", twice, extra=b"/Filter [/FlateDecode /FlateDecode] ")


def pdf_deep(depth: int) -> bytes:
    return pdf_page("0 0 600 800", b"[" * depth + b"]" * depth + b" TJ")


# --- Pictures ---------------------------------------------------------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * MIB, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def tiff_loop() -> bytes:
    """Its directory of pages leads back to itself."""
    entries = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 1)]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHLL", tag, 3, 1, value) for tag, value in entries
    )
    return b"II*\0" + struct.pack("<L", 8) + directory + struct.pack("<L", 8)


# --- Mail -------------------------------------------------------------------------------------------------

MAIL_HEAD = b"From: a@example.com\nTo: b@example.com\nSubject: hello\nMIME-Version: 1.0\n"


def mail_deep(depth: int) -> bytes:
    said = MAIL_HEAD
    for level in range(depth):
        said += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
    return said + b"Content-Type: text/plain\n\nx\n"


def mail_wide(count: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@example.com", "hello"
    mail.set_content("body")
    for number in range(count):
        mail.add_attachment(b"text", maintype="text", subtype="plain", filename=f"{number}.txt")
    return mail.as_bytes()


def mail_with(name: str, data: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@example.com", "hello"
    mail.set_content("body")
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def mail_in_mail(depth: int) -> bytes:
    inner = mail_with("a.txt", b"text")
    for _ in range(depth):
        inner = MAIL_HEAD + b"Content-Type: message/rfc822\n\n" + inner
    return inner


# --- All of them ------------------------------------------------------------------------------------------

BOMB, COMPLEX, UNSAFE = ("file_too_large_inside",), ("file_too_complex",), ("unsafe_file",)
CORRUPT, LOCKED, TRUNCATED = ("corrupt_file",), ("encrypted_file",), ("truncated_file",)
UNSUPPORTED, EMPTY = ("unsupported_file_type",), ("empty_file",)

ARCHIVES = [
    Hostile("one member of zeros", "a.zip", lambda: packed_zeros(600 * MIB // 10), BOMB),
    Hostile("zeros by bzip2", "a.zip", lambda: packed_zeros(40 * MIB, zipfile.ZIP_BZIP2), BOMB),
    Hostile("zeros by LZMA", "a.zip", lambda: packed_zeros(40 * MIB, zipfile.ZIP_LZMA), BOMB),
    Hostile("zeros in a Word document", "a.docx", lambda: replaced(word(), {"word/x.xml": b"0" * (60 * MIB)}), BOMB),
    Hostile("zeros in a workbook", "a.xlsx", lambda: replaced(sheet(), {"xl/x.xml": b"0" * (60 * MIB)}), BOMB),
    Hostile("zeros in a presentation", "a.pptx", lambda: replaced(slides(), {"ppt/x.xml": b"0" * (60 * MIB)}), BOMB),
    Hostile("six levels of archives", "a.zip", lambda: nested(6), COMPLEX),
    Hostile("archives of archives of archives", "a.zip", forty_two, BOMB),
    Hostile("members that share their bytes", "a.zip", overlapping, UNSAFE),
    Hostile("a member of four gigabytes, declared", "a.zip", lambda: lying(0xFFFFFFF0), BOMB),
    Hostile("a member that is longer than declared", "a.zip", lambda: lying(100), (*CORRUPT, *UNSAFE)),
    Hostile("ten thousand and one members", "a.zip", lambda: files.zipped({f"{i}": b"" for i in range(10_001)}), BOMB),
    Hostile("a link", "a.zip", linked, UNSAFE),
    Hostile("a path upwards", "a.zip", lambda: named("../../../../etc/passwd.txt"), UNSAFE),
    Hostile("an absolute path", "a.zip", lambda: named("/etc/cron.d/evil.txt"), UNSAFE),
    Hostile("a path on a drive", "a.zip", lambda: named("C:/Windows/evil.txt"), UNSAFE),
    Hostile("a path upwards with backslashes", "a.zip", lambda: named("..\\..\\evil.txt"), UNSAFE),
    Hostile("NUL in a name", "a.zip", lambda: named("a.txt\0.exe"), UNSAFE),
    Hostile("a password", "a.zip", lambda: with_flag(files.zipped({"a.txt": b"text"})), LOCKED),
    Hostile("a Word document in a zip with a password", "a.docx", lambda: with_flag(word()), LOCKED),
    Hostile("a method nobody reads", "a.zip", lambda: with_method(97), CORRUPT),
    Hostile("half an archive", "a.zip", lambda: files.zipped({"a.txt": b"text" * 999})[:60], CORRUPT),
    Hostile("an empty archive", "a.zip", lambda: files.zipped({}), EMPTY),
    Hostile("programs only", "a.zip", lambda: files.zipped({"a.exe": b"MZ", "b.dll": b"MZ"}), EMPTY),
]  # fmt: skip
MARKUP = [
    Hostile("a billion laughs in Word", "a.docx", lambda: word_with(LAUGHS, "&k;"), UNSAFE),
    Hostile("a file stolen by Word", "a.docx", lambda: word_with(STEALS, "&k;"), UNSAFE),
    Hostile("a declaration fetched by Word", "a.docx", lambda: word_with(FETCHES), UNSAFE),
    Hostile("parameter entities in Word", "a.docx", lambda: word_with(PARAMETER), UNSAFE),
    Hostile("laughs in UTF-16", "a.docx", lambda: word_with(LAUGHS, "&k;", "utf-16"), UNSAFE),
    Hostile("a billion laughs in Excel", "a.xlsx", lambda: spoiled(sheet(), "xl/worksheets/sheet1.xml", LAUGHS), UNSAFE),
    Hostile("a file stolen by Excel", "a.xlsx", lambda: spoiled(sheet(), "xl/workbook.xml", STEALS), UNSAFE),
    Hostile("a billion laughs in PowerPoint", "a.pptx", lambda: spoiled(slides(), "ppt/slides/slide1.xml", LAUGHS), UNSAFE),
    Hostile("a file stolen by PowerPoint", "a.pptx", lambda: spoiled(slides(), "ppt/presentation.xml", STEALS), UNSAFE),
    Hostile("laughs in relations", "a.docx", lambda: spoiled(word(), "word/_rels/document.xml.rels", LAUGHS), UNSAFE),
    Hostile("a drawing that laughs", "a.svg", lambda: (LAUGHS + "<svg>&k;</svg>").encode(), UNSUPPORTED),
    Hostile("a Word document nested deep", "a.docx", lambda: deep_word(50_000), (*CORRUPT, *COMPLEX)),
    Hostile("a page nested deep", "a.html", lambda: b"<html><body>" + b"<div>" * 200_000 + b"x", COMPLEX),
    Hostile("a page of open tags", "a.html", lambda: b"<html>" + b"<b><i><table><a>" * 50_000 + b"x", COMPLEX),
    Hostile("a page of angle brackets", "a.html", lambda: b"<html>x" + b"<" * (4 * MIB), (READ,)),
    Hostile("a page of styles", "a.html", lambda: b"<html><style>" + b"p{display:none}" * 90_000 + b"</style><p>x</p><b>y", (READ,)),
]  # fmt: skip
SHEETS = [
    Hostile("a hundred thousand sheets", "a.xlsx", lambda: many_sheets(100_000), (*COMPLEX, *BOMB)),
    Hostile("a cell in the last corner", "a.xlsx", corner, (READ,)),
    Hostile("a diagonal", "a.xlsx", lambda: diagonal(16_000), COMPLEX),
    Hostile("very many merged cells", "a.xlsx", lambda: merged(20_000), (READ,)),
    Hostile("a text that is not there", "a.xlsx", lambda: sheet_with('<sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData>'), CORRUPT),
    Hostile("half a workbook", "a.xlsx", lambda: sheet()[:2000], CORRUPT),
    Hostile("half a presentation", "a.pptx", lambda: slides()[:9000], CORRUPT),
    Hostile("half a Word document", "a.docx", lambda: word()[:9000], CORRUPT),
    Hostile("a workbook with a password", "a.xlsx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), LOCKED),
    Hostile("a Word document with a password", "a.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), LOCKED),
    Hostile("a quotation mark never closed", "a.csv", lambda: b'a,b\n"' + b"x,y\n" * 500_000, (READ,), 20),
    Hostile("a row of a million columns", "a.csv", lambda: b"a,b\n" + b"1," * 1_000_000, (READ,), 20),
    Hostile("a cell of two million characters", "a.csv", lambda: b"a,b\n" + b"x" * 2_000_000, CORRUPT),
]  # fmt: skip
PRINTED = [
    Hostile("half a PDF", "a.pdf", lambda: files.pdf("abc")[:400], TRUNCATED),
    Hostile("a PDF of rubbish", "a.pdf", lambda: b"%PDF-1.7\nrubbish\n%%EOF", CORRUPT),
    Hostile("a PDF with a password", "a.pdf", lambda: files.pdf("abc", encrypted=True), LOCKED),
    Hostile("pages that hold themselves", "a.pdf", pdf_loop, (*CORRUPT, *EMPTY, *COMPLEX)),
    Hostile("a huge page", "a.pdf", lambda: pdf_page("0 0 9e30 9e30"), EMPTY),
    Hostile("a stream of sixteen million operators", "a.pdf", lambda: pdf_stream(64 * MIB), (*COMPLEX, *EMPTY), 60),
    Hostile("a stream packed twice", "a.pdf", lambda: pdf_twice(256 * MIB), (*COMPLEX, "reader_crashed", *EMPTY), 30),
    Hostile("operands nested deep", "a.pdf", lambda: pdf_deep(200_000), (*COMPLEX, *EMPTY, *CORRUPT)),
    Hostile("a picture of ten gigapixels", "a.png", lambda: png(100_000, 100_000), COMPLEX),
    Hostile("half a picture", "a.png", lambda: png(1000, 1000)[:60], (*CORRUPT, "no_text_layer"), 15),
    Hostile("a picture that repeats itself for ever", "a.tiff", tiff_loop, (*CORRUPT, *COMPLEX, *EMPTY), 15),
]  # fmt: skip
MAILS = [
    Hostile("a thousand parts in each other", "a.eml", lambda: mail_deep(1000), COMPLEX),
    Hostile("a thousand parts", "a.eml", lambda: mail_wide(1000), COMPLEX),
    Hostile("mail in mail in mail", "a.eml", lambda: mail_in_mail(50), (READ, *COMPLEX)),
    Hostile("a bomb attached", "a.eml", lambda: mail_with("a.zip", packed_zeros(40 * MIB)), BOMB),
    Hostile("laughs attached", "a.eml", lambda: mail_with("a.docx", word_with(LAUGHS, "&k;")), UNSAFE),
    Hostile("a header of ten megabytes", "a.eml", lambda: b"Subject: " + b"x" * (10 * MIB) + b"\n\nbody", (READ, *COMPLEX), 30),
    Hostile("a mail that is none", "a.eml", lambda: b"\n\n\nbody", CORRUPT),
]  # fmt: skip
DISGUISED = [
    Hostile("a program named Word", "a.docx", lambda: b"MZ\x90\0" * 99, CORRUPT),
    Hostile("a program named text", "a.txt", lambda: b"\x7fELF\2\1\1\0" + bytes(range(256)) * 99, ("binary_file",)),
    Hostile("a PDF named Word", "a.docx", lambda: files.pdf("Section 1."), (READ,)),
    Hostile("a Word document named Excel", "a.xlsx", word, (READ,)),
    Hostile("a page named PDF", "a.pdf", lambda: b"<!doctype html><p>Error 404</p>", (READ,)),
    Hostile("an old Word document", "a.doc", lambda: OLE + b"\0" * 600, UNSUPPORTED),
    Hostile("a page of nothing but a script", "a.html", lambda: b"<html><script>alert(1)</script>", EMPTY),
    Hostile("base64 named Markdown", "a.md", lambda: base64.b64encode(b"x" * 99_999), (READ,)),
]  # fmt: skip
ALL = [*ARCHIVES, *MARKUP, *SHEETS, *PRINTED, *MAILS, *DISGUISED]
