"""Word documents → Markdown-like text: headings as `#` lines, list items as `- `, table rows as `a | b`."""

from __future__ import annotations

from io import BytesIO

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.headings import first_heading
from sunmao.knowledge.text.parsing import archive, safe_xml
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.pictures import NEEDS, Gallery
from sunmao.knowledge.text.parsing.source import Content, Format, Source

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAIN_PART = "word/document.xml"


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `corrupt_file`, `encrypted_file`, `unsafe_file`, `file_too_large_inside` or
    `empty_file`."""
    import docx

    from sunmao.knowledge.text.parsing.office.document import Reader

    with archive.opened(source.data, source.budget) as container:
        safe_xml.check(container)
        aside = safe_xml.said_aside(container)
    gallery = Gallery.of(source)
    text = Reader.of(docx.Document(BytesIO(source.data)).part, gallery).read()
    if not text.length:
        raise unreadable(
            "empty_file", _("The Word document holds no text. Check that it was saved, then upload it again.")
        )
    if text.hidden:
        text.remarks.append(Remark("hidden_text", str(sum(map(len, text.hidden)))))
    text.remarks += gallery.remarks
    text.aside += aside
    parsed = text.parsed(title="", media_type=MEDIA_TYPE)
    return text.parsed(title=first_heading(parsed.text) or title_from(source.name), media_type=MEDIA_TYPE)


def _is_document(content: Content) -> bool:
    return MAIN_PART in content.members


FORMAT = Format(
    MEDIA_TYPE,
    (".docx", ".docm"),
    parse,
    _is_document,
    needs=("docx", "sunmao.knowledge.text.parsing.office.document", *NEEDS),
)
__all__ = ["FORMAT"]
