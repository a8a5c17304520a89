"""What nests in JSON is a line for each value in a terminal; a cell never holds a whole report."""

from __future__ import annotations

from sunmao.core.command import LONGEST, MANY, facts_of


def test_every_value_has_a_line_that_says_where_it_stands() -> None:
    gate = {"passed": False, "suites": [{"slug": "basics", "rate": 0.9}], "reasons": [], "baseline": None}

    assert list(facts_of({"number": 3, "gate": gate, "bases": ["a", "b"]})) == [
        ("number", "3"),
        ("gate.passed", "false"),
        ("gate.suites.1.slug", "basics"),
        ("gate.suites.1.rate", "0.9"),
        ("gate.reasons", "–"),
        ("gate.baseline", "–"),
        ("bases", "a, b"),
    ]


def test_of_what_is_long_the_beginning_is_shown_and_how_much_more_there_is() -> None:
    many = [{"n": at} for at in range(MANY + 5)]

    shown = list(facts_of({"cases": many, "text": "x" * (LONGEST + 1), "ids": list(range(MANY + 1))}))

    assert shown[:MANY] == [(f"cases.{at + 1}.n", str(at)) for at in range(MANY)]
    assert shown[MANY:] == [
        ("cases.…", "+ 5"),
        ("text", "x" * LONGEST + " …"),
        ("ids", ", ".join(map(str, range(MANY))) + " …"),
    ]
