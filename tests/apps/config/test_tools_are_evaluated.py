"""`evaluate tools`: expected calls pass, calls that fit nothing do not, and an engine is scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.config.evaluation.tools.case import ToolsEvaluation
from apps.config.evaluation.tools.material import calls_of, schema_of
from sunmao.core.errors import InvalidInput
from sunmao.inference.engine import Capabilities
from tests.fixtures.tool_engine import ToolEngine, call, tool_engine

__all__ = ["tool_engine"]

FILES = (
    "simple_python", "multiple", "parallel", "parallel_multiple", "irrelevance", "live_simple",
    "live_parallel", "live_relevance",
)  # fmt: skip
WEATHER = {
    "name": "weather.get",
    "description": "The weather.",
    "parameters": {
        "type": "dict",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
            "days": {"type": "integer"},
        },
        "required": ["city"],
    },
}


def case(kind: str, number: int, truth: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}_{number}",
        "question": [[{"role": "user", "content": "The weather in Suzhou?"}]],
        "function": [WEATHER],
        "ground_truth": truth,
    }


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    right = [{"weather.get": {"city": ["Suzhou"], "unit": ["", "C"], "days": ["", 1]}}]
    wrong = [{"weather.get": {"city": [7]}}]
    written = {
        "simple_dev.jsonl": [case("simple", one, right) for one in range(5)] + [case("simple", 5, wrong)],
        "irrelevance_dev.jsonl": [case("irrelevance", 0, None)],
    }
    for name, lines in written.items():
        text = "\n".join(json.dumps(line) for line in lines)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [str(tmp_path / name) for name in written]


def run(files: list[str], **options: Any) -> dict[str, Any]:
    return ToolsEvaluation().run({"cases": files, "engine": None, "limit": 0, "seed": 1, **options}).data


def test_expected_calls_are_held_against_the_schemas(files: list[str]) -> None:
    gold = run(files)["gold"]

    assert gold["kinds"]["simple"] == {"cases": 6, "calls": 6, "forms": 16, "valid": 15, "cases_valid": 5}
    assert [one["case"] for one in gold["refused"]] == ["simple_5"]


def test_an_engine_is_scored(files: list[str], tool_engine: ToolEngine) -> None:
    right, bare = call("weather.get", city="suzhou", unit="C"), call("weather.get", city="Suzhou")
    tool_engine.rounds = [
        [right], [bare], [right, right], "It is clear.", [call("weather.get", city="Wuxi")], [bare],
        "I cannot know.",
    ]  # fmt: skip

    scored = run(files, engine="openai")["engine"]["kinds"]

    assert scored["simple"] == {"cases": 6, "right": 2, "failed": 0, "share": 0.3333}
    assert scored["irrelevance"] == {"cases": 1, "right": 1, "failed": 0, "share": 1.0}


def test_an_engine_without_tools_is_refused(files: list[str], tool_engine: ToolEngine) -> None:
    tool_engine.capabilities = Capabilities()

    with pytest.raises(InvalidInput):
        run(files, engine="openai")


def test_every_allowed_value_is_tried_once() -> None:
    assert list(calls_of({"a": [1, 2], "b": ["", 3]})) == [{"a": 1}, {"a": 2}, {"a": 1, "b": 3}]


def test_python_types_become_those_of_json() -> None:
    assert schema_of(
        {"type": "dict", "properties": {"x": {"type": "tuple", "items": {"type": "float"}}}}
    ) == {
        "type": "object",
        "properties": {"x": {"type": "array", "items": {"type": "number"}}},
    }


def test_the_leaderboards_calls_are_valid_but_for_three_of_its_own(reference_data: Path) -> None:
    found = run([str(reference_data / "bfcl" / f"{name}_dev.jsonl") for name in FILES])

    assert (found["gold"]["cases"], found["gold"]["calls"]) == (646, 1045)
    assert found["gold"]["forms"] - found["gold"]["valid"] == len(found["gold"]["refused"]) <= 3
    assert {one["case"] for one in found["gold"]["refused"]} <= {
        "live_simple_106-63-0",
        "simple_python_149",
        "simple_python_307",
    }
    assert found["irrelevant"]["refused"] >= found["irrelevant"]["calls"] - 1
