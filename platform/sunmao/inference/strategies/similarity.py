"""The examples most like a question, by the words that knowledge is searched with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

from sunmao.knowledge.text.fields import BODY
from sunmao.knowledge.text.lexical import document_vector, query_dimensions
from sunmao.prompts.source import Example


def nearest(question: str, examples: Sequence[Example], *, limit: int) -> list[Example]:
    """Best first. An example whose input is the question itself is left out: it would tell the answer."""
    asked = " ".join(question.split())
    known = [one for one in examples if " ".join(one.input.split()) != asked]
    vectors = [document_vector({BODY.name: one.input}) for one in known]
    often = Counter(place for vector in vectors for place in vector)
    terms = query_dimensions(question, (BODY.name,))
    scores = [
        sum(
            term.weight * vector[place] * log(1 + (len(known) - often[place] + 0.5) / (often[place] + 0.5))
            for place, term in terms.items()
            if place in vector
        )
        for vector in vectors
    ]
    order = sorted(range(len(known)), key=lambda place: (-scores[place], place))
    return [known[place] for place in order[:limit]]


__all__ = ["nearest"]
