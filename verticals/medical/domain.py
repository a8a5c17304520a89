"""Red-flag symptoms in what a patient writes: recognised by rule before any model speaks.

Concepts and rules are data (`rules/*.toml`). A mention is present, denied, past or merely
asked about; only present ones raise an alarm, the others inform. In doubt it is present.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
Status = Literal["present", "denied", "past", "asked"]
Finding = dict[str, Any]

RULES_FOLDER = Path(__file__).parent / "rules"
LANGUAGES = ("zh", "en")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
TURN = r"但是?|\bbut\b|\bhowever\b"
CLAUSE = re.compile(rf"(?:(?!{TURN})(?:[^。!?;,，\n.]|\.(?=\d)))+|{TURN}", re.IGNORECASE)
SENTENCE = re.compile(r"(?:[^。!?;\n.]|\.(?=\d))+[。!?;\n.]?")
DAYS = {
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "月": 30,
    "岁": 365,
    "周岁": 365,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
}
NUMERALS = {
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
ENGLISH = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
INFANT_DAYS, SMALL_CHILD_DAYS = 90, 3 * 365


@dataclass(frozen=True, kw_only=True)
class Concept:
    """A sign or a circumstance and the ways people write it."""

    name: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Fires when every group has one of its concepts and nothing in `unless` is present."""

    id: str
    severity: Severity
    mild: Severity | None
    effect: str
    source: str
    effective_from: date
    groups: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    silent_after: tuple[str, ...]
    facts: tuple[str, ...]
    citations: Mapping[str, tuple[str, ...]]
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    advice: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Mention:
    concept: str
    start: int
    end: int
    status: Status


def screen(*, text: str, language: str) -> list[Finding]:
    """Findings for one message of a patient or a relative, the gravest first."""
    tongue = "zh" if language.lower().startswith("zh") else "en"
    plain = text.translate(HALF_WIDTH)
    facts = read_facts(plain)
    seen = [*mentions(plain), *derived(facts)]
    alarms = _fire(seen, {"present"})
    mild = _fire([one for one in seen if one.status != "denied"], {"present", "past", "asked"})
    found = [_finding(rule, rule.severity, span, text, tongue, facts) for rule, span in alarms]
    fired = {rule.id for rule, _ in alarms}
    if not any(one["severity"] == "critical" for one in found):
        for rule, span in mild:
            if rule.mild and rule.id not in fired and not fired & set(rule.silent_after):
                found.append(_finding(rule, rule.mild, span, text, tongue, facts))
    return sorted(found, key=lambda one: (SEVERITIES.index(one["severity"]), one["span"]["start"]))


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(_rule(row) for row in _table("red_flags.toml")["rule"])


@cache
def concepts() -> tuple[Concept, ...]:
    return tuple(
        Concept(
            name=name,
            pattern=re.compile("|".join(f"(?:{form})" for form in row["forms"]), re.IGNORECASE),
            unless=re.compile(row["unless"], re.IGNORECASE) if "unless" in row else None,
        )
        for name, row in _table("concepts.toml")["concept"].items()
    )


def mentions(text: str) -> list[Mention]:
    """Every concept in the text with its status."""
    found = []
    for concept in concepts():
        for match in concept.pattern.finditer(text):
            clause = _around(CLAUSE, text, match.start())
            if not (concept.unless and concept.unless.search(text[slice(*clause)])):
                status = _status(text, match.start(), match.end(), clause)
                found.append(
                    Mention(concept=concept.name, start=match.start(), end=match.end(), status=status)
                )
    return found


def _status(text: str, start: int, end: int, clause: tuple[int, int]) -> Status:
    before, after = text[clause[0] : start], text[end : clause[1]]
    sentence = _around(SENTENCE, text, start)
    if (
        _signal("denied_before", before)
        or _signal("denied_after", after)
        or _in_denied_list(text, start, end, sentence)
    ):
        return "denied"
    whole = text[slice(*clause)]
    if _signal("past", whole) and not _signal("now", whole):
        return "past"
    if _signal("asked", text[slice(*sentence)]) and not _signal("now", text):
        return "asked"
    return "present"


def _in_denied_list(text: str, start: int, end: int, sentence: tuple[int, int]) -> bool:
    """An English list under one denial: no chest pain, breathlessness, or sweating."""
    before, after = text[sentence[0] : start], text[end : sentence[1]]
    return bool(
        _signal("list_before", before) and (_signal("list_after", after) or re.search(r"\bn?or $", before))
    )


# --- numbers -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number of the message and where it stands."""

    value: float
    start: int
    end: int


def read_facts(text: str) -> dict[str, Fact]:
    """Temperature, blood pressure, glucose, saturation, age and weeks of pregnancy."""
    facts: dict[str, Fact] = {}
    for name, pattern in _table("concepts.toml")["number"].items():
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            value = next(group for group in match.groups() if group)
            facts[name] = Fact(value=number(value), start=match.start(), end=match.end())
    if "temp_c" in facts and facts["temp_c"].value > 45:
        fahrenheit = facts["temp_c"]
        celsius = round((fahrenheit.value - 32) / 1.8, 1)
        facts["temp_c"] = Fact(value=celsius, start=fahrenheit.start, end=fahrenheit.end)
    return facts | _age(text)


def _age(text: str) -> dict[str, Fact]:
    found = (
        re.search(pattern, text, re.IGNORECASE) for pattern in _table("concepts.toml")["age"]["patterns"]
    )
    match = next(filter(None, found), None)
    if match is None:
        return {}
    unit = match["unit"].lower().rstrip("s")
    months = re.match(r"半" if unit != "岁" else r"(?!)", match["half"] or "")
    value = number(match["n"]) * DAYS[unit] + (DAYS[unit] // 2 if months else 0)
    return {"age_days": Fact(value=value, start=match.start(), end=match.end())}


def derived(facts: Mapping[str, Fact]) -> Iterator[Mention]:
    """Concepts that follow from numbers."""
    age = facts["age_days"].value if "age_days" in facts else None
    limit = (
        38.0
        if age is not None and age <= INFANT_DAYS
        else 39.0
        if age is not None and age <= SMALL_CHILD_DAYS
        else 39.5
    )
    bounds = (
        ("fever", "temp_c", 38.0, math.inf),
        ("high_fever", "temp_c", limit, math.inf),
        ("extreme_heat", "temp_c", 40.5, math.inf),
        ("severe_pressure", "systolic", 180, math.inf),
        ("severe_pressure", "diastolic", 120, math.inf),
        ("low_glucose", "glucose", 0, 3.89),
        ("hypoxia", "spo2", 0, 93),
        ("young_infant", "age_days", 0, INFANT_DAYS),
        ("pregnant", "preg_weeks", 1, math.inf),
    )
    for concept, name, least, most in bounds:
        fact = facts.get(name)
        if fact and least <= fact.value <= most:
            yield Mention(concept=concept, start=fact.start, end=fact.end, status="present")


def number(text: str) -> float:
    """A small Arabic, Chinese or English number."""
    plain = text.lower()
    if plain in ENGLISH:
        return float(ENGLISH[plain])
    if plain[:1].isdigit():
        return float(plain)
    if plain == "半":
        return 0.5
    tens, ten, ones = plain.rpartition("十")
    if not ten:
        return float(NUMERALS.get(plain, 0))
    return float((NUMERALS[tens] if tens else 1) * 10 + (NUMERALS[ones] if ones else 0))


# --- rules -------------------------------------------------------------------------------


def _fire(seen: list[Mention], statuses: set[Status]) -> list[tuple[Rule, tuple[int, int]]]:
    """The rules that hold over mentions of some statuses, each with the span of its evidence."""
    usable = [one for one in seen if one.status in statuses]
    names = {one.concept for one in usable}
    fired: list[tuple[Rule, tuple[int, int]]] = []
    for rule in rules():
        holds = all(names & set(group) for group in rule.groups) and not names & set(rule.unless)
        if holds and not {done.id for done, _ in fired} & set(rule.silent_after):
            fired.append((rule, _evidence(rule, usable)))
    return fired


def _evidence(rule: Rule, usable: list[Mention]) -> tuple[int, int]:
    """Where the first group of the rule is met."""
    first = min((one for one in usable if one.concept in rule.groups[0]), key=lambda one: one.start)
    return first.start, first.end


def _finding(
    rule: Rule, severity: Severity, span: tuple[int, int], text: str, language: str, facts: Mapping[str, Fact]
) -> Finding:
    known = {name: facts[name].value for name in rule.facts if name in facts}
    softened = severity != rule.severity
    advice = _table("red_flags.toml")["softened"][language] if softened else rule.advice[language]
    finding: Finding = {
        "rule_id": rule.id,
        "source": "rule",
        "severity": severity,
        "title": rule.title[language],
        "explanation": rule.explanation[language],
        "span": {"start": span[0], "end": span[1], "quote": text[slice(*span)]},
        "citations": list(rule.citations[language]),
        "advice": advice,
        "effect": "inform" if softened else rule.effect,
    }
    return finding | ({"computed": known} if known else {})


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        severity=row["severity"],
        mild=row.get("mild"),
        effect=row["effect"],
        source=row["source"],
        effective_from=row["effective_from"],
        groups=tuple(tuple(group) for group in row["groups"]),
        unless=tuple(row.get("unless", ())),
        silent_after=tuple(row.get("silent_after", ())),
        facts=tuple(row.get("facts", ())),
        citations={language: tuple(row["citations"][language]) for language in LANGUAGES},
        title=row["title"],
        explanation=row["explanation"],
        advice=row["advice"],
    )


def _signal(name: str, text: str) -> bool:
    return bool(re.search(_table("concepts.toml")["signal"][name], text, re.IGNORECASE))


def _around(pattern: re.Pattern[str], text: str, place: int) -> tuple[int, int]:
    """The stretch of text around a place."""
    return next(
        (found.span() for found in pattern.finditer(text) if found.start() <= place < found.end()),
        (0, len(text)),
    )


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES_FOLDER / name).read_text(encoding="utf-8"))
