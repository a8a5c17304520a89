from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Conflict
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.training.datasets import editing
from sunmao.training.datasets.examples import Part
from sunmao.training.datasets.keeping import seal
from sunmao.training.datasets.splitting import DEFAULTS, part_of
from tests.fixtures.cast import Cast
from tests.sunmao.training.datasets.conftest import datas, newest, ready, rows

QUESTION = (
    "How many working days does it take until a refund for a returned wardrobe is paid to my bank account?"
)
ALIKE = QUESTION.replace("wardrobe", "cupboard")


def filled(make_set: Any, engineer: Any) -> Any:
    made = make_set()
    examples = [
        {"text": f"question {n * 7919} about the {word} that I bought", "label": word}
        for n, word in enumerate(["sofa", "table", "lamp", "shelf"] * 15)
    ]
    editing.add(actor=engineer, dataset=made, examples=examples)
    return made


def suite_with(cast: Cast, question: str) -> None:
    suite = create_suite(
        actor=cast.lin.actor, slug="basics", title="Basics", task_name="customer_service.ask"
    )
    checks = [{"kind": "contains", "all": ["three"]}]
    add_cases(actor=cast.lin.actor, suite=suite, cases=[NewCase(data={"question": question}, checks=checks)])


def group_in(part: Part) -> str:
    return next(name for n in range(1000) if part_of(name := f"planted{n}", DEFAULTS) == part)


def plant(engineer: Any, made: Any, text: str, part: Part, label: str = "sofa") -> None:
    new = editing.NewExample(data={"text": text, "label": label}, group=group_in(part))
    editing.add_new(actor=engineer, dataset=made, examples=[new])


@pytest.mark.parametrize(("planted", "exact"), [(QUESTION.upper(), 1), (ALIKE, 0)])
def test_a_case_of_a_suite_in_the_training_part_is_found_and_stops_the_freeze(
    cast: Cast, make_set: Any, engineer: Any, do: Any, planted: str, exact: int
) -> None:
    made = filled(make_set, engineer)
    suite_with(cast, QUESTION)
    plant(engineer, made, planted, Part.TRAIN)

    version = ready(do, made)

    leaks = version.figures["leaks"]
    assert (leaks["parts"], leaks["suites"], leaks["exact"]) == (0, 1, exact)
    assert leaks["places"] == {"suite:basics": 1}
    with pytest.raises(Conflict) as refused:
        editing.freeze(actor=engineer, version=version)
    assert refused.value.code == "leaks_found"


def test_a_case_of_a_suite_in_the_test_part_is_no_leak(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = filled(make_set, engineer)
    suite_with(cast, QUESTION)
    plant(engineer, made, QUESTION, Part.TEST)

    assert ready(do, made).figures["leaks"]["suites"] == 0


def test_a_twin_in_another_part_is_found_and_joined(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = filled(make_set, engineer)
    plant(engineer, made, QUESTION, Part.TRAIN)
    plant(engineer, made, ALIKE, Part.TEST)
    assert ready(do, made).figures["leaks"]["parts"] == 1

    step = do(made, "check", leaks="joined")

    assert step.found["mended"] == 1
    assert {row.part for row in rows(made) if "refund" in row.data["text"]} == {"train"}
    again = do(made, "check")
    assert (again.found["parts"], again.found["suites"]) == (0, 0)
    assert editing.freeze(actor=engineer, version=newest(made)).state == "frozen"


def test_what_leaks_is_removed_where_it_is_asked_for(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = filled(make_set, engineer)
    suite_with(cast, QUESTION)
    plant(engineer, made, ALIKE, Part.TRAIN)

    do(made, "check", leaks="removed")

    assert len(datas(made)) == 60
    assert do(made, "check").found["suites"] == 0


def test_a_split_keeps_groups_together_and_examples_where_they_were(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = filled(make_set, engineer)
    before = {row.line: row.part for row in rows(made)}
    same = [{"text": "what is this", "label": label} for label in ("a", "b", "c")]
    editing.add(actor=engineer, dataset=made, examples=same)

    after = {row.line: row.part for row in rows(made)}

    assert {line: after[line] for line in before} == before
    assert len({row.part for row in rows(made) if row.data["text"] == "what is this"}) == 1


def test_another_seed_splits_the_draft_and_leaves_the_frozen_version(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = filled(make_set, engineer)
    frozen = editing.freeze(actor=engineer, version=ready(do, made))

    step = do(made, "split", seed=7)

    assert step.found["moved"] > 0
    assert step.found["warnings"] == []

    with tenancy.scope(cast.hemu.pk):
        assert seal(frozen) == frozen.sha256
    assert newest(made).settings["split"]["seed"] == 7


def test_a_part_that_was_wanted_and_stays_empty_is_told(
    cast: Cast, make_set: Any, engineer: Any, do: Any
) -> None:
    made = make_set()
    editing.add(actor=engineer, dataset=made, examples=[{"text": "where is it", "label": "a"}])
    wanted = {"train": 0.999998, "validation": 0.000002, "test": 0}

    assert do(made, "split", **wanted).found["warnings"] == ["empty_validation"]


def test_shares_are_near_eighty_ten_ten() -> None:
    parts = [part_of(f"group {n}", DEFAULTS) for n in range(10_000)]

    assert {part: parts.count(part) for part in Part} == {"train": 7982, "validation": 993, "test": 1025}
