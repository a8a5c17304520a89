"""A new Word document from plain text, such that reading it gives that text again."""

from __future__ import annotations

import re
from typing import Any

from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.word.package import saved

_HEADING = re.compile(
    r"\s*(?:第[零〇一二三四五六七八九十百千\d]{1,9}[编章节条]\s*[^。；;，,：:]{0,24}|[一二三四五六七八九十]{1,3}、[^。；;，,：:]{1,24}"
    r"|(?:ARTICLE|Article|Section)\s+[\dIVX]+[.:]?[^.;]{0,60})\s*"
)
_LONGEST_TITLE = 40
FONT_LATIN, FONT_CHINESE = "Times New Roman", "宋体"


def written(text: str, *, title: str = "") -> bytes:
    document = blank(title=title)
    for number, line in enumerate(text.split("\n")):
        paragraph = document.add_paragraph()
        run = paragraph.add_run(line)
        is_title = number == 0 and len(line) <= _LONGEST_TITLE and not _HEADING.fullmatch(line)
        run.bold = True if line.strip() and (is_title or _HEADING.fullmatch(line)) else None
        if is_title:
            paragraph.alignment = 1
    return saved(document)


def blank(*, title: str = "") -> Any:
    """A4 with the look of a Chinese contract: Song type of 10.5 points, one and a half lines."""
    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = "Sunmao"
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.8)
    section.top_margin = section.bottom_margin = Cm(2.5)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT_LATIN, Pt(10.5)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(f"{W}eastAsia", FONT_CHINESE)
    normal.paragraph_format.line_spacing = 1.5
    normal.paragraph_format.space_after = Pt(4)
    return document


__all__ = ["FONT_CHINESE", "FONT_LATIN", "blank", "written"]
