"""What goes between a worker and its reading process: lengths, JSON and bytes, never objects.

The reading process is taken to be in a stranger's hands once it has looked at a file, so what it says is
checked like any input: sizes first, then every type and every offset.
"""

from __future__ import annotations

import json
import socket
import struct
import traceback
from dataclasses import asdict
from typing import Any

from django.utils import translation

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import PageSpan, Parsed, Part, Picture, Remark

LANGUAGES = ("zh-hans", "en")
_LENGTH = struct.Struct("!Q")


class Garbled(Exception):
    """The other side said something that is no answer."""


def send(
    channel: socket.socket, header: dict[str, Any], data: bytes = b"", *, descriptor: int | None = None
) -> None:
    said = json.dumps(header).encode()
    start = _LENGTH.pack(len(said))
    if descriptor is None:
        channel.sendall(start)
    else:
        socket.send_fds(channel, [start], [descriptor])
    channel.sendall(said + _LENGTH.pack(len(data)))
    channel.sendall(data)


def receive(channel: socket.socket) -> tuple[dict[str, Any], bytes, list[int]] | None:
    """A header, data and descriptors; None when the other side has gone."""
    start, descriptors, _flags, _address = socket.recv_fds(channel, _LENGTH.size, 1)
    if not start:
        return None
    start += _exactly(channel, _LENGTH.size - len(start))
    header = json.loads(_exactly(channel, _LENGTH.unpack(start)[0]))
    (size,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size))
    return header, _exactly(channel, size), list(descriptors)


def _exactly(channel: socket.socket, size: int) -> bytes:
    held = bytearray(size)
    view, at = memoryview(held), 0
    while at < size:
        got = channel.recv_into(view[at:])
        if not got:
            raise EOFError
        at += got
    return bytes(held)


def written(parsed: Parsed) -> bytes:
    return json.dumps({"parsed": asdict(parsed)}, ensure_ascii=False).encode(errors="replace")


def read(value: Any) -> bytes:
    """What another reader than `parse` gives: values of JSON."""
    return json.dumps({"read": value}, ensure_ascii=False).encode(errors="replace")


def failure(error: UnreadableFile) -> dict[str, Any]:
    """Why a file cannot be read, in every language: who reads it is known later."""
    texts = {}
    for language in LANGUAGES:
        with translation.override(language):
            texts[language] = str(error.message)
    cause = error.__cause__
    trace = "".join(traceback.format_exception(cause)) if cause is not None else ""
    return {"code": error.code, "texts": texts, "trace": trace[-4000:]}


def parsed_from(said: Any) -> Parsed:
    """Raises `Garbled` unless every field is what it should be and every offset lies in the text."""
    try:
        parsed = Parsed(
            text=_text(said["text"]),
            title=_text(said["title"]),
            media_type=_text(said["media_type"]),
            encoding=_text(said["encoding"]),
            pages=tuple(
                PageSpan(_whole(p["number"]), _whole(p["start"]), _whole(p["end"])) for p in said["pages"]
            ),
            parts=tuple(
                Part(_text(p["name"]), _text(p["media_type"]), _whole(p["start"]), _whole(p["end"]))
                for p in said["parts"]
            ),
            hidden=tuple(_text(hidden) for hidden in said["hidden"]),
            aside=tuple(_text(aside) for aside in said["aside"]),
            remarks=tuple(
                Remark(*(_text(r[key]) for key in ("code", "about", "detail"))) for r in said["remarks"]
            ),
            pictures=tuple(
                Picture(_text(p["media_type"]), _text(p["data"]), _whole(p["start"]), _whole(p["end"]))
                for p in said["pictures"]
            ),
        )
    except (KeyError, TypeError) as error:
        raise Garbled from error
    spans = [(picture.start, picture.end) for picture in parsed.pictures]
    spans += [(page.start, page.end) for page in parsed.pages]
    spans += [(part.start, part.end) for part in parsed.parts]
    if any(not 0 <= start <= end <= len(parsed.text) for start, end in spans):
        raise Garbled
    return parsed


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value


__all__ = ["LANGUAGES", "Garbled", "failure", "parsed_from", "read", "receive", "send", "written"]
