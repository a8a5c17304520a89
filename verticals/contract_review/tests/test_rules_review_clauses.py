"""Clauses written for each rule: those that break it are found, lawful ones are left alone."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from verticals.contract_review.domain import articles, review, rules, shipped
from verticals.contract_review.domain.case import CHECKS
from verticals.contract_review.evaluation import authored

FOLDER = Path(__file__).parent / "authored"
AS_OF = date(2026, 11, 22)
CASES: dict[str, list[tuple[str, dict[str, Any], bool]]] = defaultdict(list)
for _code, _text, _options, _breaks in authored.cases(FOLDER / "clauses" / "dev"):
    CASES[_code].append((_text, _options, _breaks))


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_rule_knows_its_clauses(code: str) -> None:
    for text, options, breaks in CASES[code]:
        told = review(text, as_of=AS_OF, parameters=shipped(), **options)
        assert any(one.rule == code and one.score >= 15 for one in told.findings) == breaks, text
        assert all(text[span.start : span.end].strip() for one in told.findings for span in one.spans)
        assert all(text[clause.start : clause.end] for clause in told.clauses)


def test_every_rule_has_clauses_of_both_kinds() -> None:
    assert {one.code for one in rules()} == set(CASES)
    for rows in CASES.values():
        assert sum(breaks for _, _, breaks in rows) >= 5
        assert sum(not breaks for _, _, breaks in rows) >= 5


def test_there_are_seventy_chinese_and_twenty_four_english_rules() -> None:
    assert sum(one.language == "zh" for one in rules()) == 70
    assert sum(one.language == "en" for one in rules()) == 24
    assert len({one.code for one in rules()}) == 94


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_every_rule_names_a_check_and_statutes_that_exist(rule: Any) -> None:
    assert rule.check in CHECKS
    assert all(key in articles() for key in rule.citations)
    if rule.language == "zh":
        assert any(articles()[key].in_force(AS_OF) for key in rule.citations)
    for outcome in rule.outcomes.values():
        assert outcome.title.keys() == outcome.explanation.keys() == {"zh", "en"}


def test_the_contracts_to_build_on_are_read_without_a_miss() -> None:
    told = authored.contracts(FOLDER / "dev")
    assert (told["recall"], told["precision"], told["type_suggested"]) == (1.0, 1.0, 1.0)


def test_what_was_set_aside_is_measured_and_does_not_sink() -> None:
    told = authored.clauses(FOLDER / "clauses" / "held")
    assert (told["recall"] >= 0.95, told["precision"] >= 0.95) == (True, True)


def test_contracts_that_nobody_who_works_on_the_rules_has_read_do_not_sink() -> None:
    told = authored.contracts(FOLDER / "held")
    assert (told["n"], told["recall"] >= 0.95, told["precision"] >= 0.9) == (20, True, True)
