"""Ratios of a set of accounts, from lines such as `营业收入: 120亿` or `Revenue: 12,000`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sunmao.prompts.packs.computed import Computed, Fact, Remark, growth, percent, rounded
from sunmao.prompts.packs.sales import SCALES

NAMES: Mapping[str, tuple[str, ...]] = {
    "revenue": ("营业总收入", "营业收入", "营收", "revenue", "net sales"),
    "cost": ("营业成本", "cost of sales", "cost of revenue", "cost of goods sold"),
    "gross": ("毛利", "gross profit"),
    "operating": ("营业利润", "operating profit", "operating income"),
    "profit": ("归母净利润", "净利润", "net profit", "net income"),
    "assets": ("资产总计", "总资产", "total assets"),
    "liabilities": ("负债合计", "总负债", "total liabilities"),
    "equity": (
        "所有者权益合计", "净资产", "所有者权益", "股东权益", "total equity", "shareholders' equity",
        "equity",
    ),
    "current_assets": ("流动资产合计", "流动资产", "current assets"),
    "current_liabilities": ("流动负债合计", "流动负债", "current liabilities"),
    "inventory": ("存货", "inventory", "inventories"),
    "cash_flow": ("经营活动产生的现金流量净额", "经营现金流", "operating cash flow", "cash from operations"),
}  # fmt: skip
WORDS = {
    "zh": {
        "gross": "毛利率", "operating": "营业利润率", "net": "净利率", "debt": "资产负债率",
        "current": "流动比率", "quick": "速动比率", "equity": "净资产收益率", "assets": "总资产收益率",
        "cash": "净现比", "grew": "同比增长",
    },
    "en": {
        "gross": "Gross margin", "operating": "Operating margin", "net": "Net margin",
        "debt": "Debt to assets", "current": "Current ratio", "quick": "Quick ratio",
        "equity": "Return on equity", "assets": "Return on assets",
        "cash": "Operating cash flow to net profit", "grew": "Growth on the year",
    },
}  # fmt: skip
_VALUE = re.compile(
    r"(?P<sign>[-−(（])?\s*(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>亿|万|million|thousand|m\b|k\b)?",
    re.IGNORECASE,
)
_LAST = re.compile(r"(?:上年(?:同期)?|去年|previous year|last year|prior year)\D{0,6}", re.IGNORECASE)
Accounts = dict[str, Decimal]


def read(text: str) -> tuple[Accounts, Accounts]:
    """This year's figures and last year's, by name. The longest name that begins a line is what it is."""
    now: Accounts = {}
    before: Accounts = {}
    for line in unicodedata.normalize("NFKC", text).replace(";", "\n").replace("。", "\n").splitlines():
        name, rest = _named(line)
        if not name or name in now:
            continue
        last = _LAST.search(rest)
        head, tail = (rest[: last.start()], rest[last.end() :]) if last else (rest, "")
        if match := _VALUE.search(head):
            now[name] = _amount(match)
        if tail and (match := _VALUE.search(tail)):
            before[name] = _amount(match)
    return now, before


def _named(line: str) -> tuple[str, str]:
    plain = line.strip(" -*•\t|").lower()
    known = [(word, name) for name, words in NAMES.items() for word in words if plain.startswith(word)]
    if not known:
        return "", ""
    word, name = max(known, key=lambda pair: len(pair[0]))
    return name, plain[len(word) :]


def _amount(match: re.Match[str]) -> Decimal:
    value = Decimal(match["number"].replace(",", "")) * SCALES[(match["scale"] or "").lower()]
    return -value if match["sign"] else value


def compute(values: Mapping[str, str], language: str) -> Computed:
    """From the variable `accounts`."""
    now, before = read(values.get("accounts", ""))
    said = WORDS["zh" if language == "zh" else "en"]
    facts = [*_ratios(now, said), *_changes(now, before, said)]
    return Computed(facts, list(_faults(now)), {fact.name: fact.value for fact in facts})


def _ratios(now: Accounts, said: Mapping[str, str]) -> Iterator[Fact]:
    revenue = now.get("revenue")
    if revenue:
        gross = now.get("gross", revenue - now["cost"] if "cost" in now else None)
        for name, amount in (
            ("gross", gross),
            ("operating", now.get("operating")),
            ("net", now.get("profit")),
        ):
            if amount is not None:
                yield Fact(said[name], percent(amount, revenue))
    for name, part, whole in (
        ("debt", "liabilities", "assets"), ("equity", "profit", "equity"), ("assets", "profit", "assets"),
    ):  # fmt: skip
        if part in now and now.get(whole):
            yield Fact(said[name], percent(now[part], now[whole]))
    short = now.get("current_liabilities")
    if short and "current_assets" in now:
        yield Fact(said["current"], str(rounded(now["current_assets"] / short)))
        if "inventory" in now:
            yield Fact(said["quick"], str(rounded((now["current_assets"] - now["inventory"]) / short)))
    if "cash_flow" in now and now.get("profit"):
        yield Fact(said["cash"], str(rounded(now["cash_flow"] / now["profit"])))


def _changes(now: Accounts, before: Accounts, said: Mapping[str, str]) -> Iterator[Fact]:
    for name in NAMES:
        if name in now and before.get(name, Decimal(0)) > 0:
            word = NAMES[name][-1 if said is WORDS["en"] else 0]
            yield Fact(f"{word} {said['grew']}", growth(now[name], before[name]))


def _faults(now: Accounts) -> Iterator[Remark]:
    """What an auditor sees first: the balance that does not balance, the margin that does not follow."""
    if {"assets", "liabilities", "equity"} <= now.keys():
        total = now["liabilities"] + now["equity"]
        if abs(total - now["assets"]) > abs(now["assets"]) * Decimal("0.001"):
            yield Remark("unbalanced", "assets", _plain(now["assets"]), _plain(total))
    if {"revenue", "cost", "gross"} <= now.keys():
        gross = now["revenue"] - now["cost"]
        if abs(gross - now["gross"]) > abs(now["revenue"]) * Decimal("0.001"):
            yield Remark("wrong_gross", "gross", _plain(now["gross"]), _plain(gross))


def _plain(value: Decimal) -> str:
    return f"{rounded(value):f}"


__all__ = ["compute", "read"]
