"""Writing the rows as a superuser: loading is not measured, and COPY does not work under row security."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from pgvector import HalfVector, SparseVector
from pgvector.psycopg import register_vector

from apps.config.bench.corpus.clusters import DIMENSIONS, Vectors
from apps.config.bench.corpus.layout import Base
from apps.config.bench.corpus.questions import Corpus
from apps.config.bench.corpus.truth import Inverted
from apps.config.bench.retrieve import tables
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.models import Space, SpaceState
from sunmao.knowledge.encoders import Identity
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.postings import segments
from sunmao.knowledge.reembedding import settle_index
from sunmao.knowledge.text.lexical import DIMENSIONS as WORDS
from sunmao.knowledge.text.lexical import document_vector
from sunmao.knowledge.text.tokens import tokens

ASKED = ("small", "large", "secret")
_VECTORS = """
    COPY knowledge_passage_vector (base_id, passage_id, organisation_id, born, lexical)
    FROM STDIN (FORMAT BINARY)
"""
_DENSE = "COPY embedding_vector (space_id, passage_id, organisation_id, dense) FROM STDIN (FORMAT BINARY)"
BENCH = Identity("bench", "1", DIMENSIONS)
_TERMS = "COPY knowledge_term (base_id, organisation_id, dimension, passages) FROM STDIN"
_COUNT = "UPDATE knowledge_knowledgebase SET version = 1, passage_count = %s WHERE id = %s"


@dataclass(frozen=True)
class Loaded:
    """A base in the database, and what brute force needs to know of it."""

    id: uuid.UUID
    space: Space
    plan: Base
    vectors: Vectors
    lexical: Inverted
    frequencies: Counter[int]


@dataclass
class Loader:
    """Loads base by base, so that only one base's text is in memory."""

    corpus: Corpus
    actor: Actor
    connection: psycopg.Connection[tuple[object, ...]]
    loaded: dict[str, Loaded] = field(default_factory=dict)

    def load(self) -> dict[str, Loaded]:
        register_vector(self.connection)
        self.connection.execute(tables.CREATE)
        for plan in self.corpus.layout.bases:
            base = self._load(plan)
            if plan.slug in ASKED:
                self.loaded[plan.slug] = base
        self.connection.execute(tables.FILL)
        for statement in tables.INDEX:
            self.connection.execute(statement)
        return self.loaded

    def _load(self, plan: Base) -> Loaded:
        base = knowledge.create_base(actor=self.actor, slug=plan.slug, audience=plan.audience)
        texts = self.corpus.texts.texts(plan.rows)
        vectors = self.corpus.clusters.vectors(plan.rows)
        lexical = [document_vector({"body": text}) for text in texts]
        frequencies = Counter(place for vector in lexical for place in vector)
        space = self.space_of(base)
        self.copy_words(base.pk, plan.rows, lexical)
        self.copy_vectors(space, plan.rows, vectors)
        self._copy_texts(plan, texts)
        self.copy_terms(base.pk, frequencies)
        self.finish(base, space, plan.size)
        return Loaded(
            base.pk, space, plan, vectors, Inverted(lexical if plan.slug in ASKED else []), frequencies
        )

    def space_of(self, base: KnowledgeBase) -> Space:
        """A space as publishing would open it, of an encoder that nobody has to load."""
        with tenancy.scope(self.actor.organisation_id):
            space = spaces.new_space(base=base, spec="bench", language="")
            space.becomes(BENCH)
            space.state = SpaceState.SERVING
            space.save()
        return space

    def copy_words(
        self, base_id: uuid.UUID, rows: Sequence[int], lexical: Sequence[dict[int, float]]
    ) -> None:
        with self.connection.cursor() as cursor, cursor.copy(_VECTORS) as copy:
            copy.set_types(["uuid", "uuid", "uuid", "int4", "sparsevec"])
            for row, sparse in zip(rows, lexical, strict=True):
                words = SparseVector(sparse, WORDS)
                copy.write_row((base_id, row_id(row), self.actor.organisation_id, 1, words))

    def copy_vectors(self, space: Space, rows: Sequence[int], vectors: Vectors) -> None:
        with self.connection.cursor() as cursor, cursor.copy(_DENSE) as copy:
            copy.set_types(["uuid", "uuid", "uuid", "halfvec"])
            for row, dense in zip(rows, vectors, strict=True):
                copy.write_row((space.pk, row_id(row), self.actor.organisation_id, HalfVector(dense)))

    def finish(self, base: KnowledgeBase, space: Space, passages: int) -> None:
        """The index and the word lists that a base of this size has, made as the product makes them."""
        self.connection.execute(_COUNT, [passages, base.pk])
        with tenancy.scope(self.actor.organisation_id):
            space.vectors = passages
            space.save(update_fields=["vectors"])
        if spaces.wants_index(space):
            settle_index(space, alive=lambda: None)
            with tenancy.scope(self.actor.organisation_id):
                made = Space.objects.get(base=base, state=SpaceState.SERVING)
            space.pk, space.indexed = made.pk, made.indexed
        segments.settle(base=base, report=lambda _done, _all: None)

    def _copy_texts(self, plan: Base, texts: Sequence[str]) -> None:
        with self.connection.cursor() as cursor, cursor.copy("COPY bench_words FROM STDIN") as copy:
            for row, text in zip(plan.rows, texts, strict=True):
                copy.write_row((row_id(row), tsvector(text)))

    def copy_terms(self, base_id: uuid.UUID, frequencies: Counter[int]) -> None:
        with self.connection.cursor() as cursor, cursor.copy(_TERMS) as copy:
            for place, passages in frequencies.items():
                copy.write_row((base_id, self.actor.organisation_id, place + 1, passages))


def row_id(row: int) -> uuid.UUID:
    return uuid.UUID(int=row + 1)


def row_of(passage_id: uuid.UUID) -> int:
    return passage_id.int - 1


def tsvector(text: str) -> str:
    """The same tokens as ours, so that only the engines differ; positions for `ts_rank_cd`."""
    places: dict[str, list[int]] = {}
    for position, token in enumerate(tokens(text), start=1):
        places.setdefault(token, []).append(position)
    return " ".join(f"{quoted(token)}:{','.join(map(str, found))}" for token, found in places.items())


def quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
