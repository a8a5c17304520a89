"""`manage.py prompts …`: the whole life of a prompt, as JSON and as tables."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sunmao.evaluation.playground import working
from sunmao.prompts import cases, editing
from sunmao.prompts.models import Prompt
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.inference.strategies.ruled import Ruled

SOURCE = "---\nlanguage: en\nvariables: [question]\n---\nAnswer in one word: {{ question }}\n"
LOUD = SOURCE.replace("Answer", "SHOUT")
NAME = "test.capital:en"


@pytest.fixture
def prompt(cast: Cast) -> Prompt:
    return editing.create(actor=cast.lin.actor, slug="test.capital", language="en", source=SOURCE).prompt


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Ruled:
    made = Ruled(lambda request: "PARIS" if "SHOUT" in request.conversation[-1].content else "Paris")
    monkeypatch.setattr(working, "engine_named", lambda name: made)
    return made


def _told(*arguments: str, json_: bool = True) -> str:
    out = io.StringIO()
    call_command(
        "prompts", "--org", "hemu", "--as", "lin", *(["--json"] if json_ else []), *arguments, stdout=out
    )
    return out.getvalue()


def _said(*arguments: str) -> Any:
    return json.loads(_told(*arguments))


def _file(folder: Path, text: str) -> str:
    file = folder / "prompt.md"
    file.write_text(text)
    return str(file)


def test_a_text_is_saved_shown_compared_and_gone_back_to(cast: Cast, prompt: Prompt, tmp_path: Path) -> None:
    assert _said("save", NAME, _file(tmp_path, LOUD), "--note", "louder")["number"] == 2
    assert "test.capital" in [one["slug"] for one in _said("list")["prompts"]]
    assert (_said("show", NAME)["source"], _said("show", NAME, "--number", "1")["source"]) == (LOUD, SOURCE)
    pieces = _said("diff", NAME, "1", "2")["pieces"]
    assert [one["text"] for one in pieces if one["op"] == "added"] == ["SHOUT"]
    assert "[-Answer-]{+SHOUT+}" in _told("diff", NAME, "1", "2", json_=False)
    assert _said("restore", NAME, "1")["number"] == 1
    assert _told("show", NAME, json_=False).strip() == SOURCE.strip()
    assert "prompt.restored" in verbs_of(cast.hemu)


def test_a_score_is_told_with_its_five_parts_before_anything_is_saved(
    cast: Cast, prompt: Prompt, tmp_path: Path
) -> None:
    before = state_of(cast.hemu)
    shown = _said("score", _file(tmp_path, LOUD))
    assert [one["weight"] for one in shown["score"]["parts"]] == [0.3, 0.25, 0.2, 0.15, 0.1]
    broken = _said("score", _file(tmp_path, SOURCE.replace("{{ question }}", "{{ nobody }}")))
    assert broken["problems"]
    assert state_of(cast.hemu) == before


def test_versions_are_tried_side_by_side(cast: Cast, prompt: Prompt, engine: Ruled, tmp_path: Path) -> None:
    _said("save", NAME, _file(tmp_path, LOUD))
    given = ["--number", "1", "--number", "2", "--engine", "openai", "--here"]
    shown = _said("try", NAME, *given, "--input", '{"question": "The capital of France?"}')
    assert [(one["version"], one["text"]) for one in shown["cells"]] == [(1, "Paris"), (2, "PARIS")]


def test_cases_are_run_when_nothing_is_given(cast: Cast, prompt: Prompt, engine: Ruled) -> None:
    cases.save_case(
        actor=cast.lin.actor, prompt=prompt, name="France", inputs={"question": "The capital of France?"},
        checks=[{"kind": "contains", "value": "Paris"}],
    )  # fmt: skip
    (cell,) = _said("try", NAME, "--engine", "openai", "--here")["cells"]
    assert (cell["case"], cell["passed"]) == ("France", True)


def test_what_was_exported_can_be_taken_in(cast: Cast, prompt: Prompt, tmp_path: Path) -> None:
    exported = _said("export", NAME)
    exported["slug"] = "test.copy"
    file = tmp_path / "copy.json"
    file.write_text(json.dumps(exported))
    assert _said("import", str(file))["number"] == 1
    assert _said("show", "test.copy:en")["source"] == SOURCE


def test_a_name_that_is_none_is_told_and_nothing_changes(cast: Cast, prompt: Prompt) -> None:
    before = state_of(cast.hemu)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(
            "prompts", "--org", "hemu", "--as", "lin", "--json", "show", "test.nobody:en", stdout=out
        )
    assert json.loads(out.getvalue())["error"]["code"] == "unknown_prompt"
    assert state_of(cast.hemu) == before
