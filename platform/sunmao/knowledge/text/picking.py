"""Which sentences of the retrieved passages answer the question.

A word counts what it is rare in the base and once more what it is rare in the passage: the name of the
subject stands in every sentence of its passage, the word that the question is really about stands in one.
That decides whether a sentence is worth saying at all. Which one comes first is decided by small trained
trees, which also look at the sentences around it and at what kind of thing is asked for
(`trained/MODEL_CARD.md`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sunmao.knowledge.text.asking import is_question
from sunmao.knowledge.text.blocks import blocks_of
from sunmao.knowledge.text.sentence_features import Part, matrix
from sunmao.knowledge.text.sentences import Sentence
from sunmao.knowledge.text.tokens import query_tokens, tokens
from sunmao.knowledge.text.trained.forest import shipped
from sunmao.knowledge.text.wanted import wants_one_fact

ENOUGH = 0.4
"""A further sentence of a passage needs this share of its best sentence's score."""
ELSEWHERE = 0.7
"""A sentence of a further passage needs this share of the best score so far."""
BEHIND = 3.0
"""A further sentence of a passage may be this much less likely than its likeliest one, in the units of the
trees (natural logarithm of odds); a question for one number, date, place, person or name wants less around
it."""
BEHIND_ONE_FACT = 1.5
NEAR = 0.9
"""A further passage needs this share of the best passage's retrieval score."""
SAME = 0.8
"""A sentence that shares this part of its tokens with one already chosen adds nothing."""
HEADING_ANSWERS = 0.6
"""Share of the question that a heading which is a question must cover for the whole passage to be the
answer."""
PATH_MARK = " · "
"""Stands between the parts of a heading; the last part is the nearest to the text."""


def heading_of(*parts: str) -> str:
    """One line for where a passage stands; the label of a section is the last part of its path already."""
    return PATH_MARK.join(part for part in dict.fromkeys(parts) if part)


@dataclass(frozen=True)
class Candidate:
    """A retrieved passage; `heading` is what stands above it (label or question), `score` its retrieval
    score."""

    key: str
    text: str
    heading: str
    score: float


@dataclass(frozen=True)
class Picked:
    """A sentence of the passage `key`, with offsets in that passage's text. A list stays with the line
    above it."""

    key: str
    sentence: Sentence
    score: float


@dataclass(frozen=True)
class _Scored:
    """`score` is the mass of the asked words and compares between passages; `likely` orders one passage."""

    sentence: Sentence
    words: frozenset[str]
    score: float
    likely: float


Rarity = Callable[[str], float] | Mapping[str, float]


def pick(
    question: str, passages: Sequence[Candidate], *, limit: int = 3, frequencies: Rarity
) -> tuple[Picked, ...]:
    """At most `limit` sentences: best passage first, in reading order inside each passage.

    `frequencies` gives the idf of a token; a mapping gives unknown tokens its highest.
    """
    asked = _weights(question, frequencies)
    ranked = sorted(passages, key=lambda passage: -passage.score)
    picked: list[Picked] = []
    said: list[frozenset[str]] = []
    best = 0.0
    for passage in ranked:
        if len(picked) == limit or not _is_near(passage.score, ranked[0].score):
            break
        chosen = _choose(question, passage, asked, said, room=limit - len(picked), least=ELSEWHERE * best)
        best = max([best, *(one.score for one in chosen)])
        picked += [Picked(passage.key, one.sentence, one.score) for one in chosen]
        said += [one.words for one in chosen]
    return tuple(picked)


def ranked(question: str, passage: Candidate, *, frequencies: Rarity) -> list[Sentence]:
    """All that a passage could answer, likeliest first."""
    scored = _scored(question, passage, _weights(question, frequencies))
    return [one.sentence for one in sorted(scored, key=lambda one: -one.likely)]


def _weights(question: str, frequencies: Rarity) -> dict[str, float]:
    words = set(query_tokens(question))
    if isinstance(frequencies, Mapping):
        rarest = max(frequencies.values(), default=1.0)
        return {word: frequencies.get(word, rarest) for word in words}
    return {word: frequencies(word) for word in words}


def _is_near(score: float, best: float) -> bool:
    # The equality also covers infinite scores, the comparison also negative ones.
    return score == best or score >= best - (1 - NEAR) * abs(best)


def _choose(
    question: str,
    passage: Candidate,
    asked: Mapping[str, float],
    said: Sequence[frozenset[str]],
    *,
    room: int,
    least: float,
) -> list[_Scored]:
    scored = _scored(question, passage, asked)
    best = max((one.score for one in scored), default=0.0)
    if _heading_answers(passage.heading, asked) or not best:
        # The question is the heading, so the text below is the answer, whatever words it uses.
        wanted = scored if best >= least else []
    else:
        wanted = _worth_saying(question, scored, least=max(least, ENOUGH * best)) if best >= least else []
    kept: list[_Scored] = []
    for one in wanted:
        if len(kept) < room and not _is_repeated(one.words, [*said, *(other.words for other in kept)], asked):
            kept.append(one)
    return sorted(kept or scored[: 0 if said else 1], key=lambda one: one.sentence.start)


def _worth_saying(question: str, scored: Sequence[_Scored], *, least: float) -> list[_Scored]:
    """The likeliest sentence, and those that are nearly as likely and say enough of what was asked."""
    order = sorted(scored, key=lambda one: -one.likely)
    first = order[0]
    bar = first.likely - (BEHIND_ONE_FACT if wants_one_fact(question) else BEHIND)
    return [one for one in order if one is first or (one.score >= least and one.likely >= bar)]


def _scored(question: str, passage: Candidate, asked: Mapping[str, float]) -> list[_Scored]:
    blocks = blocks_of(passage.text, without=(passage.heading, passage.heading.rsplit(PATH_MARK, 1)[-1]))
    parts = [Part(block.text, frozenset(tokens(block.text))) for block in blocks]
    if not parts:
        return []
    shared = Counter(word for part in parts for word in part.words if word in asked)
    likely = shipped("picker").scores(matrix(question, asked, passage.heading, parts))
    return [
        _Scored(
            block,
            part.words,
            sum(asked[word] / shared[word] for word in part.words if word in asked),
            float(chance),
        )
        for block, part, chance in zip(blocks, parts, likely, strict=True)
    ]


def _heading_answers(heading: str, asked: Mapping[str, float]) -> bool:
    nearest = heading.rsplit(PATH_MARK, 1)[-1]
    covered = sum(asked.get(word, 0.0) for word in set(tokens(nearest)))
    return is_question(nearest) and covered >= HEADING_ANSWERS * sum(asked.values()) > 0


def _is_repeated(words: frozenset[str], said: Sequence[frozenset[str]], asked: Mapping[str, float]) -> bool:
    """It adds nothing: neither words of its own nor an asked word that was not said yet."""
    own = words & asked.keys()
    return any(own <= other and len(words & other) >= SAME * max(1, len(words)) for other in said)


__all__ = ["Candidate", "Picked", "Rarity", "heading_of", "pick", "ranked"]
