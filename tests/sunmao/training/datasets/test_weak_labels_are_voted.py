from __future__ import annotations

import time
from typing import Any

import pytest

from sunmao.core.errors import InvalidInput
from sunmao.training.datasets import annotating, editing, labelling
from tests.fixtures.cast import Cast
from tests.sunmao.training.datasets.conftest import rows

REFUND = {"name": "refund", "kind": "keyword", "label": "refund", "words": ["refund", "退款"]}
WHEN = {"name": "when", "kind": "regex", "label": "delivery", "pattern": r"\bwhen\b.*\barrive|几时到"}


def test_functions_vote_and_conflicts_and_coverage_are_told() -> None:
    texts = ["I want a refund", "When does it arrive?", "When does my refund arrive?", "hello", "我要退款"]

    told = labelling.label(texts, labelling.checked([REFUND, WHEN]))

    assert [one and one[0] for one in told.labels] == ["refund", "delivery", "", None, "refund"]
    assert (told.figures["coverage"], told.figures["conflict"], told.figures["labelled"]) == (0.8, 0.2, 3)
    assert told.figures["functions"][0] == {
        "name": "refund", "coverage": 0.6, "overlap": 0.2, "conflict": 0.2, "gold": 0, "accuracy": None,
    }  # fmt: skip


def test_a_function_that_was_wrong_on_settled_examples_counts_less() -> None:
    gold = [(f"when will order {n} arrive", "delivery") for n in range(6)]
    gold += [(f"refund of order {n}, when does it arrive", "delivery") for n in range(6)]

    told = labelling.label(["When does my refund arrive?"], labelling.checked([REFUND, WHEN]), gold)

    assert told.labels[0] is not None
    assert (told.labels[0][0], told.labels[0][2]) == ("delivery", True)
    assert [one["accuracy"] for one in told.figures["functions"]] == [0.0, 1.0]


def test_a_classifier_learns_from_what_people_settled() -> None:
    gold = [(f"please pay my money back for order {n}", "refund") for n in range(10)]
    gold += [(f"the parcel {n} has not come to my door", "delivery") for n in range(10)]
    functions = labelling.checked([{"name": "learnt", "kind": "classifier", "least": 0.9}])

    told = labelling.label(["pay the money back please", "no parcel has come to the door"], functions, gold)

    assert [one and one[0] for one in told.labels] == ["refund", "delivery"]
    assert told.figures["functions"][0]["accuracy"] == 1.0


def test_a_pattern_that_takes_for_ever_does_not_vote() -> None:
    evil = {"name": "evil", "kind": "regex", "label": "x", "pattern": "(a|aa)+$"}

    told = labelling.label(["a" * 60 + "b"], labelling.checked([evil]))

    assert told.labels == [None]


@pytest.mark.parametrize(
    "functions",
    [
        [],
        [{"name": "x", "kind": "magic"}],
        [{"name": "x", "kind": "regex", "label": "a", "pattern": "("}],
        [{"name": "x", "kind": "keyword", "label": "a", "words": []}],
        [REFUND, REFUND],
    ],
)
def test_functions_that_are_none_are_refused(functions: Any) -> None:
    with pytest.raises(InvalidInput):
        labelling.checked(functions)


def test_sure_labels_are_adopted_where_there_are_none(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = make_set()
    texts = [f"I want a refund for order {n}" for n in range(6)]
    editing.add(
        actor=engineer,
        dataset=made,
        examples=[
            *({"text": text, "label": "refund"} for text in texts),
            {"text": "a refund please", "label": ""},
        ],
    )
    for row in rows(made)[:6]:
        annotating.annotate(actor=engineer, row=row, verdict="accepted")

    step = do(made, "label", functions=[REFUND], adopt=0.8)

    assert (step.found["gold"], step.found["adopted"]) == (6, 1)
    (row,) = [row for row in rows(made) if row.review == "waiting"]
    assert (row.data["label"], row.weak["adopted"]) == ("refund", True)


def test_a_pattern_without_end_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelling, "SECONDS", 0.01)
    endless = {"name": "endless", "kind": "regex", "label": "x", "pattern": r"^(a|aa|b)+c$"}
    texts = ["a" * 60 + "!c"] * (labelling.MOST_SLOW + 2_000)

    began = time.process_time()
    told = labelling.label([*texts, "aac"], labelling.checked([endless, REFUND]))

    assert told.labels[-1] is None
    assert time.process_time() - began < 10
