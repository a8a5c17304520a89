"""The process that reading processes are copies of.

It has every library loaded and has never seen a file, so a copy of it starts in milliseconds and knows no
secret. It holds nothing of its worker: no environment, no descriptor but the channel.
"""

from __future__ import annotations

import codecs
import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from sunmao.knowledge.sandbox import wire
from sunmao.knowledge.sandbox.limits import (
    READING,
    RECOGNISING,
    budget,
    confine,
    die_with_parent,
    leave_the_network,
)

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
_RESULT = 3
"""The descriptor that a copy keeps."""
_CODECS = ("gb18030", "big5", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "shift_jis", "euc_kr", "euc_jp",
           "cp1252", "cp437", "iso8859_1", "iso2022_jp", "koi8_r", "idna", "punycode", "ascii", "utf_8_sig",
           "gbk", "gb2312", "hz", "big5hkscs", "cp936", "latin_1", "quopri", "base64")  # fmt: skip


def main(channel_number: int, locales: list[str]) -> None:
    die_with_parent()
    leave_the_network()
    channel = socket.socket(fileno=channel_number)
    _load(locales)
    gc.freeze()
    while request := wire.receive(channel):
        header, data, descriptors = request
        wire.send(channel, _attend(header, data, descriptors[0], channel))


def _load(locales: list[str]) -> None:
    """Everything that reading may import or open, because afterwards nothing can be opened any more."""
    import django
    from django.conf import settings
    from django.utils import translation

    settings.configure(
        USE_I18N=True,
        LANGUAGES=[(code, code) for code in wire.LANGUAGES],
        LOCALE_PATHS=[Path(p) for p in locales],
    )
    django.setup()
    for language in wire.LANGUAGES:
        with translation.override(language):
            translation.gettext("")
    from sunmao.knowledge.text.parsing import FORMATS

    for name in dict.fromkeys(module for known in FORMATS for module in known.needs):
        try:
            import_module(name)
        except ImportError:
            traceback.print_exc()
    for codec in _CODECS:
        codecs.lookup(codec)


def _attend(header: dict[str, Any], data: bytes, result: int, channel: socket.socket) -> dict[str, int]:
    """Let a copy read the file; says how it ended."""
    child = os.fork()
    if not child:
        try:
            die_with_parent()
            channel.close()
            _read(header, data, result)
        except BaseException:  # noqa: BLE001  a copy never returns into the zygote's loop
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(result)
    _pid, status, used = os.wait4(child, 0)
    return {"ended": os.waitstatus_to_exitcode(status), "peak": used.ru_maxrss * _RSS_UNIT}


def _read(header: dict[str, Any], data: bytes, result: int) -> None:
    recogniser = _recogniser() if header["recognise"] else None
    reader = partial(_reader(header), **header["given"])
    os.dup2(result, _RESULT)
    confine(RECOGNISING if recogniser else READING, keep=_RESULT)
    said = _outcome(reader, header["name"], data, recogniser)
    rest = memoryview(said)
    while rest:
        rest = rest[os.write(_RESULT, rest) :]
    os._exit(0)


def _recogniser() -> Any:
    """Loaded in the copy that needs it: the networks are too large to be held for files of text."""
    from sunmao.knowledge.text.parsing.recognition.reader import Recogniser

    read, pages = Recogniser(), iter(range(RECOGNISING.pages))

    def page(picture: Any) -> list[str]:
        if next(pages, None) is None:
            raise MemoryError
        budget(RECOGNISING)
        return read(picture)

    return page


def _reader(header: dict[str, Any]) -> Callable[..., bytes]:
    """`parse`, or the function that was named. Imported here: once confined, a copy can open no module."""
    if not header["reader"]:
        from sunmao.knowledge.text.parsing import parse

        return lambda **file: wire.written(parse(**file))
    sys.path += [root for root in header["roots"] if root not in sys.path]
    module, _colon, name = header["reader"].partition(":")
    read = getattr(import_module(module), name)
    return lambda **file: wire.read(read(**file))


def _outcome(reader: Callable[..., bytes], name: str, data: bytes, recogniser: Any) -> bytes:
    from sunmao.core.errors import UnreadableFile

    try:
        return reader(name=name, data=data, recognise=recogniser)
    except UnreadableFile as error:
        return json.dumps({"failure": wire.failure(error)}).encode()
    except MemoryError:
        return json.dumps({"failure": {"code": "file_too_complex", "texts": {}, "trace": ""}}).encode()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
