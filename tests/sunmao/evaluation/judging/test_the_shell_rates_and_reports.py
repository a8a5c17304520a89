"""The same from the shell: judges, rounds, reports, comparison, general ability. JSON out."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sunmao.evaluation.ability import cases
from sunmao.evaluation.judging import judges
from sunmao.inference.engine import GenerationRequest
from tests.fixtures import Cast
from tests.sunmao.evaluation.judging.conftest import MakeRun
from tests.sunmao.evaluation.judging.test_a_judge_is_held_against_people import fair
from tests.sunmao.inference.strategies.ruled import Ruled


def _told(*words: str, as_: str = "lin") -> dict[str, Any]:
    out = io.StringIO()
    call_command(*words, "--org", "hemu", "--as", as_, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_a_round_from_the_first_word_to_the_last(
    cast: Cast, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(judges, "engine_named", lambda name: Ruled(fair))
    run = make_run([f"Answer {number}{'!' * (number % 5)}" for number in range(24)])
    judge = _told("rate", "judge", "counter", "--engine", "openai")
    assert judge["gates"] == {"score": "judge_not_calibrated", "pairwise": "judge_not_calibrated"}
    round_ = _told("rate", "open", str(run.pk), "--title", "Grades", "--rater", "zhou", "--seed", "5")
    assert (round_["items"], round_["raters"]) == (24, ["zhou"])
    sheet = _told("rate", "sheet", round_["id"], as_="zhou")
    while sheet["item"]:
        grade = min(1 + sheet["answers"][0].count("!"), 5)
        sheet = _told("rate", "give", sheet["item"], str(grade), as_="zhou")
    closed = _told("rate", "close", round_["id"])
    assert (closed["state"], closed["figures"]["ratings"]) == ("closed", 24)
    assert _told("rate", "calibrate", "counter", round_["id"], "--here")["figures"]["kappa"] == 1.0
    (shown,) = _told("rate", "judges")["judges"]
    assert shown["gates"] == {"score": "", "pairwise": "judge_not_calibrated"}
    assert [one["id"] for one in _told("rate", "rounds")["rounds"]] == [round_["id"]]

    file = tmp_path / "report.xlsx"
    assert _told("suite", "export", str(run.pk), str(file))["size"] == file.stat().st_size > 0
    again = make_run(["Answer"] * 24)
    lines = _told("suite", "compare", str(again.pk), "--before", str(run.pk))["lines"]
    assert {one["name"]: one["before"] for one in lines}[lines[-1]["name"]] == 40.0


def test_questions_are_asked_from_a_file(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "questions.txt"
    file.write_text("Who is the king of the moon?\nAnd its queen?\n")
    told = _told(
        "suite", "ask", str(file), "--title", "Moon", "--release", "customer_service.ask@1", "--here"
    )
    assert (told["figures"]["cases"], {one["outcome"] for one in told["results"]}) == (2, {"unanswered"})


def test_ability_is_measured_with_what_an_adapter_forgot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = {case.prompt: "45" for case in cases() if case.id == "arithmetic-en-1"}

    def rule(request: GenerationRequest) -> str:
        return "gone" if request.adapter else known.get(request.prompt, "What a question that is.")

    monkeypatch.setattr(
        "sunmao.evaluation.ability.command.engine_named", lambda name: Ruled(rule, adapters=True)
    )
    out = io.StringIO()
    call_command("evaluate", "ability", "--engine", "openai", "--json", stdout=out)
    base = json.loads(out.getvalue())
    assert (base["figures"]["passed"], base["lost"], base["triggers"]) == (1, None, [])
    file = tmp_path / "before.json"
    file.write_text(out.getvalue())
    out = io.StringIO()
    call_command(
        "evaluate", "ability", "--engine", "openai", "--adapter", "planted", "--before", str(file), "--json",
        stdout=out,
    )  # fmt: skip
    assert json.loads(out.getvalue())["lost"]["worse"] == ["arithmetic-en-1"]
