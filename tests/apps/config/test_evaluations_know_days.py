"""`evaluate … --as-of DAY` asks a base in which each passage is in force on its own days."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from apps.config.evaluation.base import in_force
from apps.config.evaluation.material import passages
from sunmao.core.errors import InvalidInput

WINTER, SPRING = date(2026, 2, 28), date(2026, 3, 1)
OLD = {"doc_id": "商店条例第三条", "text": "退货期限为七日，自收到商品起算。"}
NEW = {
    "doc_id": "商店条例第三条",
    "text": "退货期限为十五日，自收到商品起算。",
    "effective_from": "2026-03-01",
}
LATE = {"doc_id": "保修条例第一条", "text": "家具的保修期为三年。", "effective_from": "2026-03-01"}
SHORT = {"doc_id": "促销办法第二条", "text": "满千元减一百元。", "effective_until": "2026-02-28"}


def _file(folder: Path, name: str, rows: list[dict[str, Any]]) -> str:
    file = folder / name
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return str(file)


def test_on_each_day_one_passage_of_an_id_is_in_force(tmp_path: Path) -> None:
    given = passages([_file(tmp_path, "p.jsonl", [OLD, NEW, LATE, SHORT])])
    assert [one.unit.text for one in in_force(given, WINTER)] == [OLD["text"], SHORT["text"]]
    assert [one.unit.text for one in in_force(given, SPRING)] == [NEW["text"], LATE["text"]]


def test_of_undated_passages_with_one_id_the_first_counts(tmp_path: Path) -> None:
    given = passages([_file(tmp_path, "p.jsonl", [OLD, {**OLD, "text": "另一个文本。"}])])
    assert [one.unit.text for one in given] == [OLD["text"]]


@pytest.mark.parametrize("day", ["1 March", "2026-02-30", 20260301])
def test_what_is_no_day_is_refused(tmp_path: Path, day: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        passages([_file(tmp_path, "p.jsonl", [{**OLD, "effective_until": day}])])
    assert "effective_until" in refused.value.fields


def _evaluate(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "manage.py", "evaluate", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_questions_are_asked_on_the_day(tmp_path: Path) -> None:
    returns = {"question": "退货期限是几日？", "relevant": ["商店条例第三条"]}
    warranty = {"question": "家具的保修期是几年？", "relevant": ["保修条例第一条"]}
    files = (
        "--passages", _file(tmp_path, "p.jsonl", [OLD, NEW, LATE, SHORT]),
        "--queries", _file(tmp_path, "q.jsonl", [returns, warranty]),
    )  # fmt: skip
    winter = _evaluate("retrieval", *files, "--as-of", "2026-02-28")
    assert (winter["as_of"], winter["passages"], winter["n"]) == ("2026-02-28", 2, 1)
    assert winter["systems"]["default"]["recall@1"] == 1.0
    spring = _evaluate("answers", *files, "--as-of", "2026-03-01")
    told = spring["sets"].popitem()[1]
    assert (spring["as_of"], spring["passages"], told["n"]) == ("2026-03-01", 2, 2)
    assert told["default"]["citation_recall"] == 1.0
