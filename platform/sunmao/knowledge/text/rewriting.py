"""A question in fewer words, for a second try when the first found too little.

People tell a story and ask at its end; most of its words are in no document. What is kept is the clause that
asks and the clause whose words the base knows best.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sunmao.knowledge.text.tokens import is_pair, query_tokens, stripped
from sunmao.knowledge.text.wanted import wanted

_CLAUSES = re.compile(r"[，,；;。！!？?\n]+|\.\s+")
KEPT = 2
_LEAST = 3
"""A clause with fewer telling words asks for nothing by itself."""


def rewritten(question: str, known: Mapping[str, float], also: Sequence[str] = ()) -> str:
    """The condensed question, with what its words are `also` called as words of its own; empty when that is
    the question itself. `known` is the rarity of those of its words which the base has."""
    other = " ".join([_condensed(question, known), *also])
    return other if query_tokens(other) != query_tokens(question) else ""


def _condensed(question: str, known: Mapping[str, float]) -> str:
    clauses = [clause for clause in _CLAUSES.split(question) if len(query_tokens(clause)) >= _LEAST]
    if len(clauses) <= KEPT:
        return stripped(question).strip()
    asking = [clause for clause in clauses if any(wanted(clause))][-1:]
    rest = [clause for clause in clauses if clause not in asking]
    rest.sort(key=lambda clause: -_telling(clause, known))
    kept = {*asking, *rest[: KEPT - len(asking)]}
    return " ".join(stripped(clause).strip() for clause in clauses if clause in kept)


def _telling(clause: str, known: Mapping[str, float]) -> float:
    words = {token for token in query_tokens(clause) if is_pair(token) or token.isascii()}
    return sum(known.get(word, 0.0) for word in words)


__all__ = ["rewritten"]
