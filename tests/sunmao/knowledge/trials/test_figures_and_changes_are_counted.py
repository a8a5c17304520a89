from __future__ import annotations

from typing import Any

import pytest

from sunmao.knowledge.trials.comparing import Outcome, change, figures


def test_recall_counts_units_and_the_rank_the_best_of_them() -> None:
    outcomes = [
        Outcome([1, 4], refused=False, milliseconds=10.0),
        Outcome([None], refused=True, milliseconds=30.0),
        Outcome([7], refused=False, milliseconds=20.0),
        Outcome([], refused=True, milliseconds=40.0),
    ]
    assert figures(outcomes) == {
        "questions": 4, "judged": 3, "recall@1": 0.1667, "recall@5": 0.3333, "recall@10": 0.6667,
        "mrr": 0.381, "refused": 2, "p50_ms": 20.0, "p95_ms": 40.0,
    }  # fmt: skip


def test_nothing_has_no_figures() -> None:
    assert figures([]) == {
        "questions": 0, "judged": 0, "recall@1": None, "recall@5": None, "recall@10": None, "mrr": None,
        "refused": 0, "p50_ms": None, "p95_ms": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "before", "after", "judged", "expected"),
    [
        ("never tried", None, (False, 1), True, "new"),
        ("further up", (False, 3), (False, 1), True, "better"),
        ("further down", (False, 1), (False, 2), True, "worse"),
        ("lost", (False, 9), (False, None), True, "worse"),
        ("lost twice", (False, None), (False, None), True, "same"),
        ("refused though further up", (False, 3), (True, 1), True, "worse"),
        ("answered though further down", (True, 1), (False, 3), True, "better"),
        ("nothing expected, refused now", (False, None), (True, None), False, "worse"),
        ("nothing expected, still answered", (False, None), (False, None), False, "same"),
    ],
)
def test_a_change_is_named(
    told: str, before: Any, after: tuple[bool, int | None], judged: bool, expected: str
) -> None:
    known = before and {"refused": before[0], "rank": before[1]}
    assert change(before=known, refused=after[0], rank=after[1], judged=judged) == expected
