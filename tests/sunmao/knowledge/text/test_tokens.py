from __future__ import annotations

import pytest

from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.politeness import OPENINGS, QUESTION_WORDS
from sunmao.knowledge.text.tokens import query_tokens, tokens


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("characters and adjacent pairs", "违约金", ["违", "约", "金", "违约", "约金"]),
        ("no pair across punctuation", "甲，乙", ["甲", "乙"]),
        ("a single character", "税", ["税"]),
        ("English stems without function words", "The contracts were terminated", ["contract", "termin"]),
        ("possessive", "the patient’s rights", ["patient", "right"]),
        ("numbers whole", "共1,200.50元", ["共", "1200.50", "元"]),
        ("a letter with a number", "维生素B12", ["维", "生", "素", "维生", "生素", "b12"]),
        ("full-width forms", "ＡＰＰ１２３", ["app123"]),
        ("percentages", "5%", ["5"]),
        ("nothing", " ，。", []),
    ],
)
def test_text_becomes_index_tokens(case: str, text: str, expected: list[str]) -> None:
    assert tokens(text) == expected, case


@pytest.mark.parametrize(
    ("case", "question", "expected"),
    [
        ("politeness and question words go", "您好，请问违约金怎么办？", ["违", "约", "金", "违约", "约金"]),
        ("a particle goes", "合法吗", ["合", "法", "合法"]),
        ("the same syllable in a name stays", "吗啡", ["吗", "啡", "吗啡"]),
        ("English question words go", "What is an IRA?", ["ira"]),
        ("nothing else left", "怎么办", ["怎", "么", "办", "怎么", "么办"]),
    ],
)
def test_questions_lose_what_says_nothing(case: str, question: str, expected: list[str]) -> None:
    assert query_tokens(question) == expected, case


def test_the_longest_filler_wins() -> None:
    assert query_tokens("保理是什么意思") == ["保", "理", "保理"]


def test_the_list_of_fillers_holds_no_duplicates() -> None:
    fillers = [*OPENINGS, *QUESTION_WORDS]
    assert len(fillers) == len(set(fillers)) > 80


@pytest.mark.parametrize(
    ("case", "text", "language"),
    [
        ("Chinese", "违约金过高怎么办", "zh"),
        ("English", "What is a penalty clause?", "en"),
        ("Chinese with product names", "iPhone 15 Pro Max 保修多久", "zh"),
        ("English with one term", "The principle of 诚信 governs the performance of contracts", "en"),
        ("no letters", "123 ???", "en"),
    ],
)
def test_the_language_follows_the_share_of_chinese_characters(case: str, text: str, language: str) -> None:
    assert language_of(text) == language, case
