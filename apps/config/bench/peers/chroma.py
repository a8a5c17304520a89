from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from apps.config.bench.corpus.clusters import Vectors
from apps.config.bench.corpus.layout import Base

BATCH = 5_000


class Chroma:
    """One persistent collection, inner product, the base as metadata; settings as pgvector's index has."""

    name, module = "chroma", "chromadb"

    def __init__(self, folder: Path) -> None:
        chromadb: Any = import_module("chromadb")
        settings = chromadb.config.Settings(anonymized_telemetry=False)
        index = {"space": "ip", "ef_construction": 128, "max_neighbors": 16, "ef_search": 100}
        client = chromadb.PersistentClient(str(folder / self.name), settings=settings)
        self._collection = client.create_collection("bench", configuration={"hnsw": index})

    def load(self, parts: Iterator[tuple[Base, Vectors]]) -> None:
        for base, vectors in parts:
            for start in range(0, base.size, BATCH):
                part = vectors[start : start + BATCH]
                first = base.start + start
                self._collection.add(
                    ids=[str(first + place) for place in range(len(part))],
                    embeddings=part,
                    metadatas=[{"base": base.slug}] * len(part),
                )

    def ask(self, base: Base, question: Vectors, limit: int) -> list[int]:
        return self._found(question, limit, where={"base": base.slug})

    def ask_all(self, question: Vectors, limit: int) -> list[int]:
        return self._found(question, limit)

    def _found(self, question: Vectors, limit: int, **more: Any) -> list[int]:
        found = self._collection.query(
            query_embeddings=[question], n_results=limit, include=["distances"], **more
        )
        return [int(row) for row in found["ids"][0]]
