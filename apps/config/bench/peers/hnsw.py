from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from apps.config.bench.corpus.clusters import DIMENSIONS, Vectors
from apps.config.bench.corpus.layout import Base


class Hnswlib:
    """A graph in this process's memory, without rights, transactions or a disk; a filter is a callback."""

    name, module = "hnswlib", "hnswlib"

    def __init__(self, folder: Path) -> None:
        self._index: Any = import_module("hnswlib").Index(space="ip", dim=DIMENSIONS)

    def load(self, parts: Iterator[tuple[Base, Vectors]]) -> None:
        self._index.init_index(max_elements=1_000, M=16, ef_construction=128)
        self._index.set_num_threads(os.cpu_count() or 1)
        for base, vectors in parts:
            self._index.resize_index(max(base.stop, self._index.get_max_elements()))
            self._index.add_items(vectors, np.array(base.rows))
        self._index.set_ef(100)
        self._index.set_num_threads(1)

    def ask(self, base: Base, question: Vectors, limit: int) -> list[int]:
        first, after = base.start, base.stop
        return self._found(question, limit, filter=lambda row: first <= row < after)

    def ask_all(self, question: Vectors, limit: int) -> list[int]:
        return self._found(question, limit)

    def _found(self, question: Vectors, limit: int, **more: Any) -> list[int]:
        try:
            rows, _distances = self._index.knn_query(question, k=limit, **more)
        except RuntimeError:  # it raises when the filter leaves fewer than were asked for
            return []
        return [int(row) for row in rows[0]]
