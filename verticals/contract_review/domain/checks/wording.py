"""Checks that need no figures: words that are there, words that are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.playbook import Rule

QUESTION = re.compile(r"[?]$|吗$|是否合法|怎么办")


@check("wording")
def by_wording(rule: Rule, case: Case) -> Iterator[Hit]:
    """The rule's words in a sentence, unless a lawful reading stands in it and is not denied there."""
    for sentence in case.statements if rule.joined else case.sentences:
        match = rule.find("any", sentence.text)
        if (
            not match
            or rule.find("unless", rule.without("denied", _parts_of(sentence.text, match)))
            or QUESTION.search(sentence.text.strip())
        ):
            continue
        if "needs" in rule.signals and not rule.find("needs", sentence.text):
            continue
        if "unless_clause" in rule.signals and rule.find("unless_clause", case.around(sentence.start)):
            continue
        if "context" in rule.signals and not rule.find("context", case.text):
            continue
        yield Hit(spans=((sentence.start + match.start(), sentence.start + match.end()),))


def _parts_of(text: str, match: re.Match[str]) -> str:
    """The parts between semicolons that the words stand in: what is said of something else is no excuse."""
    end = text.find(";", match.end() - 1)
    return text[text.rfind(";", 0, match.start() + 1) + 1 : end if end >= 0 else len(text)]


@check("missing")
def by_absence(rule: Rule, case: Case) -> Iterator[Hit]:
    """Something that a contract of this type should say and that is nowhere in it."""
    if rule.find("present", rule.without("denied", case.provisions)):
        return
    if "any" not in rule.signals:
        yield Hit()
        return
    trigger = rule.find("any", case.provisions)
    if trigger:
        yield Hit()
