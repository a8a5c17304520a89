"""The rules hold when a drafter says the same in other words, other figures, other names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from verticals.contract_review.domain import review, shipped
from verticals.contract_review.domain.normal import normal
from verticals.contract_review.evaluation import ContractsEvaluation, authored

DEV = Path(__file__).parent / "authored" / "dev"
DIGITS = "零一二三四五六七八九"


def in_words(match: re.Match[str]) -> str:
    """A number below a hundred in Chinese."""
    tens, ones = divmod(int(match[1]), 10)
    if not tens:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def _replaced(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, by, text)


WORDS: dict[str, Callable[[str], str]] = {
    "late: 推迟": _replaced("迟延|逾期", "推迟"),
    "pay: 给付": _replaced("支付", "给付"),
    "bear: 负担": _replaced("承担", "负担"),
    "end: 终止": _replaced("解除", "终止"),
    "end: 解约": _replaced("解除(?:本)?(?:合同|协议)", "解约"),
    "need not: 不必": _replaced("无需|无须|毋须", "不必"),
    "give up: 不主张": _replaced("放弃", "不主张"),
    "penalty: 违约赔偿金": _replaced("违约金", "违约赔偿金"),
    "wage: 薪资": _replaced("工资", "薪资"),
    "rent: 租费": _replaced("租金", "租费"),
    "all: 一切": _replaced("全部", "一切"),
    "insurance: 社保": _replaced("社会保险", "社保"),
    "at once: 即刻": _replaced("立即", "即刻"),
    "percent in words": _replaced(r"(?<![\d.])(\d{1,2})%", lambda match: "百分之" + in_words(match)),
    "days in words": _replaced(
        r"(?<![\d.,年月-])(\d{1,2})(?=(?:日内|日前|日后|天|个月|个工作日|小时)(?!\d))(?<!月\d)(?<!月\d\d)",
        in_words,
    ),
}


def _in_other_words(folder: Path, say: Callable[[str], str], made: Path) -> Path:
    rows = []
    for name, row in authored.read(folder).items():
        clauses = [
            {key: say(value) if key in ("clean", "planted") else value for key, value in clause.items()}
            for clause in row["clause"]
        ]
        rows.append({**row, "name": name, "as_of": row["as_of"].isoformat(), "clause": clauses})
    made.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return made


def _figures(told: dict[str, Any]) -> tuple[float, float, list[Any], list[Any]]:
    return told["recall"], told["precision"], told["misses"], told["false_findings"]


@pytest.mark.slow
@pytest.mark.parametrize("say", WORDS.values(), ids=WORDS)
def test_contracts_are_read_alike_in_other_words(say: Callable[[str], str], tmp_path: Path) -> None:
    told = authored.contracts(_in_other_words(DEV, say, tmp_path / "contracts.json"))
    assert _figures(told) == (1.0, 1.0, [], [])


def test_a_party_may_be_called_by_the_short_name_that_its_head_defines() -> None:
    text = (
        "保洁合同\n甲方：云汀文旅有限公司（以下简称“云汀文旅”）\n乙方：禾川保洁有限公司（以下简称“禾川”）\n"
        "第一条 云汀文旅逾期付款的，按日百分之二支付违约金。\n第二条 禾川迟延到场的，不承担任何责任。"
    )
    read = normal(text)
    place = read.text.index("乙方迟延到场")
    span = read.back(place, place + 4)
    assert text[span.start : span.end] == "禾川迟延"
    assert "甲方逾期付款" in read.text
    assert "云汀文旅有限公司" in read.text
    told = review(text, as_of=date(2026, 11, 22), parameters=shipped(), contract_type="service")
    assert {"CN-G-01", "CN-G-02"} <= {one.rule for one in told.findings}


def test_what_is_quoted_is_what_stands_there_not_the_word_that_it_was_read_as() -> None:
    text = "承租人的租费迟交三天，出租人即有权解约并换锁。"
    told = review(text, as_of=date(2026, 11, 22), parameters=shipped(), contract_type="lease")
    (found,) = [one for one in told.findings if one.rule == "CN-L-09"]
    assert "租费" in "".join(text[span.start : span.end] for span in found.spans)
    assert "租金" not in "".join(text[span.start : span.end] for span in found.spans)


def _set_of(tmp_path: Path) -> Path:
    clauses = [
        {"clean": "设备买卖合同"},
        {"clean": "买方（甲方）：云汀商贸有限公司\n卖方（乙方）：禾川器械有限公司"},
        {
            "clean": "第一条 违约金过分高于损失的，可以依法请求调整。",
            "planted": "第一条 双方放弃请求调整违约金的权利。",
            "rules": ["CN-G-06"],
        },
        {
            "clean": "第二条 乙方应按约交货。",
            "planted": "第二条 此处没有可以找到的缺陷。",
            "rules": ["CN-G-12"],
        },
    ]
    row = {"name": "eins", "kind": "sale", "side": "甲方", "as_of": "2026-11-22", "clause": clauses}
    file = tmp_path / "others.json"
    file.write_text(json.dumps([row], ensure_ascii=False), encoding="utf-8")
    return file


def test_a_set_that_somebody_else_wrote_is_measured_alone_with_every_miss(tmp_path: Path) -> None:
    report = ContractsEvaluation().run({"authored": _set_of(tmp_path), "seed": 0, "data": None})
    assert (report.data["recall"], report.data["precision"]) == (0.5, 1.0)
    assert report.data["misses"] == [
        {"contract": "eins", "rule": "CN-G-12", "text": "第二条 此处没有可以找到的缺陷。"}
    ]
    assert [table.title for table in report.tables][1:] == ["per rule", "missed", "found and not planted"]
    assert report.tables[1].rows == [["CN-G-06", 1.0, 1.0, 1, 0, 0], ["CN-G-12", 0.0, "–", 0, 1, 0]]


def test_a_file_that_holds_no_contracts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="holds no contracts"):
        ContractsEvaluation().run({"authored": tmp_path / "no.json", "seed": 0, "data": None})
