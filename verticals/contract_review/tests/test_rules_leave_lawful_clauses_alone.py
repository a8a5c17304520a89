"""A lawful clause that comes near to a rule adds nothing to a lawful contract; a breach is found in it."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache

import pytest

from verticals.contract_review.domain import review, shipped
from verticals.contract_review.evaluation import authored
from verticals.contract_review.evaluation.authored import REPORTED
from verticals.contract_review.tests.test_rules_review_clauses import FOLDER

HOSTS = {
    "service": "service-warehouse-software",
    "sale": "sale-cnc-lathe",
    "lease": "lease-shop-premises",
    "labour": "labour-store-clerk",
    "nda": "nda-joint-development",
}
SIDES = ("甲方", "乙方")
CLAUSES = tomllib.loads((FOLDER / "lawful.toml").read_text(encoding="utf-8"))
BREACHES = tomllib.loads((FOLDER / "breaches.toml").read_text(encoding="utf-8"))


@cache
def _host(kind: str) -> tuple[list[str], str]:
    """The clean clauses of the contract that takes a clause in, and its last one, the signatures."""
    row = authored.read(FOLDER / "dev")[HOSTS[kind]]
    *clauses, last = [clause["clean"] for clause in row["clause"]]
    return clauses, last


def _told(text: str, side: str) -> set[str]:
    told = review(text, side=side, as_of=date(2026, 11, 22), parameters=shipped())
    return {one.rule for one in told.findings if one.score >= REPORTED}


@cache
def _before(kind: str, side: str) -> set[str]:
    clauses, last = _host(kind)
    return _told("\n".join([*clauses, last]), side)


@pytest.mark.parametrize("side", SIDES, ids=("first", "second"))
@pytest.mark.parametrize("kind", CLAUSES)
def test_a_lawful_clause_adds_nothing_to_a_lawful_contract(kind: str, side: str) -> None:
    clauses, last = _host(kind)
    added = {
        clause: more
        for clause in CLAUSES[kind]
        if (more := _told("\n".join([*clauses, clause, last]), side) - _before(kind, side))
    }
    assert added == {}


@pytest.mark.parametrize("kind", BREACHES)
def test_a_plain_breach_is_found_in_a_lawful_contract(kind: str) -> None:
    clauses, last = _host(kind)
    overlooked = [
        (code, breach)
        for code, breaches in BREACHES[kind].items()
        for breach in breaches
        if not any(code in _told("\n".join([*clauses, breach, last]), side) for side in SIDES)
    ]
    assert overlooked == []
