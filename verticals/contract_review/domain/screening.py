"""Deterministic checks of pasted contract clauses.

Texts, thresholds and dated parameters are data (`rules/*.toml`); the checks below compute
and compare. `screen` is pure: the same text gives the same findings, weightiest first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from verticals.contract_review.figures import (
    DATE,
    HALF_WIDTH,
    PERIODS_A_YEAR,
    RULES_FOLDER,
    SENTENCE,
    Length,
    Rate,
    amount_near,
    lengths,
    percents,
    rates,
    read_date,
    spans_between_dates,
    table,
)

Severity = Literal["critical", "high", "medium", "low", "info"]
Finding = dict[str, Any]

LANGUAGES = ("zh", "en")
PERIOD_ZH = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"}
MILD_ANNUAL = Decimal("18.25")  # 0.05 % a day, the default late interest of the SME payment rules
LEASE_YEARS = 20
DEPOSIT_PERCENT = Decimal(20)
PROBATION_STEPS = ((3, 0), (12, 1), (36, 2))  # a term below so many months allows so many


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How grave a rule is and what it says; a rule may have more than one."""

    severity: Severity
    score: int
    effect: str
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    advice: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the playbook; `check` names the function that looks for it."""

    id: str
    check: str
    severity: Severity
    source: str
    effective_from: date
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    clause_only: bool
    citations: Mapping[str, tuple[str, ...]]
    wordings: Mapping[str, Wording]
    bands: tuple[tuple[Decimal, str], ...]
    replacement: str


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Where a rule holds, which of its wordings fits, what was computed, the better clause."""

    start: int
    end: int
    wording: str = "default"
    computed: dict[str, Any] = field(default_factory=dict)
    rewrite: str = ""


def screen(*, text: str, language: str) -> list[Finding]:
    """Findings for a pasted clause or a question about one."""
    tongue = "zh" if language.lower().startswith("zh") else "en"
    plain = text.translate(HALF_WIDTH)
    hits = [(rule, hit) for rule in rules() for hit in CHECKS[rule.check](rule, plain)]
    hits.sort(key=lambda pair: (-pair[0].wordings[pair[1].wording].score, pair[1].start))
    return [_finding(rule, hit, text, tongue) for rule, hit in hits]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of every playbook file, in file order."""
    files = sorted(path.name for path in RULES_FOLDER.glob("playbook_*.toml"))
    return tuple(_rule(row) for name in files for row in table(name)["rule"])


def lpr_on(day: date | None) -> tuple[Decimal, date]:
    """The one-year loan prime rate in force on a day, or the latest known, and since when."""
    rows = [(Decimal(str(row["percent"])), row["date"]) for row in table("parameters.toml")["lpr_1y"]]
    known = [row for row in rows if day is None or row[1] <= day]
    return known[-1] if known else rows[0]


def check_wording(rule: Rule, text: str) -> Iterator[Hit]:
    """The rule's patterns, sentence by sentence, unless a lawful reading is there."""
    for sentence in SENTENCE.finditer(text):
        body = sentence[0]
        if any(pattern.search(body) for pattern in rule.unless) or (rule.clause_only and not is_clause(body)):
            continue
        match = next(filter(None, (pattern.search(body) for pattern in rule.patterns)), None)
        if match:
            start, end = sentence.start() + match.start(), sentence.start() + match.end()
            yield Hit(start=start, end=end, rewrite=_replaced(rule.replacement, body, match))


def _replaced(replacement: str, sentence: str, match: re.Match[str]) -> str:
    """The sentence with fairer words in place of the match; Chinese clauses only."""
    if not replacement or not re.search("[一-鿿]", match[0]):
        return ""
    named = re.findall("甲方|乙方", sentence[: match.start()])
    other = {"甲方": "乙方", "乙方": "甲方"}.get(named[-1], "对方") if named else "对方"
    fair = replacement.format(other=other)
    return _tidy(sentence[: match.start()] + fair + sentence[match.end() :])


def check_document(rule: Rule, text: str) -> Iterator[Hit]:
    """Patterns that run over more than one sentence."""
    if is_clause(text) and not any(pattern.search(text) for pattern in rule.unless):
        match = next(filter(None, (pattern.search(text) for pattern in rule.patterns)), None)
        if match:
            yield Hit(start=match.start(), end=match.end())


def check_absent(rule: Rule, text: str) -> Iterator[Hit]:
    """A duty is written down, and nothing in the text settles what has to be settled."""
    if not any(pattern.search(text) for pattern in rule.unless):
        yield from list(check_wording(rule, text))[:1]


def check_court(rule: Rule, text: str) -> Iterator[Hit]:
    """Courts chosen at the wrong level, abroad, unclearly, or without a visible link."""
    for hit in check_wording(rule, text):
        words = text[hit.start : hit.end]
        kind = next(
            (name for name in ("level", "foreign", "unclear") if signal(f"court_{name}", words)), "default"
        )
        if kind != "default" or (signal("court_named", words) and not signal("court_linked", words)):
            yield Hit(
                start=hit.start,
                end=hit.end,
                wording=kind,
                computed={"kind": kind.replace("default", "unlinked")},
            )


def check_penalty(rule: Rule, text: str) -> Iterator[Hit]:
    """Late-payment or late-performance rates of contracts that are not loans."""
    for rate in [] if signal("loan", text) else _charges(text):
        body = text[slice(*rate.sentence)]
        band = next((name for limit, name in rule.bands if rate.daily <= limit), "default")
        if signal("late", body) and band != "skip" and not (band == "uncapped" and signal("cap", body)):
            figures, better = _penalty_figures(rate), _milder(rate, text)
            yield Hit(start=rate.start, end=rate.end, wording=band, computed=figures, rewrite=better)


def _charges(text: str) -> list[Rate]:
    """The rates of a text without those that state a cap."""
    return [
        rate
        for rate in rates(text)
        if not signal("cap", text[max(rate.sentence[0], rate.start - 10) : rate.start])
    ]


def _penalty_figures(rate: Rate) -> dict[str, Any]:
    lpr, since = lpr_on(None)
    return {
        "percent": float(rate.percent),
        "period": rate.period,
        "daily_percent": round(float(rate.daily), 4),
        "annual_percent": float(rate.annual),
        "days_until_principal": math.ceil(100 / rate.daily) if rate.daily else None,
        "usual_annual_percent": float(MILD_ANNUAL),
        "lpr_x4_percent": float(lpr * 4),
        "lpr_date": since.isoformat(),
    }


def _milder(rate: Rate, text: str) -> str:
    """The sentence with a rate that courts accept, and a cap if it had none."""
    start, end = rate.sentence
    chinese = bool(re.search("[一-鿿]", text[start:end]))
    mild = min(rate.percent, (MILD_ANNUAL / PERIODS_A_YEAR[rate.period]).quantize(Decimal("0.01")))
    body = f"{text[start : rate.start]}{show(mild)}%{text[rate.end : end]}".strip().rstrip("。;.")
    if not signal("cap", body):
        body += (
            "，累计违约金不超过合同总金额的10%" if chinese else ", up to 10% of the contract price in total"
        )
    return _tidy(f"{body}。") if chinese else f"{body}."


def check_loan(rule: Rule, text: str) -> Iterator[Hit]:
    """Loan interest, and late charges taken together, against four times the LPR."""
    if not signal("loan", text) or signal("licensed_lender", text):
        return
    lpr, since = lpr_on(signing_date(text))
    charges = _charges(text)
    late = [
        rate for rate in charges if signal("late", text[max(rate.sentence[0], rate.start - 24) : rate.end])
    ]
    usual = [rate for rate in charges if rate not in late]
    for annual, members in ((max((r.annual for r in usual), default=Decimal(0)), usual), (_sum(late), late)):
        if annual > lpr * 4:
            worst = max(members, key=lambda rate: rate.annual)
            figures = {
                "annual_percent": float(annual),
                "limit_percent": float(lpr * 4),
                "excess_percent": float(annual - lpr * 4),
                "lpr_percent": float(lpr),
                "lpr_date": since.isoformat(),
            }
            yield Hit(start=worst.start, end=worst.end, computed=figures)


def _sum(members: list[Rate]) -> Decimal:
    return sum((rate.annual for rate in members), Decimal(0))


def check_deposit(rule: Rule, text: str) -> Iterator[Hit]:
    """Earnest money as a share of the price, as stated or from two sums."""
    words = table("signals.toml")["deposit"]
    if re.search(words["unless"], text, re.IGNORECASE):
        return
    for match in re.finditer(words["share"], text, re.IGNORECASE):
        for start, end, percent in percents(match[0]):
            if percent > DEPOSIT_PERCENT:
                figures = {"deposit_percent": float(percent), "limit_percent": float(DEPOSIT_PERCENT)}
                yield Hit(start=match.start() + start, end=match.start() + end, computed=figures)
                return
    label = re.search(words["label"], text, re.IGNORECASE)
    deposit, total = amount_near(words["label"], text), amount_near(words["total"], text)
    if label and deposit and total and deposit * 100 > total * DEPOSIT_PERCENT:
        figures = {
            "deposit_percent": round(float(deposit * 100 / total), 2),
            "limit_percent": float(DEPOSIT_PERCENT),
            "deposit": float(deposit),
            "total": float(total),
            "excess": float(deposit - total * DEPOSIT_PERCENT / 100),
        }
        yield Hit(start=label.start(), end=label.end(), computed=figures)


def check_lease(rule: Rule, text: str) -> Iterator[Hit]:
    """Lease terms over twenty years, from a number of years or from two dates."""
    if not signal("lease", text) or signal("not_lease", text):
        return
    for term in [*_terms("lease", text), *spans_between_dates(text)]:
        years = term.months / 12
        if years > LEASE_YEARS:
            excess = round(float(years - LEASE_YEARS), 2)
            figures = {"years": round(float(years), 2), "limit_years": LEASE_YEARS, "excess_years": excess}
            yield Hit(start=term.start, end=term.end, computed=figures)
            return


def check_probation(rule: Rule, text: str) -> Iterator[Hit]:
    """Probation against the maximum for the term of the labour contract."""
    trial = next(_terms("probation", text), None)
    if trial is None:
        return
    term = next((found for found in _terms("labour", text) if found.start != trial.start), None)
    allowed = _probation_limit(term, text)
    if trial.months > allowed:
        figures = {
            "term_months": None if term is None else float(term.months),
            "probation_months": round(float(trial.months), 2),
            "max_months": allowed,
            "excess_months": round(float(trial.months - allowed), 2),
        }
        yield Hit(start=trial.start, end=trial.end, computed=figures)


def _probation_limit(term: Length | None, text: str) -> int:
    if signal("task_based", text):
        return 0
    if term is None or signal("open_ended", text):
        return 6
    return next((limit for below, limit in PROBATION_STEPS if term.months < below), 6)


def _terms(name: str, text: str) -> Iterator[Length]:
    """Lengths of time that stand in a phrase for a term, or right after its name."""
    words = table("signals.toml")["term"][name]
    for match in re.finditer(words["whole"], text, re.IGNORECASE):
        for found in lengths(match[0]):
            yield Length(
                start=match.start() + found.start, end=match.start() + found.end, months=found.months
            )
    for label in re.finditer(words["after"], text, re.IGNORECASE):
        gap = text[label.end() : label.end() + 28]
        first = next(lengths(gap), None)
        if first and not re.search(words["stop"], gap[: first.start], re.IGNORECASE):
            yield Length(start=label.end() + first.start, end=label.end() + first.end, months=first.months)


def signing_date(text: str) -> date | None:
    """The day the contract was signed, when the text says so."""
    for match in DATE.finditer(text):
        if signal("signed", text[max(0, match.start() - 10) : match.end() + 10]):
            return read_date(match)
    return None


def is_clause(sentence: str) -> bool:
    """Whether a sentence lays a duty on a party rather than asks."""
    return bool(signal("party", sentence) and signal("duty", sentence) and not signal("asks", sentence))


def signal(name: str, text: str) -> re.Match[str] | None:
    return _compiled(table("signals.toml")["word"][name]).search(text)


CHECKS: Mapping[str, Callable[[Rule, str], Iterator[Hit]]] = {
    "wording": check_wording,
    "absent": check_absent,
    "document": check_document,
    "court": check_court,
    "penalty": check_penalty,
    "loan": check_loan,
    "deposit": check_deposit,
    "lease": check_lease,
    "probation": check_probation,
}


def show(value: object) -> str:
    """A number as people write it: 1825, 18.25, 0.05."""
    if isinstance(value, float | Decimal):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def _tidy(clause: str) -> str:
    return re.sub(r"(?<=[一-鿿%]),|,(?=[一-鿿])", "，", clause).strip()


def _finding(rule: Rule, hit: Hit, text: str, language: str) -> Finding:
    words = rule.wordings[hit.wording]
    shown = {name: show(value) for name, value in hit.computed.items()}
    shown |= {
        "quote": text[hit.start : hit.end].strip(),
        "period_zh": PERIOD_ZH.get(hit.computed.get("period", ""), ""),
    }
    advice = words.advice[language].format(**shown)
    is_question = bool(signal("asks", hit.rewrite))  # about a clause: put right, it would still be no clause
    if hit.rewrite and not is_question and rule.severity != "info" and words.severity != "info":
        advice += f"建议改为：{hit.rewrite}" if language == "zh" else f" Suggested clause: {hit.rewrite}"
    finding: Finding = {
        "rule_id": rule.id,
        "source": "rule",
        "severity": words.severity,
        "title": words.title[language].format(**shown),
        "explanation": words.explanation[language].format(**shown),
        "span": {"start": hit.start, "end": hit.end, "quote": text[hit.start : hit.end]},
        "citations": list(rule.citations[language]),
        "advice": advice,
        "effect": words.effect,
    }
    return finding | ({"computed": hit.computed} if hit.computed else {})


def _rule(row: dict[str, Any]) -> Rule:
    base = {key: row[key] for key in ("severity", "score", "effect", "title", "explanation", "advice")}
    variants = {"default": base} | {name: base | own for name, own in row.get("variants", {}).items()}
    return Rule(
        id=row["id"],
        check=row["check"],
        severity=row["severity"],
        source=row["source"],
        effective_from=row["effective_from"],
        patterns=tuple(_compiled(pattern) for pattern in row.get("patterns", ())),
        unless=tuple(_compiled(pattern) for pattern in row.get("unless", ())),
        clause_only=row.get("clause_only", False),
        citations={language: tuple(row["citations"][language]) for language in LANGUAGES},
        wordings={name: Wording(**own) for name, own in variants.items()},
        bands=tuple((Decimal(limit), name) for limit, name in row.get("bands", ())),
        replacement=row.get("replacement", ""),
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
