"""Base models whose files we keep: sealed in the file store, plain only in a process's own memory.

A kept model is named `kept:organisation/name`. To load it, its files are decrypted into anonymous memory
(memfd) and shown to the model's library as links in a private folder. Memory goes with its process, however
that ends; what a killed one leaves behind are links to nothing, which the next loading sweeps away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from sunmao.accounts.models import Organisation
from sunmao.accounts.selectors import find_organisation
from sunmao.core import files, tenancy
from sunmao.core.crypto.keyring import SealedDataUnreadable
from sunmao.core.errors import UnreadableFile
from sunmao.modelhub.errors import BadModel, ModelDamaged, UnknownModel
from sunmao.modelhub.files import folders
from sunmao.modelhub.files.folders import KEPT, is_kept
from sunmao.modelhub.models import BaseModel

FOLDER = "sunmao-model-"
YOUNGEST_LEFT = 60.0
"""A folder of this age without a lock is nobody's; a younger one may not have its lock yet."""

Names = Mapping[str, Mapping[str, Any]]


def source_of(base: BaseModel) -> str:
    """What to load this model by. Raises `BadModel` when it is not ours and its files are not there."""
    if not base.kept:
        return str(folders.folder_of(base.source))
    owner = Organisation.objects.values_list("slug", flat=True).get(pk=base.organisation_id)
    return f"{KEPT}{owner}/{base.slug}"


def keep(organisation_id: UUID, folder: Path, tell: Callable[[int], None]) -> dict[str, dict[str, Any]]:
    """Put all that a library needs to load the model into the store; size and hash of each file."""
    kept = {}
    for path in folders.needed_files(folder):
        size = path.stat().st_size
        stored = files.store(organisation_id=organisation_id, chunks=_told(path, tell), limit=size)
        kept[folders.name_of(folder, path)] = {"sha256": stored.sha256, "size": stored.size}
    return kept


def _told(path: Path, tell: Callable[[int], None]) -> Iterator[bytes]:
    for piece in folders.pieces(path):
        tell(len(piece))
        yield piece


@contextmanager
def opened(source: str) -> Iterator[str]:
    """What a library can load: `source` itself, or a folder that is there as long as the context is.

    Raises `UnknownModel` for a kept model that is not there, `ModelDamaged` when its files are not what was
    kept. The folder's files are read through this process, by it and its children.
    """
    if not is_kept(source):
        yield source
        return
    base = _found(source)
    with _shown(base.organisation_id, base.files, name=base.slug) as folder:
        yield str(folder)


def print_of(source: str) -> str:
    """Which base this is, as adapters name it."""
    return _found(source).print if is_kept(source) else folders.print_of(folders.folder_of(source))


def _found(source: str) -> BaseModel:
    """Any thread may ask; the database is given back before the files are read."""
    inside = connection.in_atomic_block
    try:
        owner, _, slug = source.removeprefix(KEPT).partition("/")
        organisation = find_organisation(owner)
        if organisation is None:
            raise UnknownModel(fields={"base_model": source})
        with tenancy.scope(organisation.pk):
            base = BaseModel.objects.filter(organisation_id=organisation.pk, slug=slug, kept=True).first()
    finally:
        if not inside:
            connection.close()
    if base is None:
        raise UnknownModel(fields={"base_model": source})
    return base


@contextmanager
def _shown(organisation_id: UUID, names: Names, *, name: str) -> Iterator[Path]:
    sweep()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=FOLDER)))
        stack.callback(os.close, _locked(folder))
        for file, one in names.items():
            content = files.stream(organisation_id=organisation_id, sha256=str(one["sha256"]))
            try:
                memory = _in_memory(file, content)
            except (UnreadableFile, SealedDataUnreadable, FileNotFoundError) as error:
                raise ModelDamaged(name, file) from error
            stack.callback(os.close, memory)
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).symlink_to(f"/proc/{os.getpid()}/fd/{memory}")
        yield folder


def _in_memory(name: str, content: Iterable[bytes]) -> int:
    memory = os.memfd_create(name)
    try:
        for piece in content:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(memory, rest) :]
    except BaseException:
        os.close(memory)
        raise
    return memory


def _locked(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def sweep() -> None:
    """Folders of processes that were killed: their lock went with them."""
    oldest = time.time() - YOUNGEST_LEFT
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            if folder.stat().st_uid == os.geteuid() and folder.stat().st_mtime < oldest:
                os.close(_locked(folder))
                shutil.rmtree(folder, ignore_errors=True)


def folder_to_read(base: BaseModel, stack: ExitStack) -> Path:
    """Where its files are read from: their source, or our copy once the source is gone."""
    try:
        return folders.folder_of(base.source)
    except BadModel:
        if not base.kept:
            raise
    return stack.enter_context(_shown(base.organisation_id, base.files, name=base.slug))


__all__ = ["KEPT", "folder_to_read", "is_kept", "keep", "opened", "print_of", "source_of", "sweep"]
