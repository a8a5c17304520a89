"""Which clauses of one contract answer a question.

A question in everyday words shares few words with the clause that answers it. So it is read twice: for its
topics (`topics.toml`), each of which counts like several rare words, and for the words that are left. A word
or topic that no clause has speaks against all of them: what the contract does not settle is not answered.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sunmao.knowledge.text.scripts import CHINESE
from sunmao.knowledge.text.tokens import stripped, tokens
from verticals.contract_review.service.topics import Topic, asked

CITED, LONGEST_HEADING = 5, 40
_ENDS = tuple("。；;.：:")
ENOUGH = 0.45
"""This part of the weight of a question is shared by a clause that answers it; below, nothing is said."""
NEAR = 0.6
"""A further clause is cited with this share of the best one's score."""
TOPIC, LIGHT, SINGLE, HALF, WANTED = 3.0, 1.2, 0.25, 0.25, 0.1
_HAN = re.compile(f"[{CHINESE}]")
_RUNS = re.compile(rf"[{CHINESE}]+|[^\W_{CHINESE}]+(?:'[^\W_]+)?")
_PLAIN = re.compile(
    r"机器|设备|东西|货物|房子|铺面|店面|另外|一起|我们|你们|他们|她们|它们|对方|自己|本?合同|协议|公司|房东|房客|老板|单位|店里|必须|应该|应当|可以|能够|需要"
    r"|一定|还是|或者|如果|的话|的时候|时候|以后|之后|之前|里面|总共|一共|规定|约定|写了|负责|承担|多少|多久|什么|怎么"
    r"|哪[里儿个些]|几[号天个年]|每个?[天月年]|一[年月天]|\b(?:we|us|our|they|them|their|you|your|it|its|have|has|had|get|gets|got"
    r"|must|should|will|would|does|do|did|one|allowed|right|contract|agreement|party|parties|long|much|many|take|takes)\b",
    re.IGNORECASE,
)
_FUNCTION = frozenset(
    "我你他她它的了吗呢是有在去来把给被让得谁几哪么说做就还也和与或到里上下后前能会要不没这那能想用人钱出完"
)
_NUMERAL = r"[\d一二三四五六七八九十]"
_KINDS = tuple(
    (re.compile(ask, re.IGNORECASE), re.compile(has, re.IGNORECASE))
    for ask, has in (
        (
            r"谁|哪方|哪一方|\bwho\b",
            r"由.{1,8}(?:负责|承担|缴纳)|[甲乙双]方.{0,6}(?:应|负|须|为)|自行|shall|responsible|own expense",
        ),
        (
            r"什么时候|何时|几号|哪天|\bwhen\b",
            rf"\d+\s*[年月日天]|{_NUMERAL}+(?:个?工作)?[日天]|within|days",
        ),
        (
            r"多久|多长|几年|几天|几个月|how long|how many",
            rf"{_NUMERAL}+\s*(?:个?[年月日天周]|小时|个工作日)|days|months|years|weeks",
        ),
        (r"多少|几个|how much|what is the", r"\d|%|％|元|分之"),
        (r"哪里|哪儿|什么地方|\bwhere\b", r"位于|[省市区县路号]|warehouse|premises|\bin [A-Z]"),
    )
)
"""What a question wants to hear, and what shows that a clause has it."""


@dataclass(frozen=True)
class _Wanted:
    """What each word and topic of a question weighs, and whether a clause has what the question asks for."""

    words: Mapping[str, float]
    topics: Sequence[tuple[Topic, float]]
    kinds: Sequence[re.Pattern[str]]

    @property
    def whole(self) -> float:
        return sum(self.words.values()) + sum(weight for _topic, weight in self.topics)


def ranked(question: str, text: str, clauses: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The clauses that answer it, best first; none where the contract does not settle what is asked."""
    units = units_of(text, clauses)
    wanted = _wanted(question, units)
    if not wanted.whole:
        return []
    scored = [{**unit, "score": _score(unit, wanted)} for unit in units]
    best = sorted(scored, key=lambda one: (-one["score"], one["start"]))[:CITED]
    least = max(ENOUGH, NEAR * best[0]["score"]) if best else ENOUGH
    return [one for one in best if one["score"] >= least]


def units_of(text: str, clauses: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Clauses with their text. The title and bare headings say nothing by themselves."""
    ids = [str(one["id"]) for one in clauses]
    above = {one[:place] for one in ids for place, sign in enumerate(one) if sign == "."}
    found = [{**one, "text": text[one["start"] : one["end"]]} for one in clauses]
    found = [one for one in found if one["text"].strip() and not _is_bare(one, above)]
    whole = {"id": "", "heading": "", "path": [], "start": 0, "end": len(text), "text": text}
    return found or [whole]


def _is_bare(one: Mapping[str, Any], above: Collection[str]) -> bool:
    is_heading = one["kind"] == "heading" or (one["id"] in above and first_line(one))
    return one["kind"] == "title" or bool(is_heading and "\n" not in one["text"].strip())


def first_line(one: Mapping[str, Any]) -> str:
    """Where it is short and no sentence, a heading."""
    first = str(one["text"]).strip().split("\n")[0].strip()
    return "" if len(first) > LONGEST_HEADING or first[-1:] in _ENDS or "，" in first else first


def body_of(one: Mapping[str, Any]) -> str:
    """A clause without its heading."""
    text = str(one["text"]).strip()
    return text.removeprefix(first_line(one)).strip() or text


def rarity_of(units: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How rare each word is among the clauses."""
    held = Counter(token for unit in units for token in _words(unit))
    return {token: math.log(1 + len(units) / count) for token, count in held.items()}


def _words(one: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(tokens(_all(one)))


def _all(one: Mapping[str, Any]) -> str:
    return f"{one['text']} {' '.join(one['path'])}"


def _wanted(question: str, units: Sequence[Mapping[str, Any]]) -> _Wanted:
    rarity, unknown = rarity_of(units), math.log(1 + len(units))
    about = asked(question)
    words: Counter[str] = Counter()
    for run in _RUNS.findall(_PLAIN.sub(" ", stripped(about.rest))):
        words.update(dict(_weighed(run, rarity, unknown)))
    weights = [
        (topic, (LIGHT if topic.light else TOPIC) * _rarity(topic, units, unknown)) for topic in about.topics
    ]
    return _Wanted(words, weights, [has for asks, has in _KINDS if asks.search(question)])


def _weighed(run: str, rarity: Mapping[str, float], unknown: float) -> Iterator[tuple[str, float]]:
    """The words of a run of Chinese, or of a Latin word or number. Chinese has no blanks: pairs that some
    clause has are words, and of what is left between them every two characters are one that none has."""
    if not _HAN.match(run):
        yield from ((token, rarity.get(token, unknown)) for token in tokens(run))
        return
    known = [place for place in range(len(run) - 1) if run[place : place + 2] in rarity]
    yield from ((run[place : place + 2], rarity[run[place : place + 2]]) for place in known)
    covered = {place + step for place in known for step in (0, 1)}
    left = "".join(" " if place in covered or sign in _FUNCTION else sign for place, sign in enumerate(run))
    for word in left.split():
        if len(word) == 1:
            yield word, SINGLE * rarity.get(word, unknown)
        else:
            yield f"{word}?", unknown * ((len(word) + 1) // 2)


def _rarity(topic: Topic, units: Sequence[Mapping[str, Any]], unknown: float) -> float:
    count = sum(bool(topic.says.search(_all(one))) for one in units)
    return math.log(1 + len(units) / count) if count else unknown


def _score(unit: Mapping[str, Any], wanted: _Wanted) -> float:
    own = _words(unit)
    shared = sum(weight for token, weight in wanted.words.items() if token in own)
    shared += sum(weight * share for weight, share in _spoken(unit, wanted.topics))
    if not shared:
        return 0.0
    has = sum(bool(kind.search(str(unit["text"]))) for kind in wanted.kinds)
    return shared / wanted.whole * (1 + WANTED * has / max(1, len(wanted.kinds)))


def _spoken(unit: Mapping[str, Any], topics: Sequence[tuple[Topic, float]]) -> Iterator[tuple[float, float]]:
    """A clause is about a topic that its heading and its words name; one that only does either, less."""
    heading = first_line(unit)
    above, own = " ".join([*unit["path"], heading]), str(unit["text"]).strip().removeprefix(heading)
    for topic, weight in topics:
        if said := bool(topic.says.search(above)) + bool(topic.says.search(own)):
            yield weight, 1.0 if said == 2 else 1.0 - HALF


__all__ = ["body_of", "first_line", "ranked", "rarity_of", "units_of"]
