"""English contracts: which hypotheses of a confidentiality agreement hold, which categories a clause has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from verticals.contract_review.domain.segments import Sentence, sentences
from verticals.contract_review.domain.shapes import Span, State
from verticals.contract_review.figures import table

_LISTED = re.compile(r"[:;,]\s*$|\b(?:which|that|information|means|to|and|or)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Hypothesis:
    code: str
    titles: Mapping[str, str]
    yes: re.Pattern[str]
    no: re.Pattern[str] | None
    no_first: bool


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a text says about one hypothesis, and where."""

    code: str
    titles: Mapping[str, str]
    state: State
    spans: tuple[Span, ...]


@cache
def hypotheses() -> tuple[Hypothesis, ...]:
    return tuple(
        Hypothesis(
            row["code"],
            row["title"],
            re.compile(row["yes"], re.IGNORECASE),
            re.compile(row["no"], re.IGNORECASE) if "no" in row else None,
            row.get("first") == "no",
        )
        for row in table("english_vocabulary.toml")["hypothesis"]
    )


@cache
def categories() -> Mapping[str, re.Pattern[str]]:
    rows = table("english_vocabulary.toml")["category"]
    return {name: re.compile(form, re.IGNORECASE) for name, form in rows.items()}


def judge(text: str) -> tuple[Judged, ...]:
    """Every hypothesis: satisfied, violated or absent, with the sentences that say so.

    `text` is a whole agreement; line breaks inside sentences do not matter.
    """
    plain = text.replace("\n", " ")
    parts = sentences(plain)
    return tuple(_judged(one, parts) for one in hypotheses())


def _judged(one: Hypothesis, parts: tuple[Sentence, ...]) -> Judged:
    yes = tuple(Span(start=part.start, end=part.end) for part in parts if one.yes.search(part.text))
    no = tuple(Span(start=part.start, end=part.end) for part in parts if one.no and one.no.search(part.text))
    state: State = "absent"
    spans: tuple[Span, ...] = ()
    if no and (one.no_first or not yes):
        state, spans = "violated", no
    elif yes:
        state, spans = "satisfied", yes
    return Judged(code=one.code, titles=one.titles, state=state, spans=spans[:4])


def has_category(name: str, text: str) -> bool:
    return categories()[name].search(text.replace("\n", " ")) is not None
