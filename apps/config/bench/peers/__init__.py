"""Other engines on the same rows. None is required; one that is not installed is named in the report."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from apps.config.bench.corpus.clusters import Vectors
from apps.config.bench.corpus.layout import Base
from apps.config.bench.peers.chroma import Chroma
from apps.config.bench.peers.hnsw import Hnswlib
from apps.config.bench.peers.lance import Lance


class Peer(Protocol):
    """An engine in this process, its data in `folder`."""

    name: str
    module: str

    def __init__(self, folder: Path) -> None: ...

    def load(self, parts: Iterator[tuple[Base, Vectors]]) -> None: ...

    def ask(self, base: Base, question: Vectors, limit: int) -> list[int]:
        """The rows of `base` nearest to the question."""
        ...

    def ask_all(self, question: Vectors, limit: int) -> list[int]:
        """The rows nearest to the question, whatever base they are of."""
        ...


PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (Chroma, Lance, Hnswlib)}


def installed(name: str) -> bool:
    return find_spec(PEERS[name].module) is not None
