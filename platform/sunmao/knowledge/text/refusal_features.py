"""What the refusal model looks at: the question against the whole base, against the best passages, and
against the sentences that would be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from sunmao.knowledge.text.background import prominence
from sunmao.knowledge.text.blocks import blocks_of
from sunmao.knowledge.text.tokens import is_pair, tokens
from sunmao.knowledge.text.wanted import around, held, wanted

NAMES = (
    "strength", "share", "mass", "size", "margin", "above_fifth",
    "passage", "passage_of_all", "specific", "rarest", "unknown",
    "sentence", "sentence_specific", "two_sentences", "beside", "beside_sentence",
    "heading", "longest", "kinds_met", "wants_fact", "words", "of_the_field", "part_of_the_field",
)  # fmt: skip
OF_LANGUAGE = {"zh": NAMES, "en": NAMES[:-2]}
"""Which of them the trees of a language may ask. With the last two, the English ones refused what small bases
of their own answer (`trained/MODEL_CARD.md`)."""
PROMINENT = log(1.5)
"""A word that stands this much more often in the base than elsewhere is one of its field."""
READ = 3
"""How many of the best passages are looked into."""


@dataclass(frozen=True)
class Read:
    """A retrieved passage: what stands above it, its text, and its BM25 mass."""

    heading: str
    text: str
    score: float


def row(
    question: str,
    asked: Mapping[str, float],
    known: Mapping[str, float],
    mass: float,
    searched: int,
    passages: Sequence[Read],
) -> list[float]:
    """One number for each of `NAMES`. `asked` is the idf of every token of the question, `known` that of
    those which the base has, `mass` the weight of the whole question; `passages` are the best, best first."""
    whole = sum(asked.values()) or 1.0
    specific = {token: weight for token, weight in asked.items() if is_pair(token) or token.isascii()}
    much = sum(specific.values()) or 1.0
    inside = [set(tokens(f"{one.heading}\n{one.text}")) & asked.keys() for one in passages[:READ]]
    said = _sentences(passages[:READ], asked.keys())
    beside = set(tokens(around(question))) & asked.keys()
    near = sum(asked[token] for token in beside) or 1.0
    top = passages[0].score if passages else 0.0
    second = passages[1].score if len(passages) > 1 else 0.0
    fifth = passages[min(4, len(passages) - 1)].score if passages else 0.0

    def best(parts: Sequence[set[str]], weights: Mapping[str, float], of: float) -> float:
        return max((sum(weights.get(token, 0.0) for token in part) for part in parts), default=0.0) / of

    rarest = sorted(specific, key=lambda token: (-specific[token], token))[:3]
    words = [part for _, part in said]
    prominent = {
        token: prominence(token, weight, total=searched) for token, weight in (specific or asked).items()
    }
    own = sum(asked[token] for token, much_more in prominent.items() if much_more > PROMINENT)
    wants = wanted(question)
    covers = max(said, key=lambda one: sum(asked[token] for token in one[1]), default=("", set()))
    met = [a and b for a, b in zip(wants, held(covers[0]), strict=True)]
    joined = [a | b for a, b in zip(words, words[1:], strict=False)] or words
    return [
        log(max(top, 0.01) / max(mass, 0.01) ** 0.55),
        top / mass if mass else 0.0,
        log(1 + mass),
        # Coarse on purpose: exact, it would tell trees whether a passage was taken out of a known base.
        float(round(log(max(searched, 1), 2))),
        (top - second) / top if top else 0.0,
        (top - fifth) / top if top else 0.0,
        best(inside, asked, whole),
        best([set().union(*inside)], asked, whole),
        best(inside, specific, much),
        max((sum(token in part for token in rarest) for part in inside), default=0) / (len(rarest) or 1),
        sum(weight for token, weight in asked.items() if token not in known) / whole,
        best(words, asked, whole),
        best(words, specific, much),
        best(joined, asked, whole),
        best(inside, {token: asked[token] for token in beside}, near),
        best(words, {token: asked[token] for token in beside}, near),
        best([set(tokens(one.heading)) & asked.keys() for one in passages[:READ]], asked, whole),
        max((_longest_common(question, one) for one in passages[:READ]), default=0.0),
        float(any(met)),
        float(any(wants[:4])),
        log(1 + len(asked)),
        sum(prominent.values()) / (len(prominent) or 1),
        own / (sum(asked[token] for token in prominent) or 1.0),
    ]


def _sentences(passages: Sequence[Read], asked: Mapping[str, float] | object) -> list[tuple[str, set[str]]]:
    return [
        (block.text, set(tokens(block.text)) & asked)  # type: ignore[operator]
        for one in passages
        for block in blocks_of(one.text)
    ]


def _longest_common(question: str, passage: Read) -> float:
    letters = "".join(c for c in question.lower() if c.isalnum())
    text = "".join(c for c in f"{passage.heading}{passage.text}".lower() if c.isalnum())
    longest = 0
    for start in range(len(letters)):
        while start + longest < len(letters) and letters[start : start + longest + 1] in text:
            longest += 1
    return longest / (len(letters) or 1)


__all__ = ["NAMES", "OF_LANGUAGE", "READ", "Read", "row"]
