"""What runs in the confined process: any file of a contract → values of JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import Parsed, parse, registry
from sunmao.knowledge.text.parsing.formats import docx, image, pdf, plain
from sunmao.knowledge.text.parsing.formats import markdown as marked
from sunmao.knowledge.text.parsing.formats import zip as zip_
from sunmao.knowledge.text.parsing.naming import extension_of, title_from
from sunmao.knowledge.text.parsing.parsed import unreadable
from sunmao.knowledge.text.parsing.source import Recogniser, Source
from verticals.contract_review.documents.contract_text import ContractText, Remark
from verticals.contract_review.documents.reading import printed, word
from verticals.contract_review.documents.reading.pasting import cleaned


def read(*, name: str, data: bytes, recognise: Recogniser | None = None) -> dict[str, Any]:
    return asdict(contract_in(name=name, data=data, recognise=recognise))


def contract_in(*, name: str, data: bytes, recognise: Recogniser | None = None) -> ContractText:
    """Raises `UnreadableFile`."""
    found = registry.format_of(Source(name, data, registry.parse)).media_type
    try:
        return _read(found, name, data, recognise)
    except UnreadableFile:
        raise
    except (MemoryError, RecursionError) as error:
        raise unreadable(
            "file_too_complex",
            _("The file takes more time or memory to read than is allowed. Split or simplify it."),
        ) from error
    except Exception as error:
        # Libraries raise whatever comes to hand on bytes of strangers; all of it is about this file.
        raise unreadable(
            "corrupt_file", _("The file is damaged or unusual. Open it, save it again, then upload it.")
        ) from error


def _read(media_type: str, name: str, data: bytes, recognise: Recogniser | None) -> ContractText:
    # A container that is cut off no longer says what it held; its name still does.
    is_cut_off = media_type == zip_.MEDIA_TYPE and extension_of(name) in docx.FORMAT.extensions
    if media_type == docx.MEDIA_TYPE or is_cut_off:
        return word.read(name=name, data=data)
    if media_type == pdf.MEDIA_TYPE:
        return printed.read(name=name, data=data, recognise=recognise)
    if media_type == image.MEDIA_TYPE:
        return _picture(name, data, recognise)
    if media_type in (plain.MEDIA_TYPE, marked.MEDIA_TYPE):
        return ContractText(
            text=cleaned(parse(name=name, data=data).text), kind="text", title=title_from(name)
        )
    raise unreadable(
        "unsupported_contract_type",
        _("A contract is read from a Word document (.docx), a PDF, a plain text or a picture of its pages."),
    )


def _plain(name: str, data: bytes) -> ContractText:
    text = cleaned(parse(name=name, data=data).text)
    if not text.strip():
        raise unreadable("empty_file", _("The file is empty. Check that it was saved, then upload it again."))
    return ContractText(text=text, kind="text", title=title_from(name))


def _picture(name: str, data: bytes, recognise: Recogniser | None) -> ContractText:
    try:
        parsed: Parsed = parse(name=name, data=data, recognise=recognise)
    except UnreadableFile as error:
        if error.code != "no_text_layer":
            raise
        unread = (Remark("unread_pages", "1"),)
        return ContractText(text="", kind="picture", title=title_from(name), remarks=unread, needs_ocr=True)
    return ContractText(
        text=parsed.text, kind="picture", title=parsed.title, pages=parsed.pages, remarks=parsed.remarks
    )


__all__ = ["contract_in", "read"]
