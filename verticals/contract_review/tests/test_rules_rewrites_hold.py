"""A proposed clause, put in its place, ends its finding and starts no other that weighs as much."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from verticals.contract_review.domain import Review, review, shipped
from verticals.contract_review.evaluation import authored

CLAUSES = Path(__file__).parent / "authored" / "clauses" / "dev"
BROKEN: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
for _code, _text, _options, _breaks in authored.cases(CLAUSES):
    if _breaks:
        BROKEN[_code].append((_text, _options))
NOTHING_TO_PUT = {"CN-E-13", "CN-G-17", "CN-G-22", "CN-G-23", "CN-G-24", "EN-24"}  # people fill these in


def _reviewed(text: str, options: dict[str, Any]) -> Review:
    return review(text, as_of=date(2026, 11, 22), parameters=shipped(), **options)


def _put_in_place(code: str, text: str, options: dict[str, Any]) -> bool:
    """Whether there was something to put; asserts what it leads to."""
    told = _reviewed(text, options)
    own = [one for one in told.findings if one.rule == code and one.score >= authored.REPORTED]
    if own[0].replacement is None:
        return False
    change = own[0].replacement
    better = text[: change.start] + change.text + text[change.end :]
    again = _reviewed(better, options)
    left = [one for one in again.findings if one.rule == code and one.score >= authored.REPORTED]
    known = {one.rule for one in told.findings}
    assert len(left) < len(own), better
    assert [one.rule for one in again.findings if one.rule not in known and one.score >= own[0].score] == []
    return True


@pytest.mark.parametrize("code", sorted(BROKEN))
def test_a_rewrite_ends_its_finding(code: str) -> None:
    assert {_put_in_place(code, *case) for case in BROKEN[code][:3]} == {code not in NOTHING_TO_PUT}


@pytest.mark.slow
@pytest.mark.parametrize("code", sorted(set(BROKEN) - NOTHING_TO_PUT))
def test_a_rewrite_ends_its_finding_in_every_clause_that_we_have(code: str) -> None:
    for case in BROKEN[code][3:]:
        _put_in_place(code, *case)


def test_a_part_is_replaced_and_the_price_beside_it_stays() -> None:
    text = "合同总价100万元，买方应于签约日支付定金30万元，余款到货后付清。"
    told = _reviewed(text, {"contract_type": "sale"})
    change = next(one.replacement for one in told.findings if one.rule == "CN-G-07")
    assert change is not None
    assert text[: change.start] + change.text + text[change.end :] == (
        "合同总价100万元，定金为人民币200000元；其余100000元为预付款，合同未履行的应予退还，余款到货后付清。"
    )
