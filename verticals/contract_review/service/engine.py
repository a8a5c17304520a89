"""The rules of `domain`, and what they say, as rows keep it. The only file of the service that knows both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from verticals.contract_review import domain
from verticals.contract_review.domain import rendering
from verticals.contract_review.models import Side

SIDES = {Side.PARTY_A: "甲方", Side.PARTY_B: "乙方", Side.NEUTRAL: "neutral"}
NAMES = {spoken: code for code, spoken in SIDES.items()} | {
    "": Side.NEUTRAL,
    "party_a": Side.PARTY_A,
    "party_b": Side.PARTY_B,
    "party a": Side.PARTY_A,
    "party b": Side.PARTY_B,
    "中立": Side.NEUTRAL,
}
LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")
STRICTNESS = ("strict", "normal", "lenient")
TYPES = ("service", "sale", "lease", "nda", "labour", "loan", "general")
LPR, MINIMUM_WAGE, AVERAGE_WAGE = "lpr_1y", "minimum_wage", "average_wage"
PARAMETERS = (LPR, MINIMUM_WAGE, AVERAGE_WAGE)


def side_of(name: str) -> Side | None:
    """甲方, party_a, neutral …; None for a name of no side."""
    return NAMES.get(name.strip().lower())


def review(
    *,
    text: str,
    side: str,
    contract_type: str,
    as_of: date,
    parameters: Mapping[str, Any],
    settings: Mapping[str, Any],
    strictness: str,
    focus: Iterable[str],
    language: str,
) -> domain.Review:
    return domain.review(
        text,
        side=SIDES[Side(side)],
        contract_type=contract_type,
        as_of=as_of,
        parameters=parameters_of(parameters),
        playbook=playbook_of(settings, strictness=strictness, focus=focus),
        language=language,
    )


def playbook_of(
    settings: Mapping[str, Any], *, strictness: str = "normal", focus: Iterable[str] = ()
) -> domain.Playbook:
    return domain.Playbook(
        disabled=frozenset(settings.get("disabled", ())),
        thresholds=settings.get("thresholds", {}),
        scores=settings.get("scores", {}),
        rewrites=settings.get("rewrites", {}),
        strictness=strictness if strictness in STRICTNESS else "normal",  # type: ignore[arg-type]
        focus=frozenset(focus),
    )


def parameters_of(snapshot: Mapping[str, Any]) -> domain.Parameters:
    """The shipped figures, and beside them those that an organisation entered, newest by date."""
    shipped = domain.shipped()
    return domain.Parameters(
        lpr_1y=tuple(sorted((*shipped.lpr_1y, *_dated(snapshot.get(LPR, ()))), key=lambda one: one.since)),
        minimum_wages=_by_region(snapshot.get(MINIMUM_WAGE, ())),
        average_wages=_by_region(snapshot.get(AVERAGE_WAGE, ())),
        institutions=shipped.institutions,
    )


def _dated(rows: Iterable[Mapping[str, Any]]) -> list[domain.Dated]:
    return [
        domain.Dated(
            since=date.fromisoformat(row["since"]), value=Decimal(row["value"]), source=row["source"]
        )
        for row in rows
    ]


def _by_region(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[domain.Dated, ...]]:
    rows = list(rows)
    return {
        region: tuple(_dated(row for row in rows if row["region"] == region))
        for region in sorted({row["region"] for row in rows})
    }


def snapshot_of(rows: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """What a review keeps of the figures: everything that was entered, and what held on its day."""
    lpr = parameters_of(rows).lpr_on(as_of)
    in_force = {"since": lpr.since.isoformat(), "value": str(lpr.value), "source": lpr.source}
    return {**rows, "in_force": {LPR: in_force}}


@dataclasses.dataclass(frozen=True)
class RuleRow:
    """A rule as its editor shows it."""

    code: str
    titles: Mapping[str, str]
    scope: str
    types: tuple[str, ...]
    language: str
    focus: str
    score: int
    effect: str
    citations: tuple[str, ...]
    thresholds: Mapping[str, float]


def rules() -> list[RuleRow]:
    return [
        RuleRow(
            code=one.code,
            titles=one.outcomes["default"].title,
            scope=one.scope,
            types=one.types,
            language=one.language,
            focus=one.focus,
            score=one.outcomes["default"].score,
            effect=one.outcomes["default"].effect,
            citations=one.citations,
            thresholds=one.thresholds,
        )
        for one in domain.rules()
    ]


def focuses() -> list[str]:
    return sorted({one.focus for one in domain.rules()})


def plain(value: Any) -> Any:
    """A value of the rules as JSON keeps it."""
    match value:
        case Decimal():
            return format(value.normalize(), "f") if value == value.to_integral() else str(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return value


def spans_of(found: Iterable[domain.Span], text: str) -> list[dict[str, Any]]:
    return [{"start": one.start, "end": one.end, "quote": text[one.start : one.end]} for one in found]


def content_of(found: domain.Finding, text: str) -> dict[str, Any]:
    """A finding as its row keeps it. `words` are both languages, so that every reader reads their own."""
    return {
        "title": found.title,
        "explanation": found.explanation,
        "words": plain(found.words),
        "spans": spans_of(found.spans, text),
        "absent": found.absent,
        "computed": plain(found.computed),
        "citations": plain(found.citations),
        "rewrite": found.rewrite,
        "replacement": plain(found.replacement) if found.replacement else None,
        "fallback": found.fallback,
        "confidence": found.confidence,
    }


def result_of(done: domain.Review) -> dict[str, Any]:
    """What a review's row keeps beside its findings."""
    in_words = {language: dataclasses.replace(done, language=language) for language in LANGUAGES}
    return {
        "blocks": {language: rendering.as_text(one) for language, one in in_words.items()},
        "reasons": {language: rendering.blocks(one).reason for language, one in in_words.items()},
        "clauses": plain(done.clauses),
        "facts": plain(done.facts),
        "checklist": plain(done.checklist),
        "notes": list(done.notes),
        "whole": done.whole,
    }
