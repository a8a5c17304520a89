from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from apps.config.bench.corpus.clusters import DIMENSIONS, Vectors
from apps.config.bench.corpus.layout import Base


class Lance:
    """One table with an IVF-HNSW-SQ index and a bitmap index on the base, filtered before the search."""

    name, module = "lancedb", "lancedb"
    REFINE = 4

    def __init__(self, folder: Path) -> None:
        self._database: Any = import_module("lancedb").connect(str(folder / self.name))
        self._arrow: Any = import_module("pyarrow")
        self._table: Any = None

    def load(self, parts: Iterator[tuple[Base, Vectors]]) -> None:
        for base, vectors in parts:
            rows = self._rows(base, vectors)
            if self._table is None:
                self._table = self._database.create_table("bench", rows)
            else:
                self._table.add(rows)
        self._table.create_index(
            metric="dot", vector_column_name="vector", index_type="IVF_HNSW_SQ", m=16, ef_construction=128
        )
        self._table.create_scalar_index("base", index_type="BITMAP")
        self._table.optimize()

    def ask(self, base: Base, question: Vectors, limit: int) -> list[int]:
        return self._found(self._search(question).where(f"base = '{base.slug}'", prefilter=True), limit)

    def ask_all(self, question: Vectors, limit: int) -> list[int]:
        return self._found(self._search(question), limit)

    def _search(self, question: Vectors) -> Any:
        return self._table.search(question).distance_type("dot").refine_factor(self.REFINE)

    def _found(self, search: Any, limit: int) -> list[int]:
        found = search.select(["row", "_distance"]).limit(limit)
        return [int(row) for row in found.to_arrow()["row"].to_pylist()]

    def _rows(self, base: Base, vectors: Vectors) -> Any:
        flat = self._arrow.array(vectors.reshape(-1))
        return self._arrow.table(
            {
                "row": list(base.rows),
                "base": [base.slug] * base.size,
                "vector": self._arrow.FixedSizeListArray.from_arrays(flat, DIMENSIONS),
            }
        )
