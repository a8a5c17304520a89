from __future__ import annotations

from apps.config.bench.race import Contender, race
from tests.benchmarks.planted import Time


def test_every_contender_answers_every_question_of_every_round() -> None:
    planted = Time()
    timings = planted.race(planted.contender("a", 0.01), planted.contender("b", 0.03), questions=10)
    laps = {name: [len(round_) for round_ in timing.rounds] for name, timing in timings.items()}
    assert laps["a"] == laps["b"]
    assert len(laps["a"]) == 3
    assert all(count % 10 == 0 for count in laps["a"])
    assert all(len(timing.answers) == 10 for timing in timings.values())


def test_the_order_changes_so_that_nobody_is_always_first() -> None:
    planted, order = Time(), []

    def named(name: str) -> Contender:
        def ask(number: int) -> list[int]:
            planted.now += 0.01
            order.append((name, number))
            return [number]

        return Contender(name, ask)

    race([named("a"), named("b")], questions=2, rounds=3, seconds=0.24, clock=planted.clock)
    timed = "".join(name for name, number in order[4:] if number == 0)
    assert timed.startswith("abba")


def test_a_slow_race_asks_fewer_questions_but_never_none() -> None:
    planted = Time()
    timings = planted.race(planted.contender("slow", 10.0), questions=40, seconds=1.0)
    assert [len(round_) for round_ in timings["slow"].rounds] == [5, 5, 5]


def test_the_row_tells_median_and_tail_in_milliseconds() -> None:
    planted = Time()
    timing = planted.race(planted.contender("ours", *[0.001] * 9, 0.1), questions=10)["ours"]
    case = timing.case("ours", recall=1.0, nret=1.0)
    assert (case.p50, case.p99) == (1.0, 100.0)
    assert case.n == sum(map(len, timing.rounds))
