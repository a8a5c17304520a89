"""The authored contracts can be trusted as a yardstick: both twins read as contracts and differ as told."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

HELD = Path(__file__).parent / "authored" / "held"
CONTRACTS = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(HELD.glob("*.toml"))
}
RULE = re.compile(r"CN-[GSBLNE]-\d{2}")


def test_two_are_set_aside_of_each_kind() -> None:
    assert Counter(contract["kind"] for contract in CONTRACTS.values()) == {
        "service": 2,
        "sale": 2,
        "lease": 2,
        "nda": 2,
        "labour": 2,
    }


def test_together_they_plant_63_rules() -> None:
    planted = [
        rule
        for contract in CONTRACTS.values()
        for clause in contract["clause"]
        for rule in clause.get("rules", [])
    ]
    assert (len(planted), len(set(planted))) == (78, 63)
    assert all(RULE.fullmatch(rule) for rule in planted)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_the_twins_differ_where_a_rule_is_planted(contract: dict[str, Any]) -> None:
    for clause in contract["clause"]:
        assert clause["clean"].strip()
        assert clause.get("planted") != clause["clean"]
        assert ("planted" in clause) == ("rules" in clause)
