"""Declared views answer lists, searches, groups and figures, with the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sunmao.answering.tooling.querying import Query, answered, views
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden
from sunmao.inference.tools.problems import ToolFault
from tests.fixtures.cast import Cast
from tests.fixtures.files import RETURNS
from tests.fixtures.knowledge import Ingest


@pytest.fixture
def documents(cast: Cast, ingest: Ingest) -> Iterator[Cast]:
    for name in ("returns.md", "returns-later.md", "care.md"):
        ingest(cast.zhou.actor, name, f"{RETURNS}\n\n{name}")
    ingest(cast.omar.actor, "clinic.md", RETURNS, base="wards")
    with tenancy.scope(cast.hemu.pk):
        yield cast


def ask(actor: Actor, **asked: Any) -> dict[str, Any]:
    with tenancy.scope(actor.organisation_id):
        return answered(Query(view="documents", **asked), actor=actor)


def test_rows_are_filtered_and_named_as_the_view_names_them(documents: Cast) -> None:
    found = ask(
        documents.zhou.actor,
        where=[("name", "contains", "returns")],
        columns=("name", "base"),
        order_by="name",
        descending=False,
    )

    assert found == {
        "view": "documents",
        "rows": [
            {"name": "returns-later.md", "base": "customer-service"},
            {"name": "returns.md", "base": "customer-service"},
        ],
        "more": False,
    }


def test_rows_are_counted_by_group(documents: Cast) -> None:
    assert ask(documents.zhou.actor, group_by=("base", "state"))["rows"] == [
        {"base": "customer-service", "state": "succeeded", "count": 3}
    ]


def test_figures_are_reckoned(documents: Cast) -> None:
    sizes = [row["size"] for row in ask(documents.zhou.actor, columns=("size",))["rows"]]

    assert ask(documents.zhou.actor, measure="sum", of="size")["rows"] == [{"sum": sum(sizes)}]
    assert ask(documents.zhou.actor, measure="most", of="size")["rows"] == [{"most": max(sizes)}]


def test_words_are_searched_in_the_columns_of_the_view(documents: Cast) -> None:
    assert [row["name"] for row in ask(documents.zhou.actor, search="CARE", columns=("name",))["rows"]] == [
        "care.md"
    ]


def test_no_more_rows_than_the_limit(documents: Cast) -> None:
    found = ask(documents.zhou.actor, limit=2)

    assert len(found["rows"]) == 2
    assert found["more"] is True


def test_another_organisation_has_its_own(documents: Cast) -> None:
    assert [row["name"] for row in ask(documents.omar.actor, columns=("name",))["rows"]] == ["clinic.md"]


def test_without_the_right_to_documents_there_are_none(documents: Cast) -> None:
    with pytest.raises(Forbidden):
        ask(documents.mei.actor)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"where": [("organisation_id", "is", "x")]}, id="another column"),
        pytest.param({"where": [("name__startswith", "is", "x")]}, id="a lookup of the ORM's"),
        pytest.param({"where": [("name; DROP TABLE x", "is", "x")]}, id="SQL"),
        pytest.param({"where": [("size", "is", "1 OR 1=1")]}, id="SQL as a number"),
        pytest.param({"columns": ("revisions__text",)}, id="the text"),
        pytest.param({"group_by": ("base__organisation_id",)}, id="a group over another table"),
        pytest.param({"measure": "sum", "of": "name"}, id="a sum of names"),
        pytest.param({"order_by": "-size"}, id="an order of one's own"),
        pytest.param({"where": [("created", "is", "yesterday")]}, id="no day"),
    ],
)
def test_what_no_view_declares_cannot_be_asked(documents: Cast, asked: dict[str, Any]) -> None:
    with pytest.raises(ToolFault) as caught:
        ask(documents.zhou.actor, **asked)

    assert caught.value.code == "schema_error"


def test_contract_findings_are_a_view_of_their_own() -> None:
    assert set(views()) == {"documents", "contract_findings"}
    assert "content" not in views()["contract_findings"].columns


@pytest.mark.parametrize("value", ["1e999999999", "-1e400", "NaN", "Infinity", "9" * 400])
def test_no_number_is_too_large_to_be_written_out(cast: Cast, value: str) -> None:
    """As a whole number the first has a milliard digits, and the process stood still over it."""
    for operator in ("less", "in"):
        with tenancy.scope(cast.hemu.pk), pytest.raises(ToolFault) as refused:
            answered(Query(view="documents", where=[("size", operator, value)]), actor=cast.lin.actor)
        assert refused.value.code == "schema_error"


def test_what_is_no_id_is_told_as_that(cast: Cast) -> None:
    for operator in ("is", "contains"):
        where = [("review_id", operator, "none")]
        with tenancy.scope(cast.hemu.pk), pytest.raises(ToolFault) as refused:
            answered(Query(view="contract_findings", where=where), actor=cast.lin.actor)
        assert refused.value.code == "schema_error"
