from __future__ import annotations

import shutil
from pathlib import Path

from verticals.contract_review.evaluation import AUTHORED, ContractsEvaluation


def test_a_set_that_was_spent_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    shutil.copy(AUTHORED / "dev" / "labour-delivery-rider.toml", tmp_path / "dev")
    (tmp_path / "clauses" / "strangers" / "held").mkdir(parents=True)
    clause = '[CN-G-27]\nbreaks = []\nlawful = ["双方每季度对账一次。"]\n'
    (tmp_path / "clauses" / "strangers" / "held" / "a.toml").write_text(clause, encoding="utf-8")

    told = ContractsEvaluation().run({"authored": tmp_path, "data": tmp_path, "seed": 1})

    assert {
        what: {part: row["n"] for part, row in told.data[what].items()} for what in ("authored", "clauses")
    } == {
        "authored": {"dev": 1},
        "clauses": {"strangers/held": 1},
    }
    assert told.tables[-1].header == ("rule", "authored dev", "clauses strangers/held")
