"""Wording rules of investment advice: what may not be promised, hinted at or asked for.

The rules are data (`rules/*.toml`); `screen` is the one pure function over them. A hit is
dropped when its sentence negates it, quotes a prohibition or warns about a third party,
and softened when the sentence only asks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
Finding = dict[str, Any]

RULES_FOLDER = Path(__file__).parent / "rules"
LANGUAGES = ("zh", "en")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")

HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
SENTENCE = re.compile(r"(?:[^。!?;\n.]|\.(?!\s|$))*(?:[。!?;\n]|\.(?=\s|$))?")
SEPARATOR = re.compile(r"(?<=[\u4e00-\u9fff])[\s\-_*·.~|/+\u200b]+(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One wording rule; every text exists in Chinese and English."""

    id: str
    severity: Severity
    asked: Severity
    effect: str
    source: str
    effective_from: date
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    ignore_negation: bool
    citations: Mapping[str, tuple[str, ...]]
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    advice: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Guards:
    """Sentence-level reasons to drop or soften a hit."""

    negation: re.Pattern[str]
    warning: re.Pattern[str]
    question: re.Pattern[str]
    leading: re.Pattern[str]


@dataclass(frozen=True, kw_only=True)
class Squeezed:
    """A text without the marks people put inside words, and the way back to the original."""

    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.origin[start], self.origin[end - 1] + 1


def screen(*, text: str, language: str) -> list[Finding]:
    """Findings for one question or one draft, the gravest first, then in reading order."""
    tongue = "zh" if language.lower().startswith("zh") else "en"
    squeezed = squeeze(text)
    found = [
        _finding(rule, severity, text[start:end], (start, end), tongue)
        for rule in rules()
        for severity, (start, end) in _first_hit(rule, squeezed)
    ]
    return sorted(found, key=lambda item: (SEVERITIES.index(item["severity"]), item["span"]["start"]))


def squeeze(text: str) -> Squeezed:
    """Half-width characters, and no separators between two Chinese characters."""
    half = text.translate(HALF_WIDTH)
    dropped = {
        index for match in SEPARATOR.finditer(half) if "\n" not in match[0] for index in range(*match.span())
    }
    kept = tuple(index for index in range(len(half)) if index not in dropped)
    return Squeezed(text="".join(half[index] for index in kept), origin=kept)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the folder, in file order."""
    return tuple(_rule(row) for row in _table("wording.toml")["rule"])


@cache
def guards() -> Guards:
    table = _table("guards.toml")
    return Guards(**{name: _compile(rows) for name, rows in table.items()})


def _first_hit(rule: Rule, squeezed: Squeezed) -> Iterator[tuple[Severity, tuple[int, int]]]:
    """The gravest reading of the rule in the text: stated before merely asked."""
    hits = sorted(_hits(rule, squeezed), key=lambda hit: (SEVERITIES.index(hit[0]), hit[1]))
    yield from hits[:1]


def _hits(rule: Rule, squeezed: Squeezed) -> Iterator[tuple[Severity, tuple[int, int]]]:
    for sentence in SENTENCE.finditer(squeezed.text):
        body = sentence[0]
        if not body or any(pattern.search(body) for pattern in rule.unless):
            continue
        for pattern in rule.patterns:
            for match in pattern.finditer(body):
                if rule.ignore_negation or not _defused(body, match.start()):
                    severity = rule.asked if _asked(body, match.start()) else rule.severity
                    first, last = sentence.start() + match.start(), sentence.start() + match.end()
                    yield severity, squeezed.span(first, last)


def _defused(sentence: str, start: int) -> bool:
    """Whether the words before a hit deny it, or the sentence warns against it."""
    return bool(guards().negation.search(sentence[:start]) or guards().warning.search(sentence))


def _asked(sentence: str, start: int) -> bool:
    """Whether the clause around a hit, or the whole sentence, is a question."""
    begin = max(sentence.rfind(comma, 0, start) for comma in ",，") + 1
    clause = re.split("[,，]", sentence[begin:])[0]
    return bool(guards().question.search(clause) or guards().leading.search(sentence))


def _finding(rule: Rule, severity: Severity, quote: str, span: tuple[int, int], language: str) -> Finding:
    return {
        "rule_id": rule.id,
        "source": "rule",
        "severity": severity,
        "title": rule.title[language],
        "explanation": rule.explanation[language],
        "span": {"start": span[0], "end": span[1], "quote": quote},
        "citations": list(rule.citations[language]),
        "advice": rule.advice[language],
        "effect": rule.effect if severity == rule.severity else "inform",
    }


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        severity=row["severity"],
        asked=row.get("asked", row["severity"]),
        effect=row["effect"],
        source=row["source"],
        effective_from=row["effective_from"],
        patterns=tuple(re.compile(pattern, re.IGNORECASE) for pattern in row["patterns"]),
        unless=tuple(re.compile(pattern, re.IGNORECASE) for pattern in row.get("unless", ())),
        ignore_negation=row.get("ignore_negation", False),
        citations={language: tuple(row["citations"][language]) for language in LANGUAGES},
        title=row["title"],
        explanation=row["explanation"],
        advice=row["advice"],
    )


def _compile(alternatives: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), re.IGNORECASE)


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES_FOLDER / name).read_text(encoding="utf-8"))
