"""A month's sales, read from a sentence in Chinese or English: growth, shares, and sums that do not fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sunmao.prompts.packs.computed import Computed, Fact, Remark, growth, percent, rounded

SCALES = {
    name: Decimal(value)
    for name, value in {
        "亿": 10**8, "万": 10**4, "million": 10**6, "m": 10**6, "thousand": 1000, "k": 1000, "": 1,
    }.items()
}  # fmt: skip
_MONEY = (
    r"(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>亿|万|million|thousand|m\b|k\b)?\s*(?:元|yuan|RMB|CNY|USD)?"
)
_AMOUNT = re.compile(_MONEY, re.IGNORECASE)
_MONTH = re.compile(r"(?P<year>\d{4})\s*(?:年\s*|-)(?P<month>\d{1,2})(?:\s*月)?")
_TOTAL = re.compile(r"(?:总?销售额|total sales|sales total|revenue)\D{0,12}?" + _MONEY, re.IGNORECASE)
_ORDERS = re.compile(r"(?:订单量|订单数|orders)\D{0,8}?(?P<number>\d[\d,]*)", re.IGNORECASE)
_EACH = re.compile(r"(?:客单价|average order(?: value)?)\D{0,8}?" + _MONEY, re.IGNORECASE)
_BEFORE = re.compile(
    r"(?P<year>\d{4})\s*(?:年\s*|-)(?P<month>\d{1,2})\s*月?\s*(?:的)?(?:销售额)?[:：]?\s*" + _MONEY,
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"(?P<title>区域|地区|产品|渠道|regions?|products?|channels?)\s*(?:分布)?\s*[:：]\s*(?P<rows>[^;；。\n]+)",
    re.I,
)
_ROW = re.compile(r"(?P<name>[^\d,，、:：]{1,20}?)\s*[:：]?\s*" + _MONEY, re.IGNORECASE)
_CLAIM = re.compile(
    r"(?P<name>[\w\u4e00-\u9fff]{1,16}?)\s*(?:产品|区域|地区)?\s*"
    r"(?:占比|占|share of|accounts? for|is)\s*(?:about|约)?\s*"
    r"(?P<number>\d+(?:\.\d+)?)\s*%", re.IGNORECASE
)  # fmt: skip
_GREW = re.compile(
    r"(?P<kind>环比|同比|month on month|year on year|mom|yoy)\D{0,10}?(?P<down>下降|减少|-|fell)?\D{0,4}?"
    r"(?P<number>\d+(?:\.\d+)?)\s*%",
    re.IGNORECASE,
)
TITLES = {"区域": "region", "地区": "region", "产品": "product", "渠道": "channel"}
WORDS = {
    "zh": {"total": "总销售额", "orders": "订单量", "each": "客单价", "month": "环比", "year": "同比",
           "region": "区域占比", "product": "产品占比", "channel": "渠道占比"},
    "en": {"total": "Total sales", "orders": "Orders", "each": "Average order", "month": "Month on month",
           "year": "Year on year", "region": "Share of region", "product": "Share of product",
           "channel": "Share of channel"},
}  # fmt: skip
CLOSE = Decimal("0.005")
"""Sums that differ by less than half a percent differ by rounding."""


@dataclass
class Sales:
    total: Decimal | None = None
    month: tuple[int, int] | None = None
    orders: Decimal | None = None
    each: Decimal | None = None
    before: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    groups: dict[str, dict[str, Decimal]] = field(default_factory=dict)


def read(text: str) -> Sales:
    plain = unicodedata.normalize("NFKC", text)
    found = Sales()
    if match := _MONTH.search(plain):
        found.month = int(match["year"]), int(match["month"])
    if match := _TOTAL.search(plain):
        found.total = _amount(match)
    if match := _ORDERS.search(plain):
        found.orders = Decimal(match["number"].replace(",", ""))
    if match := _EACH.search(plain):
        found.each = _amount(match)
    for match in _BEFORE.finditer(plain):
        month = int(match["year"]), int(match["month"])
        if month != found.month:
            found.before[month] = _amount(match)
    for match in _GROUP.finditer(plain):
        title = TITLES.get(match["title"], match["title"].lower().rstrip("s"))
        found.groups[title] = dict(_rows(match["rows"]))
    return found


def _rows(text: str) -> Iterator[tuple[str, Decimal]]:
    for match in _ROW.finditer(text):
        name = match["name"].strip(" ,，、:：和and")
        if name:
            yield name, _amount(match)


def _amount(match: re.Match[str]) -> Decimal:
    return Decimal(match["number"].replace(",", "")) * SCALES[(match["scale"] or "").lower()]


def compute(values: Mapping[str, str], language: str) -> Computed:
    """From the variable `sales`."""
    found = read(values.get("sales", ""))
    said = WORDS["zh" if language == "zh" else "en"]
    if found.total is None:
        return Computed(remarks=[Remark("no_total", said["total"])])
    facts = [Fact(said["total"], _money(found.total, language))]
    facts += _growth(found, said, language)
    remarks: list[Remark] = []
    if found.orders:
        facts.append(Fact(said["orders"], str(found.orders)))
        each = found.total / found.orders
        facts.append(Fact(said["each"], str(rounded(each))))
        if found.each is not None and abs(each - found.each) > CLOSE * each:
            remarks.append(Remark("wrong_average", said["each"], str(found.each), str(rounded(each))))
    for title, rows in found.groups.items():
        facts += [
            Fact(f"{said.get(title, title)} {name}", percent(amount, found.total), _money(amount, language))
            for name, amount in sorted(rows.items(), key=lambda row: -row[1])
        ]
        total = sum(rows.values(), Decimal(0))
        if abs(total - found.total) > CLOSE * found.total:
            remarks.append(
                Remark(
                    "wrong_total",
                    said.get(title, title),
                    _money(found.total, language),
                    _money(total, language),
                )
            )
    return Computed(facts, remarks, {fact.name: fact.value for fact in facts})


def _growth(found: Sales, said: Mapping[str, str], language: str) -> Iterator[Fact]:
    if found.month is None or found.total is None:
        return
    year, month = found.month
    last = (year - 1, 12) if month == 1 else (year, month - 1)
    for kind, other in (("month", last), ("year", (year - 1, month))):
        before = found.before.get(other)
        if before:
            how = f"{other[0]}-{other[1]:02d}: {_money(before, language)}"
            yield Fact(said[kind], growth(found.total, before), how)


def _money(amount: Decimal, language: str) -> str:
    if language == "zh":
        for sign in ("亿", "万"):
            if amount >= SCALES[sign]:
                return f"{rounded(amount / SCALES[sign], 4)}{sign}元"
        return f"{rounded(amount)}元"
    for word, scale in (("million", SCALES["million"]), ("thousand", SCALES["thousand"])):
        if amount >= scale:
            return f"{rounded(amount / scale, 4)} {word}"
    return str(rounded(amount))


def claims(report: str, sales: str) -> list[Remark]:
    """Shares and growth rates in a finished report that do not follow from the figures given."""
    found, plain = read(sales), unicodedata.normalize("NFKC", report).replace("*", "")
    if not found.total:
        return []
    remarks = []
    amounts = {
        name.removesuffix("产品").removesuffix("区域"): amount
        for rows in found.groups.values()
        for name, amount in rows.items()
    }
    for match in _CLAIM.finditer(plain):
        name = next((one for one in amounts if match["name"].endswith(one) or match["name"] == one), None)
        if name and not _near(Decimal(match["number"]), amounts[name] / found.total * 100):
            remarks.append(
                Remark("wrong_share", name, f"{match['number']}%", percent(amounts[name], found.total))
            )
    rates = dict(_rates(found))
    for match in _GREW.finditer(plain):
        kind = "month" if match["kind"].lower() in ("环比", "month on month", "mom") else "year"
        given = Decimal(match["number"]) * (-1 if match["down"] else 1)
        if kind in rates and not _near(given, rates[kind]):
            remarks.append(Remark("wrong_growth", match["kind"], f"{given}%", f"{rounded(rates[kind], 1)}%"))
    return remarks


def _rates(found: Sales) -> Iterator[tuple[str, Decimal]]:
    if found.month is None or found.total is None:
        return
    year, month = found.month
    last = (year - 1, 12) if month == 1 else (year, month - 1)
    for kind, other in (("month", last), ("year", (year - 1, month))):
        if before := found.before.get(other):
            yield kind, (found.total - before) / before * 100


def _near(said: Decimal, true: Decimal) -> bool:
    """Right to the places that are written."""
    exponent = said.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return abs(said - true) <= Decimal("0.5").scaleb(-places)


__all__ = ["Sales", "claims", "compute", "read"]
