"""The files inside an archive or a mail, taken out where nothing can be opened, a part of them at a time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.sandbox import wire
from sunmao.knowledge.sandbox.reading import failure_from, read_confined
from sunmao.knowledge.text.parsing import registry
from sunmao.knowledge.text.parsing.source import Source

TAKEN = "sunmao.knowledge.sandbox.inside:taken"


@dataclass(frozen=True)
class Inside:
    """A file inside another one; `failure` says why it could not be taken out."""

    path: str
    data: bytes
    failure: UnreadableFile | None = None


@dataclass(frozen=True)
class Portion:
    """Some of the files inside. `count` and `unpacked` are those of all; `rest` says where to go on."""

    count: int
    unpacked: int
    members: tuple[Inside, ...]
    rest: int | None


def holds_files(*, name: str, data: bytes) -> bool:
    """Whether a file of this kind is unpacked. Raises `UnreadableFile` where it is no readable kind."""
    return registry.format_of(Source(name, data, registry.parse)).unpack is not None


def portions(
    *, name: str, data: bytes, largest: int, still_wanted: Callable[[], bool] = lambda: True
) -> Iterator[Portion]:
    """All files inside, in the order in which they stand there. Raises `UnreadableFile` as `parse_safely`."""
    start: int | None = 0
    while start is not None:
        portion = read_confined(
            TAKEN,
            name=name,
            data=data,
            checked=_portion,
            still_wanted=still_wanted,
            given={"start": start, "largest": largest},
        )
        yield portion
        start = portion.rest if portion.rest is None or portion.rest > start else None


def _portion(said: Any) -> Portion:
    members = tuple(_inside(one) for one in said["members"])
    rest = int(said["rest"])
    return Portion(int(said["count"]), int(said["unpacked"]), members, rest if rest >= 0 else None)


def _inside(said: Any) -> Inside:
    """Raises `Garbled` for what is no file: the process may be in the archive's hands."""
    path = said["name"]
    if not isinstance(path, str):
        raise wire.Garbled
    if "failure" in said:
        return Inside(path, b"", failure_from(said["failure"]))
    try:
        return Inside(path, base64.b64decode(said["data"], validate=True))
    except (binascii.Error, ValueError) as error:
        raise wire.Garbled from error


__all__ = ["Inside", "Portion", "holds_files", "portions"]
