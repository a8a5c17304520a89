"""The facts of a review in words and in cells: for the page, the report and the grid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sunmao.core.errors import Message
from sunmao.knowledge.text.parsing import Remark
from verticals.contract_review.documents.reading import said
from verticals.contract_review.models import ContractType, ContractVersion, Review, ReviewState, Side
from verticals.contract_review.service import wording

COLUMNS: Mapping[str, Message] = {
    "state": gettext_lazy("State"),
    "verdict": gettext_lazy("Verdict"),
    "type": gettext_lazy("Type of contract"),
    "side": gettext_lazy("Our side"),
    "party_a": gettext_lazy("Party A"),
    "party_b": gettext_lazy("Party B"),
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
    "signed": gettext_lazy("Signed on"),
    "from": gettext_lazy("Begins"),
    "until": gettext_lazy("Ends"),
    "months": gettext_lazy("Term in months"),
    "law": gettext_lazy("Governing law"),
    "forum": gettext_lazy("Disputes go to"),
    "critical": gettext_lazy("Critical"),
    "high": gettext_lazy("High"),
    "medium": gettext_lazy("Medium"),
    "low": gettext_lazy("Low"),
    "gravest": gettext_lazy("Gravest risk"),
    "open": gettext_lazy("Open findings"),
}


@dataclass(frozen=True)
class Fact:
    name: str
    value: str
    where: str = ""
    start: int = -1


def type_name(code: str) -> str:
    return str(ContractType(code).label) if code in ContractType.values else _("Not chosen")


def side_name(code: str) -> str:
    return str(Side(code).label)


def where(review: Review, position: int) -> str:
    """The heading of the clause at a place of the text; of a long contract it is asked thousands of times."""
    clauses = review.result.get("clauses", [])
    for number in range(bisect_right(clauses, position, key=lambda one: one["start"]) - 1, -1, -1):
        one = clauses[number]
        if position < max(one["end"], one["start"] + 1):
            return str(one["heading"])[:80]
    return ""


def remarks(version: ContractVersion) -> list[str]:
    """What the reader says about the file, in words."""
    return [
        str(said(Remark(code=one["code"], about=one.get("about", ""), detail=one.get("detail", ""))))
        for one in version.remarks
    ]


def computed(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield COMPUTED.get(name, name.replace("_", " ")), _number(value)  # type: ignore[misc]


COMPUTED: Mapping[str, Message] = {
    "daily_percent": gettext_lazy("Per day (%)"),
    "annual_percent": gettext_lazy("Per year (%)"),
    "annualised": gettext_lazy("Per year (%)"),
    "days_to_principal": gettext_lazy("Days until the principal is reached"),
    "daily_amount": gettext_lazy("Amount per day"),
}


def _number(value: object) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return f"{number:,.4f}".rstrip("0").rstrip(".")


def table(review: Review) -> list[Fact]:
    """What the text says of parties, money, dates, term, law and disputes."""
    found = review.result.get("facts", {})
    return [one for one in _facts(found, review) if one.value]


def _facts(found: Mapping[str, Any], review: Review) -> Iterator[Fact]:
    for one in found.get("parties", []):
        name = " · ".join(word for word in (one["label"], wording.told(wording.ROLES, one["role"])) if word)
        yield _fact(name, one["name"], one["span"], review)
    for one in found.get("amounts", []):
        text = f"{one['currency']} {_number(one['value'])}"
        if one.get("agrees") is False:
            text += f" · {_('the words and the figures disagree')}"
        yield _fact(one["label"] or _("Amount"), text, one["span"], review)
    for one in found.get("rates", []):
        text = _("%(rate)s%% per %(period)s, %(annual)s%% a year") % {
            "rate": _number(one["percent"]),
            "period": _period(one["period"]),
            "annual": _number(one["annual_percent"]),
        }
        yield _fact(_("Rate"), text, one["span"], review)
    for one in found.get("dates", []):
        yield _fact(_role(one["role"]), one["day"], one["span"], review)
    for one in found.get("deadlines", []):
        text = f"{one['event']} + {_number(one['count'])} {_unit(one)}"
        yield _fact(one["duty"] or _("Deadline"), text, one["span"], review)
    term = found.get("term")
    if term:
        months = _("%(count)s months") % {"count": _number(term["months"])} if term["months"] else ""
        yield _fact(_("Term"), _("open-ended") if term["open_ended"] else months, term["span"], review)
    for key, title in (("governing_law", _("Governing law")), ("forum", _("Disputes go to"))):
        if found.get(key):
            yield _fact(title, found[key]["text"], found[key]["span"], review)
    for one in found.get("signatories", []):
        yield _fact(_("Signatory"), one["text"], one["span"], review)


def _fact(name: str, value: Any, span: Mapping[str, int], review: Review) -> Fact:
    place = where(review, span["start"])
    return Fact(str(name), str(value), "" if str(value) in place else place, span["start"])


def _period(code: str) -> str:
    return {
        "day": _("day"),
        "week": _("week"),
        "month": _("month"),
        "quarter": _("quarter"),
        "year": _("year"),
    }.get(code, code)


def _unit(one: Mapping[str, Any]) -> str:
    if one.get("working"):
        return _("working days")
    unit = str(one["unit"])
    return {"day": _("days"), "month": _("months"), "year": _("years")}.get(unit, unit)


def _role(code: str) -> str:
    return {
        "signing": _("Signed on"),
        "effective": _("In force from"),
        "start": _("Begins"),
        "end": _("Ends"),
    }.get(code, _("Date"))


def row(review: Review) -> dict[str, Any]:
    """The cells of one contract."""
    found = review.result.get("facts", {})
    dates = {one["role"]: date.fromisoformat(one["day"]) for one in reversed(found.get("dates", []))}
    parties = {one["label"]: one["name"] for one in reversed(found.get("parties", []))}
    amount, term = _largest(found), found.get("term") or {}
    rows = list(review.findings.all())
    from verticals.contract_review.service.presenting import words_of

    return {
        "state": str(ReviewState(review.state).label),
        "verdict": wording.told(wording.VERDICTS, review.verdict) if review.verdict else "",
        "type": type_name(review.contract_type),
        "side": side_name(review.side),
        "party_a": parties.get("甲方", ""),
        "party_b": parties.get("乙方", ""),
        "amount": Decimal(amount["value"]) if amount else None,
        "currency": amount["currency"] if amount else "",
        "signed": dates.get("signing"),
        "from": _day(term.get("start")) or dates.get("start") or dates.get("effective"),
        "until": _day(term.get("end")) or dates.get("end"),
        "months": Decimal(term["months"]) if term.get("months") else None,
        "law": (found.get("governing_law") or {}).get("text", ""),
        "forum": (found.get("forum") or {}).get("text", ""),
        **{level: review.counts.get(level, 0) for level in ("critical", "high", "medium", "low")},
        "gravest": words_of(rows[0], "title") if rows else "",
        "open": sum(one.decision == "open" for one in rows),
    }


def _largest(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return max(found.get("amounts", []), key=lambda one: Decimal(one["value"]), default=None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def quotes(review: Review) -> dict[str, str]:
    """Where a cell comes from: the words of the contract."""
    found, text = review.result.get("facts", {}), str(review.version.text)
    spans = {
        "law": found.get("governing_law"),
        "forum": found.get("forum"),
        "amount": _largest(found),
        "months": found.get("term"),
    }
    return {key: text[one["span"]["start"] : one["span"]["end"]] for key, one in spans.items() if one}
