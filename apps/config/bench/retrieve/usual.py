"""The other side: what one gets from one table, one vector index and PostgreSQL full text.

`usual` filters after the search, as most products do; `iterative` is pgvector's own remedy; `planner` has an
index on the base and leaves the choice to PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from apps.config.bench.corpus.questions import Question
from apps.config.bench.retrieve.load import Loaded, quoted, row_of
from apps.config.bench.session import Session
from sunmao.knowledge import retrieval
from sunmao.knowledge.text.tokens import query_tokens
from sunmao.knowledge.vectors import dense_literal

EF_SEARCH = "100"
_FORCED = {"enable_seqscan": "off", "hnsw.ef_search": EF_SEARCH}
WAYS: dict[str, tuple[str, dict[str, str]]] = {
    "usual": ("plain_base_id", _FORCED),
    "iterative": ("plain_base_id", _FORCED | {"hnsw.iterative_scan": "relaxed_order"}),
    "planner": ("base_id", {"hnsw.ef_search": EF_SEARCH, "hnsw.iterative_scan": "relaxed_order"}),
}
_DENSE = """
    SELECT id FROM bench_usual WHERE {column} = %(base)s
    ORDER BY dense <#> %(dense)s::halfvec LIMIT %(limit)s
"""
_TEXT = """
    SELECT id FROM bench_usual WHERE {column} = %(base)s AND words @@ %(query)s::tsquery
    ORDER BY ts_rank_cd(words, %(query)s::tsquery) DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Usual:
    name: str
    session: Session
    base: Loaded
    questions: list[Question]

    @classmethod
    def session_for(cls, name: str, conninfo: str) -> Session:
        return Session(conninfo, **WAYS[name][1])

    def dense(self, number: int) -> list[int]:
        return self._ids(_DENSE, dense=dense_literal(self.questions[number].vector.tolist()))

    def text(self, number: int) -> list[int]:
        return self._ids(_TEXT, query=or_query(self.questions[number].text))

    def _ids(self, statement: str, **parameters: str) -> list[int]:
        filled = statement.format(column=WAYS[self.name][0])
        given = {**parameters, "base": self.base.id, "limit": retrieval.CANDIDATES}
        return [row_of(row[0]) for row in self.session.rows(filled, given)]


def or_query(text: str) -> str:
    return " | ".join(quoted(token) for token in dict.fromkeys(query_tokens(text)))
