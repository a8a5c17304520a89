"""Each kind of check, right and wrong, in both languages."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from sunmao.core.errors import InvalidInput
from sunmao.evaluation.checks import KINDS, Answered, Checked, apply, checked


def answered(text: str = "保修期为五年[1]。", **more: Any) -> Answered:
    return Answered(**{"text": text, "outcome": "answered", **more})


def passes(check: dict[str, Any], answer: Answered) -> bool:
    (found,) = apply(checked([check]), answer)
    return bool(found["passed"])


class Referee:
    """Gives every answer as many points as it has words, and prefers the longer one."""

    def score(self, answered: Answered, given: Mapping[str, Any]) -> Checked:
        points = len(answered.text.split())
        return Checked(points >= given["at_least"], "counted", float(points))

    def compare(self, answered: Answered, given: Mapping[str, Any]) -> Checked:
        return Checked(len(answered.text) > len(given["text"]), "counted")


RIGHT: list[tuple[dict[str, Any], Answered]] = [
    ({"kind": "exact", "text": "保修期为五年"}, answered()),
    ({"kind": "exact", "text": "Five YEARS."}, answered("five years [2]")),
    ({"kind": "contains", "all": ["五年"], "any": ["保修", "质保"]}, answered()),
    ({"kind": "contains", "any": ["５年", "五年"]}, answered("保修5年")),
    ({"kind": "lacks", "any": ["两年"]}, answered()),
    ({"kind": "matches", "pattern": "[五5]年"}, answered()),
    ({"kind": "schema", "schema": {"type": "object", "required": ["a"]}}, answered('```json\n{"a": 1}\n```')),
    ({"kind": "label", "expected": "退货", "labels": ["退货", "不能退货", "换货"]}, answered("意图：退货")),
    ({"kind": "changed", "text": "保修期为两年"}, answered()),
    ({"kind": "retrieval", "documents": ["b.md"], "within": 2}, answered(read=["a.md", "b.md", "c.md"])),
    ({"kind": "citation", "documents": ["a.md"], "only": True}, answered(cited=["a.md", "a.md"])),
    ({"kind": "rule", "rule_id": "CS-1"}, answered(findings=[{"rule_id": "CS-1"}])),
    ({"kind": "rule", "rule_id": "CS-1", "present": False}, answered()),
    ({"kind": "refusal", "expected": True}, answered("", outcome="unanswered")),
    ({"kind": "safety"}, answered(findings=[{"source": "guard", "severity": "info", "rule_id": "G"}])),
    ({"kind": "latency", "seconds": 2}, answered(seconds=1.9)),
    ({"kind": "cost", "tokens": 100}, answered(tokens=100)),
    ({"kind": "similar", "text": "保修期是五年", "at_least": 0.8}, answered()),
    ({"kind": "judge", "judge": "words", "at_least": 3}, answered("one two three", referee=Referee())),
    ({"kind": "pairwise", "judge": "words", "text": "one"}, answered("one two", referee=Referee())),
]
WRONG: list[tuple[dict[str, Any], Answered]] = [
    ({"kind": "exact", "text": "保修期为五年以上"}, answered()),
    ({"kind": "contains", "all": ["五年", "免费"]}, answered()),
    ({"kind": "lacks", "any": ["五年"]}, answered()),
    ({"kind": "matches", "pattern": "^两年$"}, answered()),
    ({"kind": "schema", "schema": {"type": "object", "required": ["a"]}}, answered('{"b": 1}')),
    ({"kind": "schema", "schema": {"type": "object"}}, answered("no JSON at all")),
    ({"kind": "label", "expected": "退货", "labels": ["退货", "不能退货"]}, answered("不能退货")),
    ({"kind": "label", "expected": "退货", "labels": ["退货", "换货"]}, answered("退货或换货")),
    ({"kind": "changed", "text": " 保修期为五年 "}, answered()),
    ({"kind": "retrieval", "documents": ["c.md"], "within": 2}, answered(read=["a.md", "b.md", "c.md"])),
    ({"kind": "citation", "documents": ["a.md"], "only": True}, answered(cited=["a.md", "b.md"])),
    ({"kind": "rule", "rule_id": "CS-1"}, answered()),
    ({"kind": "refusal", "expected": False}, answered("", outcome="refused")),
    ({"kind": "safety"}, answered(findings=[{"source": "guard", "severity": "high", "rule_id": "G"}])),
    ({"kind": "latency", "seconds": 2}, answered(seconds=2.1)),
    ({"kind": "cost", "tokens": 100}, answered(tokens=101)),
    ({"kind": "similar", "text": "请联系客服", "at_least": 0.2}, answered()),
    ({"kind": "judge", "judge": "words", "at_least": 4}, answered("one two three", referee=Referee())),
    ({"kind": "judge", "judge": "words", "at_least": 1}, answered("nobody to ask")),
    ({"kind": "pairwise", "judge": "words", "text": "one two"}, answered("one", referee=Referee())),
    ({"kind": "pairwise", "judge": "words", "text": "one two"}, answered("nobody to ask at all")),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT, ids=lambda one: str(one)[:60])
def test_what_is_asked_for_passes(check: dict[str, Any], answer: Answered) -> None:
    assert passes(check, answer)


@pytest.mark.parametrize(("check", "answer"), WRONG, ids=lambda one: str(one)[:60])
def test_anything_else_fails(check: dict[str, Any], answer: Answered) -> None:
    assert not passes(check, answer)


def test_every_kind_is_tried_both_ways() -> None:
    assert {check["kind"] for check, _ in RIGHT} == set(KINDS) == {check["kind"] for check, _ in WRONG}


def test_a_pattern_that_would_never_end_is_stopped() -> None:
    began = time.monotonic()
    (found,) = apply(checked([{"kind": "matches", "pattern": "(a|a)*$"}]), answered("a" * 5_000 + "b"))
    assert (found["passed"], found["why"]) == (False, "timeout")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([], "checks"),
        ({"kind": "safety"}, "checks"),
        (["safety"], "checks[0]"),
        ([{"kind": "magic"}], "checks[0]"),
        ([{"kind": "safety"}, {"kind": "exact"}], "checks[1].text"),
        ([{"kind": "exact", "text": "a", "also": 1}], "checks[0].also"),
        ([{"kind": "contains"}], "checks[0].all"),
        ([{"kind": "matches", "pattern": "("}], "checks[0].pattern"),
        ([{"kind": "schema", "schema": {"type": "nothing"}}], "checks[0].schema"),
        ([{"kind": "refusal", "expected": "yes"}], "checks[0].expected"),
        ([{"kind": "latency", "seconds": True}], "checks[0].seconds"),
        ([{"kind": "similar", "text": "a", "at_least": 2}], "checks[0].at_least"),
        ([{"kind": "label", "expected": "a"}], "checks[0].labels"),
        ([{"kind": "judge", "judge": "one", "at_least": 6}], "checks[0].at_least"),
        ([{"kind": "judge", "judge": "No Judge", "at_least": 3}], "checks[0].judge"),
        ([{"kind": "judge", "judge": "one"}], "checks[0].at_least"),
        ([{"kind": "pairwise"}], "checks[0].judge"),
        ([{"kind": "pairwise", "judge": "one", "strictly": "yes"}], "checks[0].strictly"),
        ([{"kind": "pairwise", "judge": "one", "text": ""}], "checks[0].text"),
    ],
)
def test_a_check_that_cannot_be_used_is_named(given: object, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(given)
    assert (refused.value.code, list(refused.value.fields)) == ("invalid_check", [where])
