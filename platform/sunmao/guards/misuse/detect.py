"""Requests for help with harm, apart from injections: here a person openly asks for the wrong thing."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sunmao.guards.injection.folding import fold
from sunmao.guards.misuse import model

Severity = Literal["high", "medium"]
LANGUAGES = ("zh", "en")
MODEL_RULE = "MIS-MODEL"
_SENTENCE = re.compile(r"[^。!?\n]+[。!?]?")


@dataclass(frozen=True)
class Rule:
    id: str
    severity: Severity
    care: bool
    patterns: tuple[tuple[str, re.Pattern[str]], ...]


@dataclass(frozen=True)
class Misuse:
    """`care`: the person may be in danger and must be helped rather than turned away."""

    rule_id: str
    severity: Severity
    care: bool
    start: int
    end: int


def inspect(text: str) -> tuple[Misuse, ...]:
    """Each rule at most once, in reading order; where no rule has anything to say, the model is asked."""
    folded = fold(text)
    found: dict[str, Misuse] = {}
    for sentence in _SENTENCE.finditer(folded.text):
        for rule in rules():
            place = None if rule.id in found else _hit(rule, sentence[0])
            if place:
                start, end = folded.span(sentence.start() + place[0], sentence.start() + place[1])
                found[rule.id] = Misuse(rule.id, rule.severity, rule.care, start, end)
    if not found and (window := model.worst(folded.text)):
        start, end = folded.span(*window)
        found[MODEL_RULE] = Misuse(MODEL_RULE, "medium", False, start, end)
    return tuple(found.values())


def _hit(rule: Rule, sentence: str) -> tuple[int, int] | None:
    for language, pattern in rule.patterns:
        match = pattern.search(sentence)
        if match and (rule.care or _asks()[language].search(sentence)):
            return None if not rule.care and _unless()[language].search(sentence) else match.span()
    return None


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            id=row["id"],
            severity=row["severity"],
            care=row.get("care", False),
            patterns=tuple((language, _compile(row[language], language)) for language in LANGUAGES),
        )
        for row in _table()["rule"]
    )


@cache
def _asks() -> dict[str, re.Pattern[str]]:
    return {language: _compile(_table()["asks"][language], language) for language in LANGUAGES}


@cache
def _unless() -> dict[str, re.Pattern[str]]:
    return {language: _compile(_table()["unless"][language], language) for language in LANGUAGES}


def _compile(pattern: str, language: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})(?:\b|s\b|ing\b)" if language == "en" else pattern)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
