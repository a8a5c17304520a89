from __future__ import annotations

import pytest

from sunmao.knowledge.text.sentences import is_list_item, sentences


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("Chinese marks", "甲。乙！丙？丁；戊", ["甲。", "乙！", "丙？", "丁；", "戊"]),
        ("closing quotes stay", "他说：“不行。”然后走了。", ["他说：“不行。”", "然后走了。"]),
        ("repeated marks", "真的吗？！是的……好", ["真的吗？！", "是的……", "好"]),
        ("English", "It ends. It starts! Really? Yes.", ["It ends.", "It starts!", "Really?", "Yes."]),
        (
            "titles and initials",
            "Dr. J. Smith of the U.S. Army came. He left.",
            ["Dr. J. Smith of the U.S. Army came.", "He left."],
        ),
        (
            "abbreviations",
            "See Fig. 2 and No. 5, e.g. this. Next.",
            ["See Fig. 2 and No. 5, e.g. this.", "Next."],
        ),
        ("decimals", "It costs 3.5 million. Paid.", ["It costs 3.5 million.", "Paid."]),
        (
            "a sentence never starts in lower case",
            "Made by acme.com inc. and sold.",
            ["Made by acme.com inc. and sold."],
        ),
        ("Latin stops in Chinese", "主要经口传染.粪便中有病毒.", ["主要经口传染.", "粪便中有病毒."]),
        ("a file name in Chinese", "见合同.docx的附件。", ["见合同.docx的附件。"]),
        ("headings", "# 标题。二\n正文。", ["# 标题。二", "正文。"]),
        (
            "list items",
            "- 第一。第二\n1. Buy. Sell.\n（一）甲；乙",
            ["- 第一。第二", "1. Buy. Sell.", "（一）甲；乙"],
        ),
        ("table rows", "| a。b | c |\n甲 | 乙。丙", ["| a。b | c |", "甲 | 乙。丙"]),
        ("a number is no list item", "3.5 is it. Yes.", ["3.5 is it.", "Yes."]),
        ("blank", " \n\n ", []),
    ],
)
def test_text_is_cut_into_sentences(case: str, text: str, expected: list[str]) -> None:
    found = sentences(text)
    assert [sentence.text for sentence in found] == expected, case
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in found)


def test_only_white_space_falls_between_sentences() -> None:
    text = "　甲。 乙！\n\n- 丙\n丁. E f. G"
    kept = "".join(sentence.text for sentence in sentences(text))
    assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("case", "line", "answer"),
    [("item", "（三）其他。", True), ("prose", "其他。", False), ("row", "a | b", True)],
)
def test_list_items_are_known(case: str, line: str, answer: bool) -> None:
    assert is_list_item(line) is answer, case


def test_a_long_numbered_paragraph_is_prose() -> None:
    text = "1. " + "这是一个比较长的句子。" * 30
    assert len(sentences(text)) == 30
