"""Words for what a reader remarked: the file was read, and a person should still know."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message
from sunmao.knowledge.text.parsing.parsed import Remark

_SAID = {
    "wrong_extension": _("The name ends in {about}, but the content is {detail}; it was read as that."),
    "skipped_part": _("{about} inside the file was left out [{detail}]."),
    "unread_pages": _("{about} pages hold pictures and no text; they were not read."),
    "unread_pictures": _("{about} pictures in the file were not looked at for words."),
    "recognised_pages": _("{about} pages were read by text recognition and may hold mistakes."),
    "hidden_text": _("{about} characters that no reader of the page sees were left out."),
    "hidden_order": _(
        "The file hides an instruction to the assistant from its readers: “{about}” [{detail}]."
    ),
    "aside_order": _(
        "A comment, property or description in the file holds an instruction to the assistant: "
        "“{about}” [{detail}]."
    ),
}


def said(remark: Remark) -> Message:
    """A sentence, or the bare code of one that this version does not know."""
    known = _SAID.get(remark.code)
    return format_lazy(known, about=remark.about, detail=remark.detail) if known else remark.code


__all__ = ["said"]
