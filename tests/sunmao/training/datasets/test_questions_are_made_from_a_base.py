from __future__ import annotations

import json
from typing import Any

import pytest

from sunmao.core.errors import InvalidInput
from sunmao.inference.engine import GenerationRequest
from sunmao.training.datasets import question_types, questioning, working
from tests.fixtures.cast import Cast
from tests.fixtures.tool_engine import ToolEngine
from tests.sunmao.training.datasets.conftest import rows

WARRANTY = """# Warranty

## Warranty of sofas

The frame of a sofa is guaranteed for ten years; covers and cushions are guaranteed for two years.

## Return of mattresses

A mattress can be returned within thirty days if its plastic cover was not opened.

## Delivery to islands

Islands are served on Tuesdays; the surcharge is forty euros for each delivery.
"""
RETURN = "A mattress can be returned within thirty days"


@pytest.fixture
def base(cast: Cast, ingest: Any) -> str:
    ingest(cast.lin.actor, "warranty.md", WARRANTY)
    return "customer-service"


def test_without_a_model_headings_become_questions_that_find_their_passage(
    cast: Cast, base: str, make_set: Any, do: Any
) -> None:
    made = make_set(kind="retrieval", slug="questions")

    step = do(made, "generate", base=base, count=10)

    found = rows(made)
    assert (step.state, step.found["added"]) == ("succeeded", len(found))
    assert {row.data["positive"].split(" ")[0] for row in found} >= {"The", "A", "Islands"}
    for row in found:
        assert row.data["positive"] not in row.data["negatives"]
        assert row.source["type"] in {"fact", "how", "condition", "open"}
        assert (row.origin, row.source["base"], row.source["engine"]) == ("knowledge", base, "templates")


def test_the_same_seed_makes_the_same_questions(cast: Cast, base: str, make_set: Any, do: Any) -> None:
    one, two = make_set(kind="prompts", slug="one"), make_set(kind="prompts", slug="two")

    for made in (one, two):
        do(made, "generate", base=base, seed=5, verify=False)

    assert [row.data for row in rows(one)] == [row.data for row in rows(two)] != []


def _writes(request: GenerationRequest) -> str:
    order = request.conversation[-1].content
    if "mattress" in order:
        return json.dumps(
            {"question": "How long may I return it?", "answer": "Thirty days.", "quote": RETURN}
        )
    if "sofa" in order:
        return json.dumps(
            {"question": "What does this passage say?", "answer": "Much.", "quote": "ten years"}
        )
    return json.dumps({"question": "Is it free?", "answer": "Yes, always.", "quote": "delivery is free"})


def test_a_model_writes_what_it_can_quote_and_nothing_else_is_kept(
    cast: Cast, base: str, make_set: Any, do: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ToolEngine(rounds=[_writes] * 20)
    monkeypatch.setattr(working, "engine_named", lambda name: engine)
    made = make_set(kind="chat", slug="talks")

    step = do(made, "generate", base=base, engine="openai", verify=False)

    (row,) = rows(made)
    assert [turn["content"] for turn in row.data["messages"]] == ["How long may I return it?", "Thirty days."]
    assert row.source["engine"] == "scripted"
    assert step.found["left_out"] == {"does_not_stand_alone": 1, "not_quoted": 1}


def test_own_types_of_users_and_questions_are_drawn(cast: Cast, base: str, make_set: Any, do: Any) -> None:
    made = make_set(kind="prompts", slug="own")
    types = {
        "users": [{"name": "carrier", "share": 1, "description": "a carrier"}],
        "questions": [
            {
                "name": "duty",
                "share": 1,
                "description": "a duty",
                "templates": {"en": ["who is responsible for {topic}?"]},
            }
        ],
    }

    do(made, "generate", base=base, types=types, verify=False)

    asked = {row.data["prompt"][0]["content"] for row in rows(made)}
    assert "Who is responsible for Return of mattresses?" in asked
    assert {row.source["user"] for row in rows(made)} == {"carrier"}


@pytest.mark.parametrize(
    "types",
    [
        {"users": [{"name": "x"}]},
        {"questions": [{"name": "x", "share": 1, "description": "y", "templates": {"en": ["no topic"]}}]},
        {"users": [{"name": "x", "share": 0, "description": "y"}]},
    ],
)
def test_types_that_are_none_are_refused(types: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        question_types.checked(types)

    assert refused.value.code == "invalid_types"


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("How long is the warranty?", True),
        ("What does this article say?", False),
        ("本条规定了什么？", False),
        ("保修多久？", True),
        ("上述条款适用吗？", False),
    ],
)
def test_a_question_that_points_at_its_passage_does_not_stand_alone(question: str, alone: bool) -> None:
    assert questioning.stands_alone(question) is alone
