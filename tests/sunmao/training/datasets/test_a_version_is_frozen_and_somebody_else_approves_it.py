from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, Forbidden, InvalidInput
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite
from sunmao.training.datasets import comparing, editing, steps
from sunmao.training.datasets.examples import Part
from sunmao.training.datasets.models import DataSet, VersionState
from sunmao.training.datasets.selectors import examples
from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of, verbs_of
from tests.sunmao.training.datasets.conftest import datas, newest, ready, rows


def intents(count: int = 40) -> list[dict[str, str]]:
    things = ["refund", "delivery", "warranty", "invoice", "assembly", "colour", "fabric", "leg"]
    return [
        {"text": f"{things[n % 8]} question number {n * 7919}, please help", "label": things[n % 8]}
        for n in range(count)
    ]


@pytest.fixture
def full(make_set: Callable[..., DataSet], engineer: Actor) -> DataSet:
    made = make_set()
    editing.add(actor=engineer, dataset=made, examples=intents())
    return made


def test_a_frozen_version_is_trained_on_once_a_second_person_approved(
    cast: Cast, full: DataSet, engineer: Actor, reviewer: Actor, do: Any
) -> None:
    frozen = editing.freeze(actor=engineer, version=ready(do, full), note="first")

    approved = editing.approve(actor=reviewer, version=frozen)

    assert (approved.state, approved.number, approved.frozen_by) == ("approved", 1, engineer.id)
    assert approved.decided_by == reviewer.id
    assert approved.figures["examples"] == 40
    assert approved.lineage["origins"] == {"written": 40}
    with tenancy.scope(cast.hemu.pk):
        read = {part: [one.data for one in examples(approved, part)] for part in Part}
    assert sum(map(len, read.values())) == 40
    assert approved.figures["parts"] == {part.value: len(read[part]) for part in Part}
    assert verbs_of(cast.hemu, subject=approved.pk) == ["dataset.frozen", "dataset.approved"]


def test_nothing_is_frozen_while_a_step_is_under_way(
    cast: Cast, full: DataSet, engineer: Actor, do: Any
) -> None:
    draft = ready(do, full)
    steps.start(actor=engineer, dataset=full, kind="clean")
    before = state_of(cast.hemu)

    with pytest.raises(Conflict) as refused:
        editing.freeze(actor=engineer, version=draft)

    assert (refused.value.code, state_of(cast.hemu)) == ("step_under_way", before)


def test_whoever_froze_it_cannot_approve_it(cast: Cast, full: DataSet, do: Any) -> None:
    frozen = editing.freeze(actor=cast.lin.actor, version=ready(do, full))
    before = state_of(cast.hemu)

    with pytest.raises(Conflict) as refused:
        editing.approve(actor=cast.lin.actor, version=frozen)

    assert refused.value.code == "own_version"
    assert state_of(cast.hemu) == before


def test_an_engineer_may_not_approve_and_a_customer_may_not_read(
    cast: Cast, full: DataSet, engineer: Actor, do: Any
) -> None:
    frozen = editing.freeze(actor=engineer, version=ready(do, full))
    before = state_of(cast.hemu)

    for actor, verb in ((engineer, editing.approve), (cast.mei.actor, editing.refuse)):
        with pytest.raises(Forbidden):
            verb(actor=actor, version=frozen)

    assert state_of(cast.hemu) == before


def test_a_change_after_freezing_begins_the_next_version_and_leaves_the_frozen_one(
    cast: Cast, full: DataSet, engineer: Actor, do: Any
) -> None:
    frozen = editing.freeze(actor=engineer, version=ready(do, full))
    first, second = rows(full)[:2]

    editing.change_row(actor=engineer, row=first, data={"text": "another text", "label": "other"})
    editing.end_row(actor=engineer, row=second)
    editing.add(actor=engineer, dataset=full, examples=[{"text": "a new one", "label": "new"}])

    with tenancy.scope(cast.hemu.pk):
        told = comparing.between(frozen, newest(full))
        kept = [one.data for part in Part for one in examples(frozen, part)]
    assert told.counts == {"added": 1, "removed": 1, "changed": 1, "moved": 0, "same": 38}
    assert sorted(one["text"] for one in kept) == sorted(one["text"] for one in intents())
    assert newest(full).state == VersionState.DRAFT


def test_a_version_can_be_restored(cast: Cast, full: DataSet, engineer: Actor, do: Any) -> None:
    frozen = editing.freeze(actor=engineer, version=ready(do, full))
    editing.change_row(actor=engineer, row=rows(full)[0], data={"text": "another text", "label": "other"})
    editing.end_row(actor=engineer, row=rows(full)[1])

    draft = editing.restore(actor=engineer, version=frozen)

    with tenancy.scope(cast.hemu.pk):
        told = comparing.between(frozen, draft)
    assert told.counts == {"added": 0, "removed": 0, "changed": 0, "moved": 0, "same": 40}
    assert sorted(one["text"] for one in datas(full)) == sorted(one["text"] for one in intents())


@pytest.mark.parametrize(
    ("case", "given", "code"),
    [
        ("no examples", [], "no_examples"),
        ("one class", [{"text": f"text {n}", "label": "only"} for n in range(30)], "single_class"),
        ("a text without a label", [*intents(30), {"text": "what now", "label": ""}], "unlabelled_examples"),
    ],
)
def test_what_cannot_be_learnt_from_is_not_frozen(
    cast: Cast, make_set: Any, engineer: Actor, do: Any, case: str, given: list[Any], code: str
) -> None:
    made = make_set()
    if given:
        editing.add(actor=engineer, dataset=made, examples=given)
    if case == "a text without a label":
        do(made, "split", seed=1, train=1.0, validation=0, test=0)
    version = ready(do, made)

    with pytest.raises(Conflict) as refused:
        editing.freeze(actor=engineer, version=version)

    assert refused.value.code == code
    assert newest(made).state == VersionState.DRAFT


def test_it_is_not_frozen_before_masking_and_not_before_the_search_for_leaks(
    full: DataSet, engineer: Actor, do: Any
) -> None:
    def refusal() -> str:
        with pytest.raises(Conflict) as refused:
            editing.freeze(actor=engineer, version=newest(full))
        return refused.value.code

    assert refusal() == "unmasked_examples"
    do(full, "mask")
    assert refusal() == "unchecked_leaks"
    do(full, "check")
    editing.end_row(actor=engineer, row=rows(full)[0])
    assert refusal() == "unchecked_leaks"


def test_a_suite_that_changed_since_has_to_be_searched_again(
    cast: Cast, full: DataSet, engineer: Actor, do: Any
) -> None:
    version = ready(do, full)
    lin = cast.lin.actor
    suite = create_suite(actor=lin, slug="basics", title="Basics", task_name="customer_service.ask")
    check = [{"kind": "contains", "all": ["yes"]}]
    case = NewCase(data={"question": intents()[0]["text"]}, checks=check)
    add_cases(actor=cast.lin.actor, suite=suite, cases=[case])

    with pytest.raises(Conflict) as refused:
        editing.freeze(actor=engineer, version=version)

    assert refused.value.code == "unchecked_leaks"


def test_wrong_examples_are_told_by_number_and_none_is_kept(
    cast: Cast, make_set: Any, engineer: Actor
) -> None:
    made = make_set()
    before = state_of(cast.hemu)

    with pytest.raises(InvalidInput) as refused:
        editing.add(
            actor=engineer,
            dataset=made,
            examples=[{"text": "good", "label": "a"}, {"text": ""}, {"text": "x", "label": 3}],
        )

    assert refused.value.code == "invalid_examples"
    assert list(refused.value.fields) == ["example 2", "example 3"]
    assert state_of(cast.hemu) == before


def test_a_version_is_retired_once(full: DataSet, engineer: Actor, reviewer: Actor, do: Any) -> None:
    frozen = editing.freeze(actor=engineer, version=ready(do, full))
    editing.approve(actor=reviewer, version=frozen)

    assert editing.retire(actor=engineer, version=frozen).state == "retired"

    with pytest.raises(Conflict) as refused:
        editing.retire(actor=engineer, version=frozen)
    assert refused.value.code == "not_frozen"
