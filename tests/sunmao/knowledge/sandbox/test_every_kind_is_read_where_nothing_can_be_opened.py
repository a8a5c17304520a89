"""A reader that imports or opens something late works in a test and fails in the sandbox: so each is tried there."""

# ruff: noqa: E501  the cases are a table, a line each
from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from io import BytesIO

import pytest
from PIL import Image

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.sandbox import reading
from sunmao.knowledge.sandbox.reading import parse_safely
from sunmao.knowledge.text.parsing import SUPPORTED_EXTENSIONS, parse
from tests.sunmao.knowledge.sandbox.hostile import sheet, slides, word
from tests.sunmao.knowledge.text import files

SAID = "当事人可以约定一方违约时应当根据违约情况向对方支付一定数额的违约金。"
PAGE = f"<html><body><div><h1>题</h1>{f'<p>{SAID}</p>' * 30}</div></body></html>".encode()


def picture(kind: str) -> Callable[[], bytes]:
    def make() -> bytes:
        held = BytesIO()
        Image.new("RGB", (40, 40)).save(held, kind)
        return held.getvalue()

    return make


def mail(charset: str = "utf-8", transfer: str = "base64") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = (
        "林 <a@example.com>",
        "退货",
        "Mon, 5 Oct 2026 09:00:00 +0800",
    )
    message.set_content(SAID, charset=charset, cte=transfer)
    message.add_attachment(PAGE, maintype="text", subtype="html", filename="附件.html")
    return message.as_bytes()


SAMPLES: dict[str, Callable[[], bytes]] = {
    ".bmp": picture("BMP"), ".csv": lambda: f"a,b\n1,{SAID}\n".encode(), ".docm": word, ".docx": word, ".eml": mail,
    ".gif": picture("GIF"), ".htm": lambda: PAGE, ".html": lambda: PAGE, ".jpeg": picture("JPEG"), ".jpg": picture("JPEG"),
    ".markdown": lambda: b"# a\n\nb", ".md": lambda: b"# a\n\nb", ".pdf": lambda: files.pdf("第一页。", "第二页。"), ".png": picture("PNG"),
    ".pptm": slides, ".pptx": slides, ".tif": picture("TIFF"), ".tiff": picture("TIFF"), ".tsv": lambda: b"a\tb\n1\t2\n",
    ".txt": lambda: SAID.encode(), ".webp": picture("WEBP"), ".xhtml": lambda: PAGE, ".xlsm": sheet, ".xlsx": sheet,
    ".zip": lambda: files.zipped({"a.docx": word(), "b.eml": mail(), "c.xlsx": sheet()}),
}  # fmt: skip


def test_there_is_a_sample_of_every_kind() -> None:
    assert sorted(SAMPLES) == sorted(SUPPORTED_EXTENSIONS)


@pytest.mark.parametrize("extension", sorted(SAMPLES))
def test_it_reads_the_same_in_the_sandbox(extension: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "can_recognise", lambda: False)
    name, data = f"a{extension}", SAMPLES[extension]()
    if SUPPORTED_EXTENSIONS[extension].startswith("image"):
        with pytest.raises(UnreadableFile) as refused:
            parse_safely(name=name, data=data)
        assert refused.value.code == "no_text_layer"
    else:
        assert parse_safely(name=name, data=data) == parse(name=name, data=data)


@pytest.mark.parametrize("encoding", ["gbk", "big5", "utf-16", "utf-8-sig", "shift_jis", "euc_kr", "cp1252"])
def test_every_encoding_is_known_there(encoding: str) -> None:
    text = {"shift_jis": "返品は七日以内にできます。", "euc_kr": "칠일 이내에 반품할 수 있습니다.", "cp1252": "Rücknahme für fünf Tage möglich.",
            "big5": "當事人可以約定一方違約時應當支付違約金。"}.get(encoding, SAID)  # fmt: skip
    data = f"a,b\n1,{text * 5}\n2,{text * 5}\n".encode(encoding)
    assert parse_safely(name="a.csv", data=data) == parse(name="a.csv", data=data)


@pytest.mark.parametrize(
    ("charset", "transfer"),
    [("gb2312", "base64"), ("gb18030", "quoted-printable"), ("utf-8", "8bit")],
)
def test_every_charset_of_mail_is_known_there(charset: str, transfer: str) -> None:
    data = mail(charset, transfer)
    assert parse_safely(name="a.eml", data=data) == parse(name="a.eml", data=data)
