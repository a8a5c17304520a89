"""Files → text with offsets. `formats` has one file for each kind; `registry` finds them."""

from __future__ import annotations

from sunmao.knowledge.text.parsing import registry
from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed, Part, Picture, Remark
from sunmao.knowledge.text.parsing.registry import FORMATS, SUPPORTED_EXTENSIONS
from sunmao.knowledge.text.parsing.source import Recogniser, Source


def parse(
    *,
    name: str,
    data: bytes,
    recognise: Recogniser | None = None,
    apart: bool = False,
    wordless: bool = False,
) -> Parsed:
    """Read the file `name` with content `data`; the name is only used for its title and extension. With
    `apart`, the files inside it are left to `registry.unpack`; with `wordless`, pictures without words are
    kept.

    In this process and without limits of time and memory: files of strangers are read by `parse_safely` of
    `sunmao.knowledge.sandbox`. Raises `UnreadableFile` with one of the codes `binary_file`, `corrupt_file`,
    `empty_file`, `encrypted_file`, `file_too_complex`, `file_too_large_inside`, `no_text_layer`,
    `truncated_file`, `undecodable_text`, `unsafe_file`, `unsupported_file_type`.
    """
    return registry.parse(
        Source(name, data, registry.parse, recognise=recognise, apart=apart, wordless=wordless)
    )


__all__ = ["FORMATS", "SUPPORTED_EXTENSIONS", "PageSpan", "Parsed", "Part", "Picture", "Remark", "parse"]
