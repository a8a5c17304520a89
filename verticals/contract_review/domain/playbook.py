"""Rules as data, and what an organisation changes about them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any, Literal

from verticals.contract_review.domain.shapes import ContractType, Effect
from verticals.contract_review.domain.words import joined
from verticals.contract_review.figures import RULES_FOLDER, table

Scope = Literal["clause", "document"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How grave a rule is and what it says; a rule may come out in more than one way."""

    score: int
    effect: Effect
    legality: str
    title: Mapping[str, str]
    risk: Mapping[str, str]
    reason: Mapping[str, str]
    explanation: Mapping[str, str]
    rewrite: str
    fallback: str
    within: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the rule files. `check` names the function; `any` and `unless` are its signals."""

    code: str
    check: str
    scope: Scope
    language: str
    types: tuple[ContractType, ...]
    sides: tuple[str, ...]
    focus: str
    citations: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    signals: Mapping[str, str]
    thresholds: Mapping[str, float]
    outcomes: Mapping[str, Outcome]
    checklist: Mapping[str, str]
    edit: str
    joined: bool
    paired: bool
    confidence: float

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {name: re.compile(source, re.IGNORECASE) for name, source in self.signals.items()}

    def find(self, name: str, text: str) -> re.Match[str] | None:
        """The first place of a signal; a rule without that signal never finds it."""
        pattern = self._patterns.get(name)
        return pattern.search(text) if pattern else None

    def without(self, name: str, text: str) -> str:
        """The text with the places of a signal left out."""
        pattern = self._patterns.get(name)
        return pattern.sub("", text) if pattern else text

    def find_all(self, name: str, text: str) -> list[re.Match[str]]:
        pattern = self._patterns.get(name)
        return list(pattern.finditer(text)) if pattern else []


@dataclass(frozen=True, kw_only=True)
class Playbook:
    """`enabled` empty means all rules. `thresholds` and `scores` are by code; `strictness` hides or adds.

    strict shows info too, normal shows low and above, lenient medium and above. `focus` empty means all.
    """

    enabled: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)
    rewrites: Mapping[str, str] = field(default_factory=dict)
    strictness: Literal["strict", "normal", "lenient"] = "strict"
    focus: frozenset[str] = frozenset()

    def uses(self, rule: Rule) -> bool:
        wanted = not self.enabled or rule.code in self.enabled
        return wanted and rule.code not in self.disabled and (not self.focus or rule.focus in self.focus)

    def threshold(self, rule: Rule, name: str) -> float:
        return self.thresholds.get(rule.code, {}).get(name, rule.thresholds[name])

    def version(self) -> str:
        """Names the rule files together with these changes: another threshold is another version."""
        own = {
            "enabled": sorted(self.enabled),
            "disabled": sorted(self.disabled),
            "thresholds": {
                code: dict(sorted(rows.items())) for code, rows in sorted(self.thresholds.items())
            },
            "scores": dict(sorted(self.scores.items())),
            "rewrites": dict(sorted(self.rewrites.items())),
            "strictness": self.strictness,
            "focus": sorted(self.focus),
        }
        body = shipped_digest() + json.dumps(own, ensure_ascii=False, sort_keys=True)
        return "r-" + hashlib.sha256(body.encode()).hexdigest()[:12]


DEFAULT = Playbook()


@cache
def shipped_digest() -> str:
    files = sorted(RULES_FOLDER.glob("review_*.toml")) + [
        RULES_FOLDER / "statutes.toml",
        RULES_FOLDER / "opinion.json.gz",
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.exists())).hexdigest()


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of the review, in the order of the files."""
    files = sorted(path.name for path in RULES_FOLDER.glob("review_*.toml"))
    return tuple(_rule(row) for name in files for row in table(name).get("rule", ()))


@cache
def rule(code: str) -> Rule:
    return next(one for one in rules() if one.code == code)


def _rule(row: Mapping[str, Any]) -> Rule:
    base = _outcome(row, {})
    outcomes = {"default": base} | {name: _outcome(own, row) for name, own in row.get("outcome", {}).items()}
    return Rule(
        code=row["code"],
        check=row["check"],
        scope=row.get("scope", "clause"),
        language=row.get("language", "zh"),
        types=tuple(row.get("types", ())),
        sides=tuple(row.get("sides", ())),
        focus=row.get("focus", "general"),
        citations=tuple(row.get("citations", ())),
        effective_from=row.get("effective_from", date(2021, 1, 1)),
        effective_to=row.get("effective_to"),
        signals={name: joined(value) for name, value in row.get("signals", {}).items()},
        thresholds=row.get("thresholds", {}),
        outcomes=outcomes,
        checklist=row.get("checklist", {}),
        edit=row.get("edit", "after"),
        joined=row.get("joined", False),
        paired=row.get("paired", False),
        confidence=row.get("confidence", 0.9),
    )


def _outcome(own: Mapping[str, Any], base: Mapping[str, Any]) -> Outcome:
    row = {**base, **own}
    title = row["title"]
    explanation = row["explanation"]
    return Outcome(
        score=row["score"],
        effect=row["effect"],
        legality=row.get("legality", ""),
        title=title,
        risk={**title, **own.get("risk", base.get("risk", {}) if "title" not in own else {})},
        reason={
            **explanation,
            **own.get("reason", base.get("reason", {}) if "explanation" not in own else {}),
        },
        explanation=explanation,
        rewrite=row.get("rewrite", ""),
        fallback=row.get("fallback", ""),
        within=tuple(row.get("within", ())),
    )
