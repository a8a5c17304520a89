"""`manage.py task VERTICAL.TASK`: the same call as the API and the portal make."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.fixtures import Shop, state_of

QUESTION = "Who pays for return shipping of a large item?"
pytestmark = pytest.mark.usefixtures("worker_at_once")


def _task(shop: Shop, *arguments: str, name: str = "customer_service.ask") -> tuple[Any, str]:
    out = io.StringIO()
    acts = ["--org", shop.organisation.slug, "--as", shop.mei.user.username]
    try:
        call_command("task", name, *arguments, *acts, stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def test_the_result_is_json(shop: Shop) -> None:
    status, printed = _task(shop, "--input", json.dumps({"question": QUESTION}), "--json")
    told = json.loads(printed)
    assert (status, told["outcome"]) == (0, "answered")
    assert "80 yuan per large item" in told["output"]["text"]
    assert [cited["number"] for cited in told["citations"]][0] == 1
    assert told["timings"]["seconds"] > 0


def test_people_read_the_answer_with_its_sources(shop: Shop) -> None:
    status, printed = _task(shop, "--input", json.dumps({"question": QUESTION}))
    assert status == 0
    assert "80 yuan per large item" in printed
    assert "  [1] Hemu Home: returns, exchanges and refunds · Who pays for return shipping" in printed


def test_the_input_may_come_from_standard_input(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"question": QUESTION})))
    assert _task(shop, "--input", "-", "--json")[0] == 0


@pytest.mark.parametrize(
    ("case", "given", "name", "code"),
    [
        ("cut JSON", '{"question": ', "customer_service.ask", "invalid_json"),
        ("an empty question", '{"question": ""}', "customer_service.ask", "empty_input"),
        ("an unknown task", '{"question": "a"}', "customer_service.sing", "unknown_task"),
        ("an unknown base", '{"question": "a", "base": "x"}', "customer_service.ask", "unknown_base"),
    ],
)
def test_a_mistake_is_told_with_its_code(shop: Shop, case: str, given: str, name: str, code: str) -> None:
    before = state_of(shop.organisation)
    status, printed = _task(shop, "--input", given, "--json", name=name)
    assert (status, json.loads(printed)["error"]["code"]) == (1, code)
    with pytest.raises(CommandError, match=code):
        _task(shop, "--input", given, name=name)
    assert state_of(shop.organisation) == before


def test_a_batch_answers_line_by_line_and_keeps_the_order(shop: Shop, tmp_path: Path) -> None:
    lines = [
        json.dumps({"question": QUESTION}),
        "",
        "no json",
        '{"question": ""}',
        json.dumps({"question": QUESTION}),
    ]
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_text("\n".join(lines), encoding="utf-8")
    status, printed = _task(shop, "--batch", str(given), "--out", str(out))
    results = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert status == 0
    assert [one.get("outcome") or one["error"]["code"] for one in results] == [
        "answered",
        "invalid_json",
        "empty_input",
        "answered",
    ]
    assert "4 lines, 2 errors" in printed
