"""Texts that were made to be slow, or to be nothing: the rules end, and soon."""

from __future__ import annotations

import random
import time
from datetime import date

import pytest

from verticals.contract_review.domain import review, shipped

LENGTH = 9_000
WORDS = (
    "甲方", "乙方", "因", "违约金", "逾期", "不", "承担", "每日", "5%", "，", "放弃", "抵押", "归",
    "仲裁", "法院", "（", "）", "定金", "1", "租金", "保密", "免除", "12个月", "2026年1月1日", "起诉",
)  # fmt: skip


def _mixed() -> str:
    chosen = random.Random(4)  # noqa: S311  the same text every time
    return "".join(chosen.choice(WORDS) for _ in range(LENGTH // 2))


ENDLESS = {
    "rates": "每日5%" * (LENGTH // 4),
    "labels": "甲方" * (LENGTH // 2),
    "brackets": "(" * LENGTH,
    "causes": "因甲方" * (LENGTH // 3),
    "pledges": "抵押" * (LENGTH // 2),
    "numerals": "一" * LENGTH,
    "digits": "1" * LENGTH,
    "denials": "不得违约金" * (LENGTH // 5),
    "annexes": "附件一" * (LENGTH // 3),
    "lines": "\n" * LENGTH,
    "everything": _mixed(),
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_sentence_without_an_end_is_paid_for_once(text: str) -> None:
    began = time.process_time()
    told = review(text, as_of=date(2026, 11, 22), parameters=shipped(), whole=True)
    assert time.process_time() - began < 6
    assert all(0 <= span.start <= span.end <= len(text) for one in told.findings for span in one.spans)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "。", "（", "第一条", "\u200b", "🙂" * 50])
def test_what_says_nothing_breaks_nothing(text: str) -> None:
    told = review(text, as_of=date(2026, 11, 22), parameters=shipped())
    assert told.whole is False
    assert [one.rule for one in told.findings if one.score >= 40] == []
