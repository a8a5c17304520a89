"""The command itself, around a run that is given."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.config.bench.options import Options
from apps.config.bench.report import Case, Report
from apps.config.bench.verdict import at_most, judge
from apps.config.management.commands import bench

ENV = {"cores": 2, "seconds": 1.0, "cpu_seconds": 1.0, "load_before": [0.0], "load_after": [0.0]}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Report:
    report = Report(env=ENV, run_id="a run")
    case = Case(id="dense", params={}, n=3, recall=1, nret=10, p50=1, p95=1, p99=1, qps=1, cpu_us=1)
    report.add(cases=[case])

    def given(case: str, options: Options) -> Report:
        report.env = {**ENV, "rows": options.rows, "seed": options.seed, "peers": list(options.peers)}
        return report

    monkeypatch.setattr(bench, "run", given)
    return report


def _run(*arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("bench", *arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        return out.getvalue(), int(ended.code or 0)
    return out.getvalue(), 0


def _planted(found: Report, *values: float) -> None:
    found.add(ratios=[judge("speed", num="ours", den="rival", values=values, goal=at_most(0.1))])


def test_a_missed_goal_is_exit_code_1_and_is_named(found: Report) -> None:
    _planted(found, 0.5, 0.5, 0.5)
    out, code = _run()
    assert code == 1
    assert "speed" in out
    assert "fail" in out


def test_a_met_goal_and_an_unsteady_one_are_exit_code_0(found: Report) -> None:
    _planted(found, 0.05, 0.05, 0.05)
    _planted(found, 0.1, 0.5, 0.9)
    out, code = _run()
    assert code == 0
    assert "unsteady" in out


def test_json_goes_to_the_screen_and_to_a_file(found: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    out, _ = _run("--json", "--out", str(file))
    assert json.loads(out) == json.loads(file.read_text(encoding="utf-8"))


def test_quick_is_twenty_thousand_rows_unless_told_otherwise(found: Report) -> None:
    assert _env("--quick")["rows"] == 20_000
    assert _env("--quick", "--rows", "5000")["rows"] == 5_000
    assert _env()["rows"] == 100_000
    assert _env("--seed", "0")["seed"] == 0


def test_what_is_left_out_is_told(found: Report) -> None:
    found.skip("peer:chroma", "not installed")
    assert "peer:chroma (not installed)" in _run()[0]


def test_the_baseline_is_told_beside_it(found: Report, tmp_path: Path) -> None:
    _planted(found, 0.05, 0.05, 0.05)
    file = tmp_path / "earlier.json"
    file.write_text(json.dumps(found.as_dict()), encoding="utf-8")
    assert json.loads(_run("--json", "--baseline", str(file))[0])["baseline"]["speed"]["change"] == 1.0


@pytest.mark.parametrize(
    "arguments", [("--rounds", "2"), ("--rows", "10"), ("--peers", "nobody"), ("--baseline", "absent.json")]
)
def test_what_makes_no_sense_is_refused(found: Report, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        _run(*arguments)


def _env(*arguments: str) -> dict[str, Any]:
    env: dict[str, Any] = json.loads(_run("--json", *arguments)[0])["env"]
    return env
