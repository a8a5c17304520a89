"""What a service desk must settle by rule: refund windows, safety, hand-over, personal data.

Wording rules are data (`rules/service.toml`); the few that compute name a check below.
`screen` is pure. A number that should not have been sent is masked in the quote.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
Finding = dict[str, Any]

RULES_FOLDER = Path(__file__).parent / "rules"
LANGUAGES = ("zh", "en")
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")

REFUND_DAYS = 7
FRAUD_FACTOR, FRAUD_FLOOR = 3, 500
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
CLAUSE = re.compile(r"(?:[^。!?;,，、\n.]|\.(?!\s|$))+[。!?;,，、\n.]?")
NUMERALS = {
    "半": 0.5,
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
WORDS = [
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
    "thirteen",
    "fourteen",
    "fifteen",
]
ENGLISH = {word: value for value, word in enumerate(WORDS)} | {"a": 1, "an": 1, "twenty": 20, "thirty": 30}
UNIT_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "day": 1, "week": 7, "month": 30}
CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){14,18}(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[\dXx](?!\d)")
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule; a rule without a check is looked for by its patterns alone."""

    id: str
    severity: Severity
    effect: str
    source: str
    effective_from: date
    check: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    ignore_negation: bool
    citations: Mapping[str, tuple[str, ...]]
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    advice: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Hit:
    start: int
    end: int
    computed: dict[str, Any] = field(default_factory=dict)
    masked: bool = False


def screen(*, text: str, language: str) -> list[Finding]:
    """Findings for one customer message, the gravest first, then in reading order."""
    tongue = "zh" if language.lower().startswith("zh") else "en"
    plain = text.translate(HALF_WIDTH)
    found = [
        _finding(rule, hit, text, tongue)
        for rule in rules()
        for hit in list(CHECKS[rule.check](rule, plain))[:1]
    ]
    return sorted(found, key=lambda item: (SEVERITIES.index(item["severity"]), item["span"]["start"]))


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(_rule(row) for row in _table("service.toml")["rule"])


# --- checks ------------------------------------------------------------------------------


def check_wording(rule: Rule, text: str) -> Iterator[Hit]:
    """The rule's patterns, unless the clause denies them or a lawful reading is there."""
    for pattern in rule.patterns:
        for match in pattern.finditer(text):
            clause = clause_at(text, match.start())
            lawful = any(guard.search(text[slice(*clause)]) for guard in rule.unless)
            if not lawful and (rule.ignore_negation or not negated(text, match.start())):
                yield Hit(start=match.start(), end=match.end(), masked=rule.effect == "block")


def check_refund_window(rule: Rule, text: str) -> Iterator[Hit]:
    """The seven-day window, when the message says how long ago the goods arrived."""
    since = days_since_receipt(text)
    if since is None or not _says("return", text) or _says("fault", text) or excluded_goods(text):
        return
    start, end, days = since
    figures = {
        "days_since_receipt": days,
        "window_days": REFUND_DAYS,
        "days_left": max(0, REFUND_DAYS - days),
        "within_window": days <= REFUND_DAYS,
    }
    yield Hit(start=start, end=end, computed=figures)


def check_excluded(rule: Rule, text: str) -> Iterator[Hit]:
    """Goods that may not be returned without a reason, named in a wish to return them."""
    found = excluded_goods(text)
    if found and _says("return", text) and not _says("fault", text):
        kind, start, end = found
        yield Hit(start=start, end=end, computed={"goods": kind, "window_days": 0})


def check_fault(rule: Rule, text: str) -> Iterator[Hit]:
    """Faulty goods: what the law gives before and after the seventh day."""
    fault = _says("fault", text)
    if not fault or not _says("remedy", text):
        return
    since = days_since_receipt(text)
    days = since[2] if since else None
    early = days is None or days <= REFUND_DAYS
    choices = ["return", "exchange", "repair"] if early else ["exchange", "repair"]
    yield Hit(start=fault[0], end=fault[1], computed={"days_since_receipt": days, "choices": choices})


def check_fraud(rule: Rule, text: str) -> Iterator[Hit]:
    """A claim of fraud, with the threefold damages when a price is stated."""
    for hit in list(check_wording(rule, text))[:1]:
        price = _price(text)
        damages = None if price is None else max(price * FRAUD_FACTOR, float(FRAUD_FLOOR))
        yield Hit(
            start=hit.start,
            end=hit.end,
            computed={"price": price, "extra_damages": damages, "floor": FRAUD_FLOOR},
        )


def check_card(rule: Rule, text: str) -> Iterator[Hit]:
    """A payment card number that passes the Luhn test."""
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if luhn(digits) and not IDENTITY.fullmatch(digits):
            yield Hit(start=match.start(), end=match.end(), masked=True)


def check_identity(rule: Rule, text: str) -> Iterator[Hit]:
    """A resident identity number with a right check digit."""
    for match in IDENTITY.finditer(text):
        if identity_valid(match[0]):
            yield Hit(start=match.start(), end=match.end(), masked=True)


def check_minor(rule: Rule, text: str) -> Iterator[Hit]:
    """A purchase by a child, by age: void below eight, subject to consent below eighteen."""
    for hit in list(check_wording(rule, text))[:1]:
        stated = re.search(
            r"(\d{1,2}|[一二两三四五六七八九十]{1,3})\s*周?岁|(\d{1,2})[- ]year[- ]old|aged? (\d{1,2})", text
        )
        age = None if stated is None else int(number(next(filter(None, stated.groups()))))
        if age is None or age < 18:
            status = "unknown" if age is None else "void" if age < 8 else "needs_consent"
            yield Hit(start=hit.start, end=hit.end, computed={"age": age, "status": status})


CHECKS: Mapping[str, Callable[[Rule, str], Iterator[Hit]]] = {
    "wording": check_wording,
    "refund_window": check_refund_window,
    "excluded": check_excluded,
    "fault": check_fault,
    "fraud": check_fraud,
    "card": check_card,
    "identity": check_identity,
    "minor": check_minor,
}


# --- reading -----------------------------------------------------------------------------


def days_since_receipt(text: str) -> tuple[int, int, int] | None:
    """Where the message says when the goods arrived, and how many days ago that was."""
    words = _table("signals.toml")["receipt"]
    for days, pattern in words["named"].items():
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            return match.start(), match.end(), int(days)
    for pattern in words["counted"]:
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            unit = match["unit"].lower().rstrip("s")
            half = 0.5 if match["half"] else 0
            return match.start(), match.end(), int((number(match["n"]) + half) * UNIT_DAYS[unit])
    return None


def excluded_goods(text: str) -> tuple[str, int, int] | None:
    """The first kind of goods that cannot be returned without a reason."""
    for kind, patterns in _table("signals.toml")["excluded"].items():
        match = re.search(patterns["is"], text, re.IGNORECASE)
        lawful = patterns.get("unless")
        if (
            match
            and not negated(text, match.start())
            and not (lawful and re.search(lawful, text, re.IGNORECASE))
        ):
            return kind, match.start(), match.end()
    return None


def negated(text: str, start: int) -> bool:
    """Whether the words just before a place, in the same clause, deny what follows."""
    before = text[clause_at(text, start)[0] : start]
    return bool(re.search(_table("signals.toml")["negation"], before, re.IGNORECASE))


def clause_at(text: str, place: int) -> tuple[int, int]:
    """Where the clause around a place begins and ends."""
    return next(
        (found.span() for found in CLAUSE.finditer(text) if found.start() <= place < found.end()),
        (0, len(text)),
    )


def number(text: str) -> float:
    """A small Arabic, Chinese or English number."""
    plain = text.lower().replace(",", "")
    if plain in ENGLISH:
        return ENGLISH[plain]
    if plain[:1].isdigit():
        return float(plain)
    tens, ten, ones = plain.rpartition("十")
    if not ten:
        return NUMERALS[plain]
    return (NUMERALS[tens] if tens else 1) * 10 + (NUMERALS[ones] if ones else 0)


def luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def identity_valid(text: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _says(name: str, text: str) -> tuple[int, int] | None:
    """Where a group of words occurs without being denied."""
    for match in re.finditer(_table("signals.toml")["says"][name], text, re.IGNORECASE):
        if not negated(text, match.start()):
            return match.span()
    return None


def _price(text: str) -> float | None:
    match = re.search(
        r"[¥￥]\s*(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s*(?:元|块|yuan|RMB)", text, re.IGNORECASE
    )
    return None if match is None else float((match[1] or match[2]).replace(",", ""))


def _finding(rule: Rule, hit: Hit, text: str, language: str) -> Finding:
    shown = {name: _show(value, language) for name, value in hit.computed.items()}
    quote = text[hit.start : hit.end]
    finding: Finding = {
        "rule_id": rule.id,
        "source": "rule",
        "severity": rule.severity,
        "title": rule.title[language],
        "explanation": rule.explanation[language].format(**shown),
        "span": {"start": hit.start, "end": hit.end, "quote": mask(quote) if hit.masked else quote},
        "citations": list(rule.citations[language]),
        "advice": rule.advice[language].format(**shown),
        "effect": rule.effect,
    }
    return finding | ({"computed": hit.computed} if hit.computed else {})


def mask(quote: str) -> str:
    """The same length: a long number keeps its last four digits, a secret nothing."""
    digits = [place for place, char in enumerate(quote) if char.isdigit() or char in "Xx"]
    if len(digits) >= 15:
        return "".join("*" if place in digits[:-4] else char for place, char in enumerate(quote))
    return re.sub(r"[A-Za-z0-9]+$", lambda secret: "*" * len(secret[0]), quote)


def _show(value: object, language: str) -> str:
    words: Mapping[str, str] = _table("signals.toml")["words"][language]
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(words.get(item, item) for item in value)
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(words.get(str(value), value))


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        severity=row["severity"],
        effect=row["effect"],
        source=row["source"],
        effective_from=row["effective_from"],
        check=row.get("check", "wording"),
        patterns=tuple(re.compile(pattern, re.IGNORECASE) for pattern in row.get("patterns", ())),
        unless=tuple(re.compile(pattern, re.IGNORECASE) for pattern in row.get("unless", ())),
        ignore_negation=row.get("ignore_negation", False),
        citations={language: tuple(row["citations"][language]) for language in LANGUAGES},
        title=row["title"],
        explanation=row["explanation"],
        advice=row["advice"],
    )


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES_FOLDER / name).read_text(encoding="utf-8"))
