"""Checks that need no figures: words that are there, words that are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence

_KEPT = re.compile(
    r"(?:不能|不得|并不)(?:因此)?(?:代替|替代|取代|免除)(?:上述|前述|前款|法定|甲方|乙方)[^。;,]{0,6}(?:义务|责任)"
)
QUESTION = re.compile(r"[?]$|吗$|是否合法|怎么办")


@check("wording")
def by_wording(rule: Rule, case: Case) -> Iterator[Hit]:
    """The rule's words in a sentence, unless a lawful reading stands in it and is not denied there."""
    said = case.statements if rule.joined else case.sentences
    alone = [one for one in said if _asserted(rule, one.text)]
    for sentence in (*said, *(_pairs(case, alone) if rule.paired else ())):
        match = _asserted(rule, sentence.text) or _in_its_article(rule, case, sentence)
        if (
            not match
            or rule.find("unless", rule.without("denied", _parts_of(sentence.text, match)))
            or QUESTION.search(sentence.text.strip())
            or _KEPT.search(_parts_of(sentence.text, match))
        ):
            continue
        if "needs" in rule.signals and not rule.find("needs", sentence.text):
            continue
        if "unless_clause" in rule.signals and rule.find(
            "unless_clause", case.text[slice(*case.section_at(sentence.start))]
        ):
            continue
        if "context" in rule.signals and not rule.find("context", case.text):
            continue
        yield Hit(spans=((sentence.start + match.start(), sentence.start + match.end()),))


_STOPS = str.maketrans("。;\n", ",,,")


def _pairs(case: Case, alone: Sequence[Sentence]) -> Iterator[Sentence]:
    """Two sentences of one clause read as one, where neither says it alone: when, and what then."""
    told = {one.start for one in alone}
    for one, following in pairwise(case.statements):
        near = following.start - one.end <= 8 and len(one.text) + len(following.text) < 220
        if not near or case.clause_at(one.start) != case.clause_at(following.start):
            continue
        if any(one.start <= start < following.end for start in told):
            continue
        body = case.text[one.start : following.end]
        last = body.rstrip("。;\n")
        yield Sentence(one.start, following.end, last.translate(_STOPS) + body[len(last) :])


_DENIED = re.compile(
    r"(?:不|不得|不会|不能|不应|无权|无需|无须|不需要?|不必|毋须|未|从未|并未|并不|并非|不是|没有|不再|不予|禁止)(?:要求|以任何形式|向[^,。;]{1,6}|对[^,。;]{1,6}|因此|为此)?$"
)


def _asserted(rule: Rule, text: str) -> re.Match[str] | None:
    """The first place of the rule's words that is not itself denied: not to waive is no waiver."""
    found = (one for one in rule.find_all("any", text) if not _DENIED.search(text, 0, one.start()))
    return next(found, None)


def _in_its_article(rule: Rule, case: Case, sentence: Sentence) -> re.Match[str] | None:
    """What a sentence says only about a thing that its article names."""
    match = rule.find("any_there", sentence.text)
    return match if match and rule.find("there", case.text[slice(*case.section_at(sentence.start))]) else None


def _parts_of(text: str, match: re.Match[str]) -> str:
    """The parts between semicolons that the words stand in: what is said of something else is no excuse."""
    end = text.find(";", match.end() - 1)
    return text[text.rfind(";", 0, match.start() + 1) + 1 : end if end >= 0 else len(text)]


@check("missing")
def by_absence(rule: Rule, case: Case) -> Iterator[Hit]:
    """Something that a contract of this type should say and that is nowhere in it."""
    if _said(rule, case):
        return
    if "any" not in rule.signals:
        yield Hit()
        return
    trigger = rule.find("any", _NAME.sub("", case.provisions))
    if trigger:
        yield Hit()


@check("service_level")
def service_level(rule: Rule, case: Case) -> Iterator[Hit]:
    """A service of which nothing says how good, or of which only effort is promised."""
    if case.whole:
        measured = any(_measured(rule, one.text) for one in case.sentences)
        answers = any(rule.find("answers", one.text) for one in case.sentences)
        for sentence in case.sentences:
            article = case.text[slice(*case.section_at(sentence.start))]
            efforts = {match[0] for match in rule.find_all("effort", article)}
            match = rule.find("effort", sentence.text)
            if not match or not rule.find("ongoing", sentence.text):
                continue
            bare = not answers if rule.find("keeps_up", article) else not measured
            if bare and (len(efforts) >= 2 or rule.find("keeps_up", sentence.text)):
                where = (sentence.start, sentence.start + len(sentence.text.rstrip()))
                yield Hit(spans=(where,), outcome="effort")
                return
    yield from by_absence(rule, case)


def _measured(rule: Rule, text: str) -> bool:
    return any(
        not re.search(r"通过率|税率|费率|利率|汇率", text[max(0, one.start() - 2) : one.start() + 3])
        for one in rule.find_all("measured", text)
    )


_NAME = re.compile(r"[一-鿿()]{2,24}(?:公司|事务所|合作社|商行|经营部|中心|集团|研究院)")
_REFUSED = re.compile(
    r"(?:不再?|不予|概不|一概不|一律不|恕不|无需|无须|不必)(?:承担|负责?|担负|提供|作出?|给予|接受|受理)[^,。;]{0,6}$"
    r"|(?<![如若])(?:不|概不|无需|无须)(?:再|会|予)?(?:对|就|为|因)[^,。;]{0,12}$"
)


@check("cooperation")
def cooperation(rule: Rule, case: Case) -> Iterator[Hit]:
    """Nothing on what the client brings, or one mention in passing that moves no time limit."""
    text = rule.without("denied", case.provisions)
    mentions = [
        text[max(0, one.start() - 40) : one.end() + 40]
        for one in rule.find_all("present", text)
        if not _REFUSED.search(text[max(0, one.start() - 14) : one.start()])
    ]
    if len(mentions) < 2 and not any(rule.find("consequence", one) for one in mentions):
        yield Hit()


def _said(rule: Rule, case: Case) -> bool:
    """Whether the text says what it should; who refuses a thing has not promised it."""
    kept = case.provisions
    if "other_matter" in rule.signals:
        kept = "\n".join(
            one.text
            for one in case.sentences
            if not rule.find("other_matter", f"{case.heading_at(one.start)}\n{one.text}")
        )
    text = rule.without("denied", kept)
    return any(
        not _REFUSED.search(text[max(0, one.start() - 14) : one.start()])
        for one in rule.find_all("present", text)
    )
