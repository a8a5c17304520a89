"""Names of WordprocessingML, and the elements that we tell apart."""

from __future__ import annotations

from sunmao.knowledge.text.parsing.office.words import MC, M, W

XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

PARAGRAPH, RUN, TEXT, DELETED_TEXT = f"{W}p", f"{W}r", f"{W}t", f"{W}delText"
RUN_PROPERTIES, PARAGRAPH_PROPERTIES = f"{W}rPr", f"{W}pPr"
INSERTED, DELETED, MOVED_HERE, MOVED_AWAY = f"{W}ins", f"{W}del", f"{W}moveTo", f"{W}moveFrom"
COMMENT_REFERENCE = f"{W}commentReference"
FIELD_CHARACTER, BOX = f"{W}fldChar", f"{W}txbxContent"
ALTERNATIVES, CHOICE = f"{MC}AlternateContent", f"{MC}Choice"

CHARACTERS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
NOTE_REFERENCES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
OBJECTS = frozenset({f"{W}drawing", f"{W}pict", f"{W}object", ALTERNATIVES})
MATHEMATICS = frozenset({f"{M}oMath", f"{M}oMathPara"})
MATH_TEXT = f"{M}t"

# Tick boxes of forms come as letters of symbol fonts.
SYMBOLS = {
    ("wingdings", 0xA8): "□", ("wingdings", 0x6F): "□", ("wingdings", 0x71): "□", ("wingdings", 0xFE): "☑",
    ("wingdings", 0xFC): "√", ("wingdings", 0xFD): "☒", ("wingdings", 0xFB): "×",
    ("wingdings 2", 0xA3): "□", ("wingdings 2", 0x52): "☑", ("wingdings 2", 0x54): "☒",
    ("wingdings 2", 0x50): "√", ("wingdings 2", 0x4F): "×",
}  # fmt: skip


def symbol(font: str, code: str) -> str:
    """What a `w:sym` shows; private code points repeat those of the font at F000."""
    try:
        number = int(code, 16) & 0xFF
    except ValueError:
        return "\ufffd"
    return SYMBOLS.get((font.lower(), number), "\ufffd")
