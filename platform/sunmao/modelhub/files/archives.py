"""An archive that somebody sends: looked at before anything is unpacked, and counted while it is.

Only four names are taken, each at most once, from the top or from one folder. Nothing is ever written under a
name of the archive's own.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, cast

from sunmao.core.errors import TooLong
from sunmao.modelhub.errors import BadAdapter

CONFIG, WEIGHTS, CARD, MANIFEST = (
    "adapter_config.json", "adapter_model.safetensors", "README.md", "sunmao.json",
)  # fmt: skip
SMALL = {CONFIG: 2**20, CARD: 2**20, MANIFEST: 2**20}
MOST_MEMBERS, MAX_RATIO, STEP = 64, 200, 2**20
_CODE = (
    ".py",
    ".pyc",
    ".so",
    ".bin",
    ".pt",
    ".pth",
    ".pkl",
    ".pickle",
    ".ckpt",
    ".joblib",
    ".npy",
    ".sh",
    ".dll",
)
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_BROKEN = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
    RuntimeError, UnicodeDecodeError, RecursionError, KeyError,
)  # fmt: skip


@dataclass
class Opened:
    """What the archive held; `weights` is an unnamed temporary file that goes when `close` is called."""

    config: Any
    weights: BinaryIO
    size: int
    card: str = ""
    manifest: dict[str, Any] = field(default_factory=dict)
    close: Callable[[], None] = lambda: None

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    open: Callable[[], IO[bytes] | None]


def opened(chunks: Iterable[bytes], *, limit: int) -> Opened:
    """Raises `BadAdapter` or `TooLong`; nothing of the archive is left on the disk then."""
    stack = ExitStack()
    try:
        archive = _kept(chunks, stack, limit)
        members = _chosen(_members(archive, stack))
        weights = _weights(members, stack, limit)
        size = weights.seek(0, 2)
        return Opened(
            config=_json(members[CONFIG], CONFIG),
            weights=weights,
            size=size,
            card=_text(members[CARD]) if CARD in members else "",
            manifest=_manifest(members),
            close=stack.close,
        )
    except _BROKEN as error:
        stack.close()
        raise BadAdapter(code="adapter_archive") from error
    except BaseException:
        stack.close()
        raise


def _kept(chunks: Iterable[bytes], stack: ExitStack, limit: int) -> BinaryIO:
    file = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLong(code="file_too_large")
        file.write(chunk)
    file.seek(0)
    return file


def _members(file: BinaryIO, stack: ExitStack) -> Iterator[_Member]:
    start = file.read(4)
    file.seek(0)
    if start[:2] in _PICKLES:
        raise BadAdapter(code="adapter_unsafe")
    if start == b"PK\x03\x04":
        return _of_zip(stack.enter_context(zipfile.ZipFile(file)), file)
    return _of_tar(stack.enter_context(tarfile.open(fileobj=file, mode="r:")))


def _of_zip(archive: zipfile.ZipFile, file: BinaryIO) -> Iterator[_Member]:
    packed = file.seek(0, 2)
    entries = archive.infolist()
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    for one, two in zip(placed, placed[1:], strict=False):
        if one.header_offset + one.compress_size > two.header_offset:
            raise BadAdapter(code="adapter_archive", fields={_named(one.filename): "shares its bytes"})
    if sum(entry.file_size for entry in entries) > MAX_RATIO * max(packed, STEP):
        raise BadAdapter(code="adapter_archive", fields={"": "unpacks to far more than its size"})
    for entry in entries:
        if entry.flag_bits & 0x1 or (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise BadAdapter(
                code="adapter_archive", fields={_named(entry.orig_filename): "locked, or a link"}
            )
        if not entry.is_dir():
            yield _Member(entry.orig_filename, entry.file_size, lambda entry=entry: archive.open(entry))  # type: ignore[misc]


def _of_tar(archive: tarfile.TarFile) -> Iterator[_Member]:
    for entry in archive:
        if entry.isdir():
            continue
        if not entry.isreg() or entry.sparse is not None:
            raise BadAdapter(code="adapter_archive", fields={_named(entry.name): "is no plain file"})
        yield _Member(entry.name, entry.size, lambda entry=entry: archive.extractfile(entry))  # type: ignore[misc]


def _chosen(members: Iterable[_Member]) -> dict[str, _Member]:
    found: dict[str, _Member] = {}
    folders: set[str] = set()
    for number, member in enumerate(members, 1):
        folder, name = _checked(member.name)
        folders.add(folder)
        if name in found or number > MOST_MEMBERS or len(folders) > 1:
            raise BadAdapter(code="adapter_archive", fields={_named(member.name): "twice, or too many"})
        if member.size > SMALL.get(name, member.size):
            raise BadAdapter(code="adapter_archive", fields={name: "too long"})
        found[name] = member
    if not {CONFIG, WEIGHTS} <= set(found):
        missing = sorted({CONFIG, WEIGHTS} - set(found))
        raise BadAdapter(code="adapter_archive", fields=dict.fromkeys(missing, "is missing"))
    return found


def _checked(name: str) -> tuple[str, str]:
    """(folder, name) of a member that is taken."""
    if name.lower().endswith(_CODE):
        raise BadAdapter(code="adapter_unsafe", fields={_named(name): "is not opened"})
    parts = name.removeprefix("./").split("/")
    folder = parts[0] if len(parts) == 2 else ""
    known = parts[-1] in {CONFIG, WEIGHTS, CARD, MANIFEST} and len(parts) <= 2
    if not known or folder in (".", "..") or "\\" in name or "\x00" in name or name.startswith("/"):
        raise BadAdapter(code="adapter_archive", fields={_named(name): "is not taken"})
    return folder, parts[-1]


def _named(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name)[:120]


def _weights(members: dict[str, _Member], stack: ExitStack, limit: int) -> BinaryIO:
    target = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115
    for piece in _pieces(members[WEIGHTS], limit):
        target.write(piece)
    target.seek(0)
    if target.read(2) in _PICKLES:
        raise BadAdapter(code="adapter_unsafe", fields={WEIGHTS: "is a pickle"})
    return target


def _pieces(member: _Member, limit: int) -> Iterator[bytes]:
    """Counted: what a header declares is a claim."""
    left = min(member.size, limit)
    source = member.open()
    if source is None:
        raise BadAdapter(code="adapter_archive", fields={_named(member.name): "is no plain file"})
    with source:
        while piece := source.read(STEP):
            left -= len(piece)
            if left < 0:
                if member.size > limit:
                    raise TooLong(code="file_too_large")
                raise BadAdapter(code="adapter_archive", fields={_named(member.name): "longer than declared"})
            yield piece


def _text(member: _Member) -> str:
    return b"".join(_pieces(member, 2**20)).decode("utf-8", errors="replace")


def _json(member: _Member, name: str) -> Any:
    try:
        return json.loads(b"".join(_pieces(member, 2**20)).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadAdapter(code="adapter_config", fields={name: "is not JSON"}) from error


def _manifest(members: dict[str, _Member]) -> dict[str, Any]:
    found = _json(members[MANIFEST], MANIFEST) if MANIFEST in members else {}
    if not isinstance(found, dict):
        raise BadAdapter(code="adapter_config", fields={MANIFEST: "is no object"})
    return found


def packed(*, config: bytes, weights: Iterable[bytes], card: str, manifest: dict[str, Any]) -> BinaryIO:
    """An adapter as one zip file, rewound; the caller closes it."""
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (
            (CONFIG, config),
            (CARD, card.encode()),
            (MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).encode()),
        ):
            archive.writestr(zipfile.ZipInfo(name), data)
        with archive.open(zipfile.ZipInfo(WEIGHTS), "w", force_zip64=True) as member:
            for chunk in weights:
                member.write(chunk)
    file.seek(0)
    return file


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(STEP):
        yield piece


__all__ = ["CARD", "CONFIG", "MANIFEST", "WEIGHTS", "Opened", "opened", "packed", "pieces_of"]
