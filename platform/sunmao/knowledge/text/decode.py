"""Bytes of unknown encoding → text.

Order matters: UTF-8 rejects almost everything that is not UTF-8, so it goes first. GB18030 accepts almost
everything, so it must also look like Chinese: in running simplified Chinese over 99 % of the characters
stand in level 1 of GB 2312-80 (rows 16 to 55), in mistaken readings far fewer; but for Korean, whose
syllables are all in rows 16 to 40, where no Chinese text stays. Only the rest is left to statistics.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message, UnreadableFile
from sunmao.knowledge.text.plausibility import control_share, is_korean, level_1_share, plausible_share

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The mark of UTF-32 begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("gb18030", "big5", "utf_16_le", "utf_16_be", "shift_jis", "euc_kr", "cp1252")
_MAX_CONTROL_SHARE = 0.02
_MIN_LEVEL_1_SHARE = 0.85
_MIN_PLAUSIBLE_SHARE = 0.9
_SAMPLE = 200_000
"""Bytes or characters that are looked at to tell encodings apart."""

_MESSAGES: dict[str, Message] = {
    "empty_file": _("The file holds no text. Check that it was saved, then upload it again."),
    "binary_file": _("The file holds binary data, not text. Export it as text, Markdown, Word or PDF."),
    "truncated_file": _(
        "The file ends in the middle of a character, so part of it is missing. Upload it again."
    ),
    "undecodable_text": _(
        "The character encoding could not be recognised. Save the file as UTF-8 and upload it again."
    ),
}


@dataclass(frozen=True)
class Decoded:
    """Text with `\\n` line ends and no NUL, and the Python codec name it was read with."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Read `data` as text.

    Raises `UnreadableFile` with code `empty_file`, `binary_file`, `truncated_file` or `undecodable_text`.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise _unreadable("empty_file")
    text, encoding = (
        _with_bom(data) or _as_utf8(data) or _as_wide(data) or _as_chinese(data) or _by_statistics(data)
    )
    return _checked(text, encoding)


def _unreadable(code: str) -> UnreadableFile:
    return UnreadableFile(_MESSAGES[code], code=code)


def _with_bom(data: bytes) -> tuple[str, str] | None:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise _unreadable(_cause(error, data)) from error
    return None


def _as_utf8(data: bytes) -> tuple[str, str] | None:
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        # All before was valid and only the last character is incomplete: no other encoding looks so.
        if error.reason == "unexpected end of data":
            raise _unreadable("truncated_file") from error
        return None


def _as_wide(data: bytes) -> tuple[str, str] | None:
    """UTF-16 without its mark: the only text in which bytes of zero are common."""
    if 0 not in data[:_SAMPLE]:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if plausible_share(text[:_SAMPLE]) >= _MIN_PLAUSIBLE_SHARE:
            return text, encoding
    return None


def _as_chinese(data: bytes) -> tuple[str, str] | None:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        if (
            _cause(error, data) == "truncated_file"
            and level_1_share(data[: min(error.start, _SAMPLE)]) >= _MIN_LEVEL_1_SHARE
        ):
            raise _unreadable("truncated_file") from error
        return None
    if level_1_share(data[:_SAMPLE]) < _MIN_LEVEL_1_SHARE:
        return None
    return _as_korean(data) or (text, "gb18030")


def _as_korean(data: bytes) -> tuple[str, str] | None:
    try:
        text = data.decode("euc_kr")
    except UnicodeDecodeError:
        return None
    return (text, "euc_kr") if is_korean(text[:_SAMPLE]) else None


def _by_statistics(data: bytes) -> tuple[str, str]:
    if control_share(data[:_SAMPLE].decode("latin-1")) > _MAX_CONTROL_SHARE:
        raise _unreadable("binary_file")
    best = from_bytes(data, cp_isolation=list(_GUESSES)).best()
    if best is None:
        raise _unreadable("undecodable_text")
    return str(best), best.encoding


def _cause(error: UnicodeDecodeError, data: bytes) -> str:
    return "truncated_file" if error.end >= len(data) else "undecodable_text"


def _checked(text: str, encoding: str) -> Decoded:
    if control_share(text[:_SAMPLE].replace("\x00", "")) > _MAX_CONTROL_SHARE:
        raise _unreadable("binary_file")
    clean = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if not clean.strip():
        raise _unreadable("empty_file")
    return Decoded(text=clean, encoding=encoding)


__all__ = ["Decoded", "decode"]
