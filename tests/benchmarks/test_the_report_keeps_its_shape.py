from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from apps.config.bench.baseline import NotABaseline, changes, earlier_medians
from apps.config.bench.report import SCHEMA, Case, InvalidRow, Report
from apps.config.bench.verdict import at_most, judge

FIGURES = {
    "n": 30,
    "recall": 1.0,
    "nret": 10.0,
    "p50": 1.0,
    "p95": 2.0,
    "p99": 3.0,
    "qps": 900.0,
    "cpu_us": 800.0,
}


def _report() -> Report:
    report = Report(env={"cores": 2}, run_id="a run")
    report.add(
        cases=[Case(id="dense", params={"rows": 1_000}, **FIGURES)],
        ratios=[judge("speed", num="ours", den="rival", values=[0.05, 0.05, 0.05], goal=at_most(0.1))],
    )
    report.skip("peer:chroma", "not installed")
    return report


def test_its_json_is_a_promise() -> None:
    told = json.loads(json.dumps(_report().as_dict()))
    assert told["schema"] == SCHEMA == "sunmao.bench/1"
    assert list(told) == ["schema", "env", "run_id", "cases", "ratios", "skipped"]
    assert list(told["cases"][0]) == ["id", "params", *FIGURES]
    assert set(told["ratios"][0]) == {"id", "num", "den", "median", "lo", "hi", "goal", "pass", "verdict"}
    assert told["skipped"] == [{"id": "peer:chroma", "reason": "not installed"}]


@pytest.mark.parametrize("recall", [math.nan, -0.1, 1.1])
def test_a_latency_without_recall_is_no_row(recall: float) -> None:
    with pytest.raises(InvalidRow):
        Case(id="dense", params={}, **{**FIGURES, "recall": recall})


def test_an_earlier_run_is_shown_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "earlier.json"
    earlier = _report().as_dict()
    earlier["ratios"][0]["median"] = 0.025
    file.write_text(json.dumps(earlier), encoding="utf-8")
    assert changes(_report(), earlier_medians(file)) == {"speed": {"then": 0.025, "now": 0.05, "change": 2.0}}


@pytest.mark.parametrize("content", ["no json", "[]", '{"schema": "sunmao.bench/0", "ratios": []}'])
def test_another_file_is_no_baseline(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NotABaseline):
        earlier_medians(file)
