from __future__ import annotations

import codecs

import pytest

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.decode import decode

SIMPLIFIED = "第五百八十五条　当事人可以约定一方违约时应当根据违约情况向对方支付一定数额的违约金。\n"
TRADITIONAL = "當事人可以約定一方違約時應當根據違約情況向對方支付一定數額的違約金，也可以約定計算方法。\n"
KOREAN = "제1조 고객은 상품을 받은 날부터 7일 이내에 반품할 수 있습니다.\n"


@pytest.mark.parametrize(
    ("case", "data", "text", "encoding"),
    [
        ("plain utf-8", SIMPLIFIED.encode(), SIMPLIFIED, "utf-8"),
        ("utf-8 with its mark", codecs.BOM_UTF8 + SIMPLIFIED.encode(), SIMPLIFIED, "utf-8-sig"),
        ("utf-16 with its mark", SIMPLIFIED.encode("utf-16"), SIMPLIFIED, "utf-16"),
        ("utf-16 little endian without mark", SIMPLIFIED.encode("utf-16-le"), SIMPLIFIED, "utf-16-le"),
        ("utf-16 big endian without mark", SIMPLIFIED.encode("utf-16-be"), SIMPLIFIED, "utf-16-be"),
        ("utf-32 with its mark", f"𠮷{SIMPLIFIED}".encode("utf-32"), f"𠮷{SIMPLIFIED}", "utf-32"),
        ("gbk", SIMPLIFIED.encode("gbk"), SIMPLIFIED, "gb18030"),
        (
            "gb18030 with a four-byte character",
            "𠮷祥如意，万事顺利。".encode("gb18030"),
            "𠮷祥如意，万事顺利。",
            "gb18030",
        ),
        ("traditional characters in big5", (TRADITIONAL * 3).encode("big5"), TRADITIONAL * 3, "big5"),
        ("korean, whose bytes are also common chinese characters", KOREAN.encode("euc-kr"), KOREAN, "euc_kr"),
        ("ascii", b"plain text", "plain text", "utf-8"),
        ("line ends of every system", b"a\r\nb\rc\n", "a\nb\nc\n", "utf-8"),
        ("stray NUL", b"good\x00 text", "good text", "utf-8"),
    ],
)
def test_text_is_read_in_its_encoding(case: str, data: bytes, text: str, encoding: str) -> None:
    decoded = decode(data)
    assert (decoded.text, decoded.encoding) == (text, encoding), case


@pytest.mark.parametrize(
    ("case", "data", "code"),
    [
        ("nothing", b"", "empty_file"),
        ("white space only", b" \r\n\t", "empty_file"),
        ("a mark and nothing else", codecs.BOM_UTF8, "empty_file"),
        ("ideographic spaces only", "\u3000\u3000".encode(), "empty_file"),
        ("utf-8 cut inside a character", SIMPLIFIED.encode()[:-2], "truncated_file"),
        ("gbk cut inside a character", SIMPLIFIED.encode("gbk")[:-2], "truncated_file"),
        ("utf-16 cut inside a character", SIMPLIFIED.encode("utf-16")[:-1], "truncated_file"),
        ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "binary_file"),
        ("control characters in valid utf-8", b"\x01\x02\x03\x04abc" * 50, "binary_file"),
    ],
)
def test_unreadable_bytes_are_refused_with_a_reason(case: str, data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        decode(data)
    assert refused.value.code == code, case
    assert refused.value.message is not UnreadableFile.default_message
