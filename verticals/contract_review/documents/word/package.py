"""Opening the file of a stranger and saving it again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import archive, safe_xml
from sunmao.knowledge.text.parsing.source import Budget


def opened(data: bytes) -> Any:
    """A document of python-docx. Raises `UnreadableFile`."""
    import docx

    with archive.opened(data, Budget()) as container:
        safe_xml.check(container)
    try:
        return docx.Document(BytesIO(data))
    except Exception as error:
        # python-docx raises whatever comes to hand on a package that lacks a part.
        raise UnreadableFile(
            _("The file is damaged or unusual. Open it, save it again, then upload it."), code="corrupt_file"
        ) from error


def saved(document: Any) -> bytes:
    held = BytesIO()
    document.save(held)
    return held.getvalue()


__all__ = ["opened", "saved"]
