"""Arguments are corrected where only one thing can be meant, and refused with reasons everywhere else."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from sunmao.inference.tools.arguments import checked, is_schema, parsed
from sunmao.inference.tools.declaring import Context, tool
from sunmao.inference.tools.problems import Invalid, ToolFault

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "price": {"type": "number"},
        "amount": {"type": "number", "x-money": True},
        "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "size": {"enum": ["small", "large"]},
        "fast": {"type": "boolean"},
        "code": {"type": "string"},
    },
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param('{"a": 1}', {"a": 1}, id="an object"),
        pytest.param('```json\n{"a": 1}\n```', {"a": 1}, id="in a fence"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_one_object_is_read(text: str, read: Any) -> None:
    assert parsed(text) == read


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a": 1} {"b": 2}', id="two objects"),
        pytest.param('Sure! {"a": 1}', id="words before"),
        pytest.param('{"a": NaN}', id="no number"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param('{"a": ' * 30 + "1" + "}" * 30, id="deep"),
        pytest.param("[" * 100_000, id="deeper than a stack"),
        pytest.param('{"a": "' + "x" * 30_000 + '"}', id="long"),
    ],
)
def test_anything_else_is_not(text: str) -> None:
    with pytest.raises(ToolFault) as caught:
        parsed(text)

    assert caught.value.code == "parse_error"


@given(st.text(max_size=200))
def test_no_text_brings_it_down(text: str) -> None:
    with suppress(ToolFault):
        assert isinstance(parsed(text), dict)


@pytest.mark.parametrize(
    ("name", "given_", "meant"),
    [
        ("count", "12", 12),
        ("count", "１２", 12),
        ("count", "两件", 2),
        ("price", "12.50", 12.5),
        ("day", "2026年11月22日", "2026-11-22"),
        ("day", "2026/1/2", "2026-01-02"),
        ("size", "Large", "large"),
        ("fast", "True", True),
        ("code", " ＡＢ１２ ", "AB12"),
        ("code", "苏州，中国", "苏州，中国"),
    ],
)
def test_what_can_only_mean_one_thing_is_corrected(name: str, given_: Any, meant: Any) -> None:
    assert checked({name: given_}, SCHEMA) == {name: meant}


@pytest.mark.parametrize(
    ("name", "given_", "code"),
    [
        pytest.param("amount", "12.50", "type", id="money is never corrected"),
        pytest.param("size", "medium", "enum", id="no such choice"),
        pytest.param("count", 1.5, "type", id="half a piece"),
        pytest.param("day", "2026-02-30", "anyOf", id="no such day"),
        pytest.param("customer", 1, "additionalProperties", id="an argument of nobody's"),
    ],
)
def test_what_cannot_be_understood_is_told(name: str, given_: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked({name: given_}, SCHEMA)

    assert [one.rule for one in caught.value.problems] == [code]


def test_choices_are_told() -> None:
    with pytest.raises(Invalid) as caught:
        checked({"size": "medium"}, SCHEMA)

    assert caught.value.as_dict()["problems"] == [
        {
            "path": "size",
            "code": "enum",
            "message": "'medium' is not one of ['small', 'large']",
            "allowed": ["small", "large"],
        }
    ]


def test_a_schema_comes_from_the_signature() -> None:
    @tool(title="Ship", about="Ships an order.", permission="answering.task.run", effect="write")
    def ship(
        context: Context,
        *,
        number: Annotated[str, Field(pattern="^[A-Z]+$")],
        on: date,
        speed: Literal["slow", "fast"] = "slow",
    ) -> None:
        """Ship it.

        :param number: the number
            of the order
        """

    assert ship.schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["number", "on"],
        "properties": {
            "number": {"type": "string", "pattern": "^[A-Z]+$", "description": "the number of the order"},
            "on": {"type": "string", "format": "date"},
            "speed": {"type": "string", "enum": ["slow", "fast"], "default": "slow"},
        },
    }
    assert is_schema(dict(ship.schema))
    assert ship.typed({"number": "A", "on": "2026-11-22"}) == {
        "number": "A",
        "on": date(2026, 11, 22),
        "speed": "slow",
    }
