"""What a clause's rates come to over a year, so that nobody multiplies in their head."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from sunmao.prompts.packs.computed import Computed, Fact, Remark, rounded

_NUMBER = r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|‰)"
_DAILY = (
    re.compile(r"(?:每逾期一?1?[日天]|每[日天]|按日|日利率)[^。;；\n]{0,24}?" + _NUMBER),
    re.compile(_NUMBER + r"[^.;\n]{0,24}?(?:per day|a day|each day|daily|for every day)", re.IGNORECASE),
    re.compile(r"(?:per day|each day|daily|for every day)[^.;\n]{0,40}?" + _NUMBER, re.IGNORECASE),
)
_MONTHLY = (
    re.compile(r"(?:每月|月利率|按月)[^。;；\n]{0,24}?" + _NUMBER),
    re.compile(_NUMBER + r"[^.;\n]{0,24}?(?:per month|a month|monthly)", re.IGNORECASE),
)
_NO_LIABILITY = re.compile(
    r"无需承担任?何?违约责任|不承担任何责任|shall (?:not be liable|bear no liability)|without any liability",
    re.IGNORECASE,
)
WORDS = {
    "zh": {"year": "折合年化", "one_sided": "一方免责"},
    "en": {"year": "As a rate per year", "one_sided": "One side is free of liability"},
}
DAYS, MONTHS = 365, 12


def compute(values: Mapping[str, str], language: str) -> Computed:
    """From the variable `clause`: each rate as a yearly one, and a side that answers for nothing."""
    text = unicodedata.normalize("NFKC", values.get("clause", "")).replace("千分之", "").strip()
    said = WORDS["zh" if language == "zh" else "en"]
    facts: dict[int, Fact] = {}
    for patterns, times in ((_DAILY, DAYS), (_MONTHLY, MONTHS)):
        for pattern in patterns:
            for match in pattern.finditer(text):
                rate = Decimal(match["number"]) / (10 if match["unit"] == "‰" else 1)
                how = f"{match['number']}{match['unit']} × {times}"
                facts.setdefault(match.start("number"), Fact(said["year"], f"{rounded(rate * times)}%", how))
    remarks = [
        Remark("one_sided", said["one_sided"], match[0]) for match in list(_NO_LIABILITY.finditer(text))[:3]
    ]
    return Computed([fact for _at, fact in sorted(facts.items())], remarks)


__all__ = ["compute"]
