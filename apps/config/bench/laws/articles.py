"""The articles as the usual full-text search sees them: the same words, in a table with a GIN index."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from apps.config.bench.laws.material import article
from apps.config.bench.retrieve.load import tsvector
from apps.config.bench.retrieve.usual import or_query
from apps.config.bench.session import Session

_PASSAGES = """
    SELECT p.id, d.name, p.label, concat_ws(E'\\n', replace(r.title, '中华人民共和国', ''), p.text)
    FROM knowledge_passage p
    JOIN knowledge_document d ON d.id = p.document_id JOIN knowledge_revision r ON r.id = p.revision_id
    WHERE p.organisation_id = %s
"""
_TABLE = """
    CREATE TABLE bench_law (id uuid PRIMARY KEY, words tsvector NOT NULL);
    GRANT SELECT ON bench_law TO sunmao_app;
"""
_INDEX = ("CREATE INDEX ON bench_law USING gin (words)", "VACUUM ANALYZE bench_law")
_TEXT = """
    SELECT id FROM bench_law WHERE words @@ %(query)s::tsquery
    ORDER BY ts_rank_cd(words, %(query)s::tsquery) DESC LIMIT 10
"""


@dataclass(frozen=True)
class Articles:
    """Passage → article."""

    names: dict[uuid.UUID, str]

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self.names.values())

    def of(self, passages: list[uuid.UUID]) -> list[str]:
        return [self.names[passage] for passage in passages]

    def text_search(self, session: Session, questions: list[str]) -> Callable[[int], list[str]]:
        def ask(number: int) -> list[str]:
            return self.of([row[0] for row in session.rows(_TEXT, {"query": or_query(questions[number])})])

        return ask


def copy_articles(conninfo: str, organisation_id: uuid.UUID) -> Articles:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        rows = connection.execute(_PASSAGES, [organisation_id]).fetchall()
        connection.execute(_TABLE)
        with connection.cursor() as cursor, cursor.copy("COPY bench_law FROM STDIN") as copy:
            for passage, _, _, text in rows:
                copy.write_row((passage, tsvector(text)))
        for statement in _INDEX:
            connection.execute(statement)
    return Articles({passage: article(name, label) for passage, name, label, _ in rows})
