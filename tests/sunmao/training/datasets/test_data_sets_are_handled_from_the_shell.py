from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of


def _said(*words: str, by: str = "bao") -> Any:
    out = io.StringIO()
    call_command("dataset", *words, "--org", "hemu", "--as", by, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_a_set_goes_from_a_file_to_an_approved_version_and_out_again(
    cast: Cast, engineer: Any, reviewer: Any, tmp_path: Path
) -> None:
    file, functions = tmp_path / "intents.csv", tmp_path / "functions.json"
    lines = [f"{label} about order {n * 7919},{label}" for n in range(20) for label in ("refund", "delivery")]
    file.write_text("\n".join(["question,intent", *lines, lines[0].upper()]), encoding="utf-8")
    functions.write_text('[{"name": "r", "kind": "keyword", "label": "refund", "words": ["refund"]}]')
    columns = ("--column", "text=question", "--column", "label=intent")

    assert _said("create", "intents", "--kind", "classification")["version"] == 1
    assert _said("import", "intents", str(file), *columns, "--dry-run")["examples"] == 41
    assert _said("import", "intents", str(file), *columns, "--here")["found"]["added"] == 41
    assert _said("clean", "intents", "--with", '{"near": null}', "--here")["found"]["removed"] == 2
    assert _said("label", "intents", "--functions", str(functions), "--here")["state"] == "succeeded"
    assert _said("split", "intents", "--seed", "3", "--here")["settings"]["seed"] == 3
    assert _said("mask", "intents", "--here")["state"] == "succeeded"
    assert _said("check", "intents", "--leaks", "joined", "--here")["state"] == "succeeded"
    assert _said("check", "intents", "--here")["found"]["parts"] == 0
    assert _said("stats", "intents")["examples"] == 39
    assert _said("freeze", "intents", "--note", "first")["state"] == "frozen"
    assert _said("approve", "intents@1", by="rui")["state"] == "approved"
    out = tmp_path / "out.csv"
    call_command(
        "dataset", "export", "intents@1", "--org", "hemu", "--as", "bao", "--format", "csv", "--to", str(out)
    )
    assert len(out.read_text().splitlines()) == 40
    assert _said("restore", "intents@1")["number"] == 2
    assert _said("diff", "intents@1", "intents@2")["same"] == 39
    assert _said("retire", "intents@1")["state"] == "retired"
    assert [one["slug"] for one in _said("list")["datasets"]] == ["intents"]


def test_a_wrong_line_is_told_by_its_number(
    cast: Cast, engineer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.jsonl"
    file.write_text('{"text": "a", "label": "b"}\n{"text": 1}\n', encoding="utf-8")
    _said("create", "intents", "--kind", "classification")

    out = io.StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command(
            "dataset", "import", "intents", str(file), "--here", "--org", "hemu", "--as", "bao", "--json",
            stdout=out,
        )  # fmt: skip

    told = json.loads(out.getvalue())
    assert (told["state"], list(told["found"]["wrong"])) == ("failed", ["line 2"])
    assert _said("stats", "intents")["examples"] == 0


def test_a_file_that_is_not_there_is_told_so(cast: Cast, engineer: Any, tmp_path: Path) -> None:
    _said("create", "intents", "--kind", "classification")
    before = state_of(cast.hemu)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(
            "dataset", "import", "intents", str(tmp_path / "none.jsonl"), "--org", "hemu", "--as", "bao",
            "--json", stdout=out,
        )  # fmt: skip
    assert json.loads(out.getvalue())["error"]["code"] == "file_missing"
    assert state_of(cast.hemu) == before
