"""A release names the tools of its task and their shapes: a schema that changes is seen in what changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.vertical import find_task
from sunmao.inference.tools import pins
from sunmao.inference.tools.registry import tools
from sunmao.releases.comparing import compare
from sunmao.releases.composing import compose
from sunmao.releases.models import Release
from tests.fixtures import Cast

TASK = "customer_service.ask"


def _serving(cast: Cast) -> Release:
    with tenancy.scope(cast.hemu.pk):
        return Release.objects.get(vertical="customer_service", task="ask", state="serving")


def test_the_seeded_release_pins_the_tools_of_its_task(cast: Cast) -> None:
    assert _serving(cast).tools == pins.offered(find_task(TASK)[1])
    assert set(_serving(cast).tools) == {
        "calculate", "dates", "mark_reviewed", "query_data", "read_document", "search_knowledge",
    }  # fmt: skip


@pytest.mark.parametrize("change", ["an argument", "the effect", "the right"])
def test_the_shape_follows_what_a_tool_takes_and_does(change: str) -> None:
    tool = tools()["calculate"]
    other: dict[str, Any] = {"the effect": {"effect": "write"}, "the right": {"permission": "jobs.job.read"}}

    def calculate(context: Any, *, expression: str, digits: int = 2) -> str:
        """A sum.

        :param expression: what is to be reckoned
        """
        return ""

    changed = replace(tool, **other.get(change, {"work": calculate}))
    assert pins.shape_of(changed) != pins.shape_of(tool)
    assert pins.shape_of(replace(tool, timeout=99)) == pins.shape_of(tool)


def test_a_tool_that_changed_stands_in_what_changed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _serving(cast)
    known = dict(tools())
    known["calculate"] = replace(known["calculate"], effect="write")
    del known["dates"]
    monkeypatch.setattr(pins, "tools", lambda: known)
    new = compose(actor=cast.lin.actor, task_name=TASK)
    with tenancy.scope(cast.hemu.pk):
        told = [one for one in compare(old=old, new=new)["plain"] if one["name"].startswith("tools.")]
    assert told == [
        {"name": "tools.calculate", "before": old.tools["calculate"], "after": new.tools["calculate"]},
        {"name": "tools.dates", "before": old.tools["dates"], "after": None},
    ]
    assert new.tools["calculate"] != old.tools["calculate"]
    shown = cast.lin.client.get(f"/console/releases/release/{new.pk}/change/")
    assert shown.status_code == 200
    assert "calculate" in shown.content.decode()
