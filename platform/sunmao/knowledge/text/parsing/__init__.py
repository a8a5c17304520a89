"""Files → text with offsets. One file here for each format; `STRATEGIES` is the whole choice."""

from __future__ import annotations

from typing import Protocol

from sunmao.knowledge.text.parsing import docx, markdown, pdf, plain
from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed
from sunmao.knowledge.text.parsing.sniffing import SUPPORTED_EXTENSIONS, media_type_of


class Strategy(Protocol):
    def __call__(self, *, name: str, data: bytes) -> Parsed: ...


STRATEGIES: dict[str, Strategy] = {
    docx.MEDIA_TYPE: docx.parse,
    markdown.MEDIA_TYPE: markdown.parse,
    pdf.MEDIA_TYPE: pdf.parse,
    plain.MEDIA_TYPE: plain.parse,
}
"""Media type → how to read it."""


def parse(*, name: str, data: bytes) -> Parsed:
    """Read the file `name` with content `data`; the name is only used for its title and extension.

    Raises `UnreadableFile` with one of the codes `binary_file`, `corrupt_file`, `empty_file`,
    `encrypted_file`, `file_too_large_inside`, `no_text_layer`, `truncated_file`, `undecodable_text`,
    `unsupported_file_type`.
    """
    return STRATEGIES[media_type_of(name=name, data=data)](name=name, data=data)


__all__ = ["STRATEGIES", "SUPPORTED_EXTENSIONS", "PageSpan", "Parsed", "parse"]
