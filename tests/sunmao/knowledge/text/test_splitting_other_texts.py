from __future__ import annotations

import pytest

from sunmao.knowledge.text.parsing import Parsed
from sunmao.knowledge.text.splitting import split
from tests.sunmao.knowledge.text import files


def shapes(text: str, title: str = "测试") -> list[tuple[str, str, tuple[str, ...], str]]:
    parsed = files.markdown(text, title)
    found = split(parsed).units
    assert all(parsed.text[unit.start : unit.end] == unit.text for unit in found)
    return [(unit.kind, unit.label, unit.heading_path, unit.text) for unit in found]


def test_sections_carry_their_headings_in_the_path() -> None:
    assert shapes("# 手册\n前言。\n## 请假\n先申请。\n### 年假\n五天。\n## 报销\n凭票。", "手册") == [
        ("section", "手册", (), "前言。"),
        ("section", "请假", ("请假",), "先申请。"),
        ("section", "年假", ("请假", "年假"), "五天。"),
        ("section", "报销", ("报销",), "凭票。"),
    ]


def test_a_comment_in_a_code_fence_is_no_heading() -> None:
    assert [
        label for _, label, _, _ in shapes("# 安装\n```\n# 注释\npip install x\n```\n# 使用\n运行。")
    ] == ["安装", "使用"]


def test_a_long_section_is_cut_at_paragraphs() -> None:
    paragraph = "甲" * 299 + "。"
    found = shapes("# 长\n" + "\n\n".join([paragraph] * 4), "别的")
    assert [len(text) for _, _, _, text in found] == [602, 602]
    assert {path for _, _, path, _ in found} == {("长",)}


def test_each_row_of_a_table_is_a_unit_under_its_header() -> None:
    text = (
        "# 价目\n说明。\n\n| 产品 | 费率 |\n|---|---|\n| 稳健一号 | 0.5% |\n| 进取二号 | 1.2% |\n\n以上含税。"
    )
    assert shapes(text) == [
        ("section", "价目", ("价目",), "说明。"),
        ("table_row", "稳健一号", ("价目", "产品 | 费率"), "| 稳健一号 | 0.5% |"),
        ("table_row", "进取二号", ("价目", "产品 | 费率"), "| 进取二号 | 1.2% |"),
        ("section", "价目", ("价目",), "以上含税。"),
    ]


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("Chinese marks", "问：能退货吗？\n答：七天内可以。\n\n问：运费谁付？\n答：卖家付。\n附上凭证。"),
        ("English marks", "Q: 能退货吗？\nA: 七天内可以。\nQ2: 运费谁付？\nA2: 卖家付。\n附上凭证。"),
        (
            "bold marks",
            "**问：** 能退货吗？\n\n**答：** 七天内可以。\n\n"
            "**问：** 运费谁付？\n\n**答：** 卖家付。\n附上凭证。",
        ),
        ("headings that ask", "## 1. 能退货吗？\n七天内可以。\n## 2. 运费谁付？\n卖家付。\n附上凭证。"),
        ("one line each", "问：能退货吗？答：七天内可以。\n问：运费谁付？ 答：卖家付。\n附上凭证。"),
    ],
)
def test_questions_become_labels_and_answers_texts(case: str, text: str) -> None:
    assert [(kind, label, said) for kind, label, _, said in shapes(text)] == [
        ("qa", "能退货吗？", "七天内可以。"),
        ("qa", "运费谁付？", "卖家付。\n附上凭证。"),
    ], case


def test_what_stands_around_the_questions_is_kept() -> None:
    text = "# 常见问题\n更新于五月。\n## 售后\n问：能退吗？\n答：能。\n问：多久到账？\n答：三天。"
    assert shapes(text, "常见问题") == [
        ("section", "常见问题", (), "更新于五月。"),
        ("qa", "能退吗？", ("售后",), "能。"),
        ("qa", "多久到账？", ("售后",), "三天。"),
    ]


def test_text_without_structure_is_packed_at_sentence_borders_with_overlap() -> None:
    sentence = "这一句话连同句号一共是二十个字符长短。"
    parsed = Parsed(text=sentence * 60, title="t", media_type="text/plain")
    found = split(parsed).units
    assert {unit.kind for unit in found} == {"paragraph"}
    assert all(len(unit.text) <= 500 and unit.text.endswith("。") for unit in found)
    overlaps = [before.end - after.start for before, after in zip(found, found[1:], strict=False)]
    assert overlaps == [2 * len(sentence)] * len(overlaps)
    assert 0 < overlaps[0] <= 50
    assert (found[0].start, found[-1].end) == (0, len(parsed.text))


def test_an_endless_sentence_is_cut_by_force() -> None:
    found = split(Parsed(text="字" * 1200, title="t", media_type="text/plain")).units
    assert [len(unit.text) for unit in found] == [500, 500, 200]


def test_headings_alone_are_still_a_text() -> None:
    assert [text for _, _, _, text in shapes("# 甲\n# 乙\n", "丙")] == ["# 甲\n# 乙"]


def test_no_word_outside_headings_is_lost() -> None:
    text = "开头。\n# 一\n甲。\n\n- 乙\n- 丙\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n# 二\n```\ncode\n```\n尾声"
    kept = "".join(said for _, _, _, said in shapes(text))
    assert [word for word in ("开头", "甲", "乙", "丙", "1", "2", "code", "尾声") if word not in kept] == []
