"""A question in the words of a base: in those of its spellings and synonyms of which the base knows most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sunmao.knowledge.learning import synonyms
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.text.fields import BODY
from sunmao.knowledge.text.lexical import QueryTerm, further_dimensions, query_dimensions
from sunmao.knowledge.text.spelling import besides, spellings
from sunmao.knowledge.versions.statistics import document_frequencies


@dataclass(frozen=True)
class Written:
    """A question as the base writes it, its terms and those of words that mean the same."""

    question: str
    terms: Mapping[int, QueryTerm]
    further: Mapping[int, QueryTerm]
    frequencies: Mapping[int, int]


def as_written_here(pin: BaseVersion, question: str) -> Written:
    """In the words, characters and numerals of which the base knows most: 退钱 or 退款, 7 or 七."""
    groups = synonyms.known(pin)
    written = [way for said in synonyms.put_otherwise(question, groups) for way in spellings(said)]
    ways = [(way, query_dimensions(way)) for way in dict.fromkeys(written)]
    terms = {place: term for _, found in ways for place, term in found.items()}
    same = [*besides(question), *synonyms.others(question, groups)]
    further = further_dimensions(same, {})
    frequencies = document_frequencies(pin, {**terms, **further})

    def unknown(found: Mapping[int, QueryTerm]) -> int:
        return sum(term.field == BODY.name and not frequencies.get(place) for place, term in found.items())

    chosen, own = min(ways, key=lambda way: unknown(way[1]))
    other = {place: term for place, term in further.items() if place not in own}
    return Written(chosen, own, other, frequencies)


__all__ = ["Written", "as_written_here"]
