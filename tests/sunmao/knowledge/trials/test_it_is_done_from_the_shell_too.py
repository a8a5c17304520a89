from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sunmao.knowledge.models import Document
from tests.fixtures import Ask, Cast, Ingest
from tests.sunmao.knowledge.trials.shelf import OUTSIDE, PETS, POLICY, passage_of

WHO = ("--org", "hemu", "--as", "zhou", "--json")


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


def _said(name: str, *arguments: str) -> Any:
    out = StringIO()
    call_command(name, *WHO, *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_a_question_is_tried_saved_and_run(cast: Cast, policy: Document, tmp_path: Path) -> None:
    tried = _said("trials", "try", PETS, "--base", "customer-service")
    assert (tried["accepted"], tried["hits"][0]["passage"]["label"]) == (True, "Wear")
    passage = str(passage_of(policy, "a cat or a dog").pk)
    saved = _said("trials", "save", PETS, "--passage", passage)
    assert [one["id"] for one in _said("trials", "cases", "--base", "customer-service")["cases"]] == [
        saved["id"]
    ]
    run = _said("trials", "run", "--base", "customer-service", "--here")
    assert (run["state"], run["figures"]["mrr"]) == ("succeeded", 1.0)
    lines = tmp_path / "set.jsonl"
    lines.write_text(f'{{"question": "{OUTSIDE}"}}\nno json\n', encoding="utf-8")
    second = _said("trials", "run", "--base", "customer-service", "--file", str(lines), "--here")
    assert (second["figures"]["refused"], second["wrong"]) == (1, [{"line": 2, "code": "not_json"}])
    assert len(_said("trials", "runs", "--base", "customer-service")["runs"]) == 2
    assert _said("trials", "show", run["id"])["results"][0]["rank"] == 1
    assert _said("trials", "remove", saved["id"]) == {"removed": [saved["id"]]}


def test_a_table_is_printed_for_people(cast: Cast, policy: Document) -> None:
    out = StringIO()
    call_command("trials", *WHO[:-1], "try", PETS, "--base", "customer-service", stdout=out)
    assert "Wear" in out.getvalue()


def test_who_may_not_is_told(cast: Cast, policy: Document) -> None:
    with pytest.raises(CommandError, match="unknown_base"):
        call_command("trials", "--org", "hemu", "--as", "mei", "try", PETS, "--base", "customer-service")


def test_unanswered_questions_are_sorted(cast: Cast, policy: Document, ask: Ask) -> None:
    ask(cast.mei.actor, OUTSIDE)
    assert _said("unanswered", "mine", "--here")["state"] == "succeeded"
    (cluster,) = _said("unanswered", "list", "--state", "open")["clusters"]
    assert cluster["label"] == OUTSIDE
    assert [one["question"] for one in _said("unanswered", "show", cluster["id"])["questions"]] == [OUTSIDE]
    done = _said("unanswered", "set", cluster["id"], "dismissed", "--note", "no physics here")
    assert (done["state"], done["note"]) == ("dismissed", "no physics here")
