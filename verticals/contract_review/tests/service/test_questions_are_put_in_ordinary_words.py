"""Questions over seven contracts: the clause that answers comes first; what none answers is refused."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from verticals.contract_review.domain.segments import clauses
from verticals.contract_review.service.finding_clauses import ranked
from verticals.contract_review.service.topics import asked, topics
from verticals.contract_review.tests.asked import tally


@pytest.mark.parametrize(
    ("half", "asked", "found", "absent", "refused"), [("learn", 60, 59, 18, 16), ("kept", 26, 26, 8, 7)]
)
def test_the_clause_that_answers_comes_first(
    half: str, asked: int, found: int, absent: int, refused: int
) -> None:
    told = tally(half)
    assert (told.asked, told.absent) == (asked, absent)
    assert told.found >= found, told.missed
    assert told.refused >= refused, told.invented


CONTRACT = (
    "服务合同\n第一条 付款\n甲方每月5日前付款。\n第二条 保密\n双方对商业秘密负有保密义务。\n第三条 其他\n无。"
)


@pytest.mark.parametrize(
    ("_case", "question", "first"),
    [
        ("the word of the contract", "谁负责保密？", "第二条"),
        ("other words", "哪一方不能泄密？", "第二条"),
        ("English words about a Chinese contract", "Who has to keep secrets?", "第二条"),
        ("a topic that no clause has", "保险谁买？", ""),
        ("a word that no clause has, beside a topic that one has", "月球基地的租用费用付款？", ""),
        ("only politeness", "请问一下？", ""),
        ("nothing but blanks and signs", " ？！", ""),
    ],
)
def test_a_question_finds_its_clause_or_none(_case: str, question: str, first: str) -> None:
    found = ranked(question, CONTRACT, [asdict(one) for one in clauses(CONTRACT)])
    assert [one["text"][:3] for one in found[:1]] == ([first] if first else [])


def test_titles_and_bare_headings_answer_nothing() -> None:
    text = "租赁合同\n第一条 租金\n1.1 每月8000元。\n1.2 每季支付。"
    found = ranked("租金多少钱？", text, [asdict(one) for one in clauses(text)])
    assert [one["id"] for one in found][:1] == ["第一条.1.1"]
    assert {one["kind"] for one in found} == {"clause"}


def test_words_that_name_a_topic_are_not_counted_twice() -> None:
    told = asked("谁负责保密？")
    assert ([one.name for one in told.topics], told.rest) == (["confidential"], "谁负责  ？")


def test_every_topic_is_asked_by_words_that_its_clauses_do_not_need() -> None:
    assert len(topics()) > 60
    assert all(not one.ask.search("") and not one.says.search("") for one in topics())
