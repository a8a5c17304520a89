"""Weak labels: many cheap opinions in place of one dear one (Ratner and others, Snorkel, 2017).

Labelling functions are data: a name, the label that they vote for, and keywords, a regular expression, or a
classifier that learns from what people have accepted. Each is measured on those examples, and its vote counts
by how often it was right there; without them all votes count the same. Pure.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.core.texts import storable
from sunmao.training.datasets.content import plain

KINDS = ("keyword", "regex", "classifier")
MOST, MOST_WORDS, LONGEST_PATTERN = 200, 200, 500
LONGEST_READ = 5_000
SECONDS = 0.05
MOST_SLOW = 20
"""A pattern that takes longer on one text does not vote on it, and after so many texts on none."""
ENOUGH_GOLD = 5
_WIDTH = 1 << 14


@dataclass(frozen=True, kw_only=True)
class Function:
    """`least` is how sure a classifier has to be."""

    name: str
    kind: str
    label: str = ""
    words: tuple[str, ...] = ()
    pattern: str = ""
    least: float = 0.8


@dataclass(frozen=True)
class Labelled:
    """`labels` has (label, confidence, conflict, votes) for each text; None where nobody voted."""

    labels: Sequence[tuple[str, float, bool, Mapping[str, str]] | None]
    figures: Mapping[str, Any] = field(default_factory=dict)


def checked(given: object) -> list[Function]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise InvalidInput(fields={"functions": _("must be a list of 1 to 200 functions")})
    found, wrong = [], {}
    for number, one in enumerate(given, 1):
        told = _function(one)
        if isinstance(told, Function):
            found.append(told)
        else:
            wrong[f"function {number}"] = told
    if not wrong and len({one.name for one in found}) < len(found):
        wrong["functions"] = _("must have a name of their own each")
    if wrong:
        raise InvalidInput(fields=wrong, code="invalid_functions")
    return found


def _function(given: object) -> Function | Message:
    if not isinstance(given, Mapping) or given.get("kind") not in KINDS:
        return _("must have a kind: keyword, regex or classifier")
    if unknown := set(given) - {"name", "kind", "label", "words", "pattern", "least"}:
        return format_lazy(
            _("has a field that is none of a function: {name}"), name=str(sorted(unknown)[0])[:40]
        )
    name, label, least = given.get("name"), given.get("label", ""), given.get("least", 0.8)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 80 or not storable(name):
        return _("must have a name")
    if not isinstance(label, str) or len(label) > 200 or not storable(label):
        return _("must have a label")
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        return _("must be sure by a number from 0 to 1")
    words, pattern = given.get("words", []), given.get("pattern", "")
    if given["kind"] != "classifier" and not label.strip():
        return _("must have a label")
    if given["kind"] == "keyword" and not _are_words(words):
        return _("must have words, 1 to 200 of them")
    if given["kind"] == "regex" and (wrong := _bad_pattern(pattern)):
        return wrong
    return Function(
        name=name.strip(),
        kind=given["kind"],
        label=label.strip(),
        words=tuple(plain(word) for word in words) if given["kind"] == "keyword" else (),
        pattern=pattern if given["kind"] == "regex" else "",
        least=float(least),
    )


def _are_words(words: object) -> bool:
    if not isinstance(words, list) or not 0 < len(words) <= MOST_WORDS:
        return False
    return all(isinstance(one, str) and plain(one) and storable(one) for one in words)


def _bad_pattern(pattern: object) -> Message:
    if not isinstance(pattern, str) or not 0 < len(pattern) <= LONGEST_PATTERN or not storable(pattern):
        return _("must have a pattern")
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError):
        return _("has a pattern that is no regular expression")
    return ""


def label(
    texts: Sequence[str], functions: Sequence[Function], gold: Sequence[tuple[str, str]] = ()
) -> Labelled:
    """`gold` are (text, label) that people settled; functions are weighed by them and classifiers learn."""
    votes = _votes(texts, functions, gold)
    right = _measured(functions, gold)
    weights = {one.name: _weight(right[one.name]) for one in functions}
    labels = [_settled(one, weights) for one in votes]
    return Labelled(labels, _figures(functions, votes, labels, right))


def _votes(
    texts: Sequence[str], functions: Sequence[Function], gold: Sequence[tuple[str, str]]
) -> list[dict[str, str]]:
    learned = Bayes(gold) if any(one.kind == "classifier" for one in functions) else None
    tests = [
        (one, regex.compile(one.pattern, regex.IGNORECASE) if one.pattern else None) for one in functions
    ]
    votes, slow = [], Counter[str]()
    for text in texts:
        folded, said = plain(text), dict[str, str]()
        for one, pattern in tests:
            if slow[one.name] >= MOST_SLOW:
                continue
            try:
                said[one.name] = _vote(one, pattern, text, folded, learned)
            except TimeoutError:
                slow[one.name] += 1
        votes.append({name: given for name, given in said.items() if given})
    return votes


def _vote(one: Function, pattern: Any, text: str, folded: str, learned: Bayes | None) -> str:
    if one.kind == "keyword":
        return one.label if any(word in folded for word in one.words) else ""
    if pattern is not None:
        return one.label if pattern.search(text[:LONGEST_READ], timeout=SECONDS) else ""
    found, sure = learned.guess(folded) if learned else ("", 0.0)
    return found if found and sure >= one.least and one.label in ("", found) else ""


def _measured(functions: Sequence[Function], gold: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """(right, votes) of each on the gold examples. A classifier is measured on what it did not learn."""
    found = {one.name: (0, 0) for one in functions}
    for half in (0, 1):
        rest, learned_from = gold[half::2], gold[1 - half :: 2]
        for (_text, wanted), said in zip(
            rest, _votes([text for text, _label in rest], functions, learned_from), strict=True
        ):
            for name, voted in said.items():
                right, count = found[name]
                found[name] = (right + (voted == wanted), count + 1)
    return found


def _weight(measured: tuple[int, int]) -> float:
    """Log-odds of being right, smoothed; what was hardly measured counts as three times in four."""
    right, count = measured
    share = (right + 1) / (count + 2) if count >= ENOUGH_GOLD else 0.75
    return math.log(share / (1 - share)) if share > 0.5 else 0.0


def _settled(
    votes: Mapping[str, str], weights: Mapping[str, float]
) -> tuple[str, float, bool, Mapping[str, str]] | None:
    """Weighted majority; a tie is no label."""
    if not votes:
        return None
    sums: defaultdict[str, float] = defaultdict(float)
    for name, voted in votes.items():
        sums[voted] += weights[name]
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    conflict = len(ranked) > 1
    if not ranked[0][1] or (conflict and ranked[0][1] == ranked[1][1]):
        return "", 0.0, conflict, votes
    total = sum(math.exp(weight) for _label, weight in ranked) + (1.0 if len(ranked) == 1 else 0.0)
    return ranked[0][0], round(math.exp(ranked[0][1]) / total, 4), conflict, votes


def _figures(
    functions: Sequence[Function],
    votes: Sequence[Mapping[str, str]],
    labels: Sequence[Any],
    right: Mapping[str, tuple[int, int]],
) -> dict[str, Any]:
    n = len(votes) or 1
    voted, conflicts = Counter(name for one in votes for name in one), Counter[str]()
    overlaps = Counter[str]()
    for one in votes:
        for name, mine in one.items():
            overlaps[name] += len(one) > 1
            conflicts[name] += any(other != mine for other in one.values())
    return {
        "texts": len(votes),
        "labelled": sum(bool(one and one[0]) for one in labels),
        "coverage": round(sum(bool(one) for one in votes) / n, 4),
        "conflict": round(sum(bool(one and one[2]) for one in labels) / n, 4),
        "functions": [
            {
                "name": one.name,
                "coverage": round(voted[one.name] / n, 4),
                "overlap": round(overlaps[one.name] / n, 4),
                "conflict": round(conflicts[one.name] / n, 4),
                "gold": right[one.name][1],
                "accuracy": round(right[one.name][0] / right[one.name][1], 4) if right[one.name][1] else None,
            }
            for one in functions
        ],
    }


class Bayes:
    """Multinomial naive Bayes over runs of two and three signs: learns from a handful, in either language."""

    def __init__(self, gold: Sequence[tuple[str, str]]) -> None:
        self._labels = sorted({label for _text, label in gold if label})
        self._prior = Counter(label for _text, label in gold if label)
        self._counts: dict[str, Counter[int]] = {label: Counter() for label in self._labels}
        for text, label in gold:
            if label:
                self._counts[label].update(_runs(plain(text)))
        self._totals = {label: counts.total() for label, counts in self._counts.items()}

    def guess(self, folded: str) -> tuple[str, float]:
        if len(self._labels) < 2:
            return "", 0.0
        runs = _runs(folded)
        scores = {
            label: math.log(self._prior[label])
            + sum(
                math.log((self._counts[label][run] + 0.1) / (self._totals[label] + 0.1 * _WIDTH))
                for run in runs
            )
            for label in self._labels
        }
        best = max(scores, key=lambda label: scores[label])
        return best, 1 / sum(math.exp(min(score - scores[best], 0.0)) for score in scores.values())


def _runs(signs: str) -> list[int]:
    return [
        zlib.crc32(signs[at : at + width].encode()) % _WIDTH
        for width in (2, 3)
        for at in range(max(len(signs) - width + 1, 0))
    ]


__all__ = ["Bayes", "Function", "Labelled", "checked", "label"]
