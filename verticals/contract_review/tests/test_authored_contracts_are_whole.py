"""The authored contracts can be trusted as a yardstick: both twins read as contracts and differ as told."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from verticals.contract_review.domain import rules

DEV = Path(__file__).parent / "authored" / "dev"
CONTRACTS = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(DEV.glob("*.toml"))
}


def test_there_are_thirteen_or_more_of_each_kind() -> None:
    kinds = Counter(contract["kind"] for contract in CONTRACTS.values())
    assert set(kinds) == {"service", "sale", "lease", "nda", "labour"}
    assert min(kinds.values()) >= 12


def test_together_they_plant_every_rule() -> None:
    planted = [
        rule
        for contract in CONTRACTS.values()
        for clause in contract["clause"]
        for rule in clause.get("rules", [])
    ]
    assert len(planted) >= 780
    assert set(planted) == {one.code for one in rules() if one.language == "zh"}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_twins_differ_where_a_rule_is_planted(contract: dict[str, Any]) -> None:
    for clause in contract["clause"]:
        assert clause["clean"].strip()
        assert clause.get("planted") != clause["clean"]
        assert ("planted" in clause) == ("rules" in clause)
