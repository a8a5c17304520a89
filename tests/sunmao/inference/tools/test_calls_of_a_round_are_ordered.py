"""What waits for nothing is done together; what refers to another call waits for it; circles are refused."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.inference.tools.limits import Limits, Spent
from sunmao.inference.tools.plan import Step, filled, steps_of, waves
from sunmao.inference.tools.problems import Invalid, ToolFault


def ref(path: str) -> dict[str, str]:
    return {"$ref": path}


def order(calls: list[tuple[str, Any]], alone: set[int] | None = None) -> list[list[int]]:
    steps = [one for one in steps_of(calls) if isinstance(one, Step)]
    return [[step.place for step in wave] for wave in waves(steps, alone=alone or set())]


def test_independent_calls_make_one_wave() -> None:
    assert order([("a", {}), ("b", {}), ("c", {})]) == [[0, 1, 2]]


def test_a_call_waits_for_those_it_refers_to() -> None:
    calls = [("a", {"x": ref("c.data")}), ("b", {}), ("c", {"y": [ref("call_2.data.0")]})]

    assert order(calls) == [[1], [2], [0]]


def test_what_changes_something_comes_last_and_alone() -> None:
    assert order([("a", {}), ("b", {}), ("c", {}), ("d", {})], {0, 2}) == [[1, 3], [0], [2]]


@pytest.mark.parametrize(
    ("calls", "wrong"),
    [
        pytest.param([("a", {"x": ref("a.data")})], {0}, id="itself"),
        pytest.param([("a", {"x": ref("b")}), ("b", {"x": ref("a")})], {0, 1}, id="each other"),
        pytest.param(
            [("a", {"x": ref("b")}), ("b", {"x": ref("a")}), ("c", {})], {0, 1}, id="a circle beside a call"
        ),
        pytest.param([("a", {"x": ref("call_7.data")})], {0}, id="nothing"),
        pytest.param([("a", {"x": ref("../../etc/passwd")})], {0}, id="no reference"),
    ],
)
def test_circles_and_references_to_nothing_are_refused(calls: Any, wrong: set[int]) -> None:
    assert {place for place, one in enumerate(steps_of(calls)) if isinstance(one, Invalid)} == wrong


def test_references_are_filled_from_results() -> None:
    results = {"a": {"ok": True, "data": {"items": [{"id": 7}, {"id": 8}]}}}

    assert filled({"ids": [ref("a.data.items.1.id"), 9]}, results) == {"ids": [8, 9]}


@pytest.mark.parametrize("path", ["a.data.items.2.id", "a.data.none", "a.data.items.x", "b.data"])
def test_a_part_that_is_not_there_is_told(path: str) -> None:
    with pytest.raises(Invalid):
        filled({"id": ref(path)}, {"a": {"ok": True, "data": {"items": [{"id": 7}]}}})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_limits_end_a_turn_clearly() -> None:
    clock = Clock()
    spent = Spent(Limits(calls=2, seconds=10, size=10, depth=2, repairs=1), clock=clock)

    spent.begin_call()
    spent.begin_call()
    with pytest.raises(ToolFault) as caught:
        spent.begin_call()
    assert (caught.value.code, spent.over) == ("limit_reached", "calls")

    spent = Spent(Limits(seconds=10, size=10), clock=clock)
    spent.keep(8)
    with pytest.raises(ToolFault) as caught:
        spent.keep(3)
    assert (caught.value.code, spent.over, spent.size) == ("result_too_large", "size", 8)

    clock.now += 11
    spent = Spent(Limits(seconds=10), clock=clock)
    clock.now += 11
    with pytest.raises(ToolFault):
        spent.begin_call()
    assert spent.over == "seconds"


def test_the_same_call_twice_is_a_loop() -> None:
    spent = Spent(Limits())
    spent.first_time("order", '{"number":1}')
    spent.first_time("order", '{"number":2}')

    with pytest.raises(ToolFault) as caught:
        spent.first_time("order", '{"number":1}')

    assert caught.value.code == "repeated_call"
