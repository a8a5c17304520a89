"""What the document of an entry is called in its base."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sunmao.knowledge.services import NAME_OF_DOCUMENT, label_of

MARK = 8


def of_page(address: str, *, file_name: str) -> tuple[str, list[str]]:
    """(name, folders): the host, the path, and the file name that the content asks for.

    Pages that differ in their query only would be one document: a mark of the query tells them apart.
    """
    parts = urlsplit(address)
    folders = [part for part in unquote(parts.path).split("/")[:-1] if part.strip(" .")]
    stem, dot, ending = file_name.rpartition(".")
    mark = f"~{_mark(parts.query)}" if parts.query else ""
    return _fitting(f"{stem}{mark}{dot}{ending}", [parts.hostname or "page", *folders], address)


def of_file(folder: Path, path: str) -> tuple[str, list[str]]:
    """(name, folders): the place below the source's folder, after that folder's name."""
    *inside, name = Path(path).parts
    return _fitting(name, [folder.name, *inside], path)


def _fitting(name: str, folders: list[str], address: str) -> tuple[str, list[str]]:
    """A label is cut to its end; what is longer gets a mark of the whole, so that it stays the only one."""
    if len("/".join([*folders, name])) <= NAME_OF_DOCUMENT:
        return name, folders
    stem, dot, ending = name.rpartition(".")
    short = stem[-(NAME_OF_DOCUMENT - len(ending) - MARK - 4) :]
    return f"{short}~{_mark(address)}{dot}{ending}", []


def label(name: str, folders: list[str]) -> str:
    return label_of(name, folders)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:MARK]
