"""The verb that ingestion calls."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, TypeVar

import structlog
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message, UnreadableFile
from sunmao.knowledge.sandbox import client, wire
from sunmao.knowledge.sandbox.client import NotWanted
from sunmao.knowledge.sandbox.limits import READING, RECOGNISING
from sunmao.knowledge.text.parsing import Parsed, parse, registry
from sunmao.knowledge.text.parsing.formats.markdown import WITH_BYTES
from sunmao.knowledge.text.parsing.source import Source

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
_OUT_OF_TIME = frozenset({signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL})
"""The kernel ends a process that runs out of memory with the last one."""


_UNREAD = frozenset({"unread_pages", "unread_pictures"})


def parse_safely(
    *,
    name: str,
    data: bytes,
    still_wanted: Callable[[], bool] = lambda: True,
    apart: bool = False,
    wordless: bool = False,
) -> Parsed:
    """Read a file in a process of its own, with limits of time and memory and no access to anything.

    Plain text, and Markdown without pictures, are read here: nothing but CPython's own codecs touches them,
    in linear time, and they unpack to no more than what was uploaded. `still_wanted` is asked once a second;
    when it says no, the reading process is ended and `NotWanted` raised. With `apart`, the files inside it
    are left to `unpacking.portions`; with `wordless`, pictures without words are kept.

    Raises `UnreadableFile` with the codes of `parse`, and `reader_crashed`.
    """
    if registry.format_of(Source(name, data, registry.parse)).is_plain and WITH_BYTES not in data:
        return parse(name=name, data=data)
    given = {"apart": apart, "wordless": wordless}
    try:
        parsed = _ask(name, data, still_wanted, given, recognise=False)
    except UnreadableFile as error:
        if error.code != "no_text_layer" or not can_recognise():
            raise
        return _ask(name, data, still_wanted, given, recognise=True)
    if can_recognise() and any(remark.code in _UNREAD for remark in parsed.remarks):
        return _ask(name, data, still_wanted, given, recognise=True)
    return parsed


def can_recognise() -> bool:
    """Text recognition is an extra that only workers have."""
    return find_spec("rapidocr") is not None and find_spec("cv2") is not None


def read_confined(
    reader: str,
    *,
    name: str,
    data: bytes,
    checked: Callable[[Any], Answer],
    recognise: bool = False,
    still_wanted: Callable[[], bool] = lambda: True,
    given: Mapping[str, Any] | None = None,
) -> Answer:
    """What another reader says of a file, in a process as confined as that of `parse_safely`.

    `reader` is `module:function`; it takes `name`, `data`, `recognise` and what is `given`, raises
    `UnreadableFile` or gives values of JSON, and imports at its module's top whatever it needs. `checked`
    makes of the answer what it should be and raises `Garbled`, `KeyError` or `TypeError` when it cannot: the
    process may be in the file's hands.
    """
    return _asked(
        name, data, still_wanted, recognise, reader, lambda said: checked(said["read"]), given=given
    )


def _ask(
    name: str, data: bytes, still_wanted: Callable[[], bool], given: Mapping[str, Any], *, recognise: bool
) -> Parsed:
    return _asked(
        name,
        data,
        still_wanted,
        recognise,
        "",
        lambda said: wire.parsed_from(said["parsed"]),
        given=given,
    )


def _asked(
    name: str,
    data: bytes,
    still_wanted: Callable[[], bool],
    recognise: bool,
    reader: str,
    checked: Callable[[Any], Answer],
    *,
    given: Mapping[str, Any] | None = None,
) -> Answer:
    try:
        said = client.ask(
            name=name,
            data=data,
            recognise=recognise,
            limits=RECOGNISING if recognise else READING,
            still_wanted=still_wanted,
            reader=reader,
            given=given,
        )
        if "failure" in said:
            raise failure_from(said["failure"])
        return checked(said)
    except client.Broke as error:
        raise _explained(error.signal) from error
    except (wire.Garbled, KeyError, TypeError) as error:
        log.exception("reader_answered_nonsense")
        raise _explained(0) from error


def failure_from(said: Mapping[str, Any]) -> UnreadableFile:
    """What the reading process said of a file that it could not read."""
    code, texts = str(said["code"]), dict(said["texts"])
    if said["trace"]:
        log.info("reader_failed", code=code, trace=str(said["trace"]))
    return UnreadableFile(_spoken(texts), code=code) if texts else _too_complex()


def _explained(ended_by: int) -> UnreadableFile:
    if ended_by in _OUT_OF_TIME:
        return _too_complex()
    return UnreadableFile(
        _("Reading this file made the reader stop. It is damaged or built for that; save it again."),
        code="reader_crashed",
    )


def _too_complex() -> UnreadableFile:
    return UnreadableFile(
        _("The file takes more time or memory to read than is allowed. Split or simplify it."),
        code="file_too_complex",
    )


def _spoken(texts: Mapping[str, str]) -> Message:
    """What the reading process said in every language, in the language of whoever reads it."""
    return lazy(lambda: str(texts.get(get_language() or "", next(iter(texts.values())))), str)()


__all__ = ["NotWanted", "can_recognise", "failure_from", "parse_safely", "read_confined"]
