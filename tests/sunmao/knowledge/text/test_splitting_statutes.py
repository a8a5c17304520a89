from __future__ import annotations

import re

import pytest

from sunmao.knowledge.text.parsing import PageSpan, Parsed, parse
from sunmao.knowledge.text.splitting import Unit, split
from tests.sunmao.knowledge.text import files, reference

LAW = """# 测试法

2020年1月1日通过

## 第一章　总则

第一条　为了测试，制定本法。

第二条　适用本法第三条
第三款规定的，从其规定。

（一）甲；

### 第一节 细则

本节引言。

第十七条之一　插入的条。

## 附则

第十八条　施行。
"""


def units(text: str, title: str = "测试法") -> list[tuple[str, str, tuple[str, ...], str]]:
    found = split(files.markdown(text, title)).units
    return [(unit.kind, unit.label, unit.heading_path, unit.text) for unit in found]


def test_articles_stand_under_their_chapters_and_nothing_between_is_lost() -> None:
    assert units(LAW) == [
        ("section", "测试法", (), "2020年1月1日通过"),
        ("article", "第一条", ("第一章 总则",), "第一条　为了测试，制定本法。"),
        (
            "article",
            "第二条",
            ("第一章 总则",),
            "第二条　适用本法第三条\n第三款规定的，从其规定。\n\n（一）甲；",
        ),
        ("section", "第一节 细则", ("第一章 总则", "第一节 细则"), "本节引言。"),
        ("article", "第十七条之一", ("第一章 总则", "第一节 细则"), "第十七条之一　插入的条。"),
        ("article", "第十八条", ("附则",), "第十八条　施行。"),
    ]


def test_plain_lines_serve_as_chapters_too() -> None:
    text = "第一编 总则\n第一章 基本规定\n第1条 甲。\n第２条 乙。\n第二章 自然人\n第三条 丙。\n附件：\n清单。"
    assert [(label, path) for _, label, path, _ in units(text, "测试法")] == [
        ("第一条", ("第一编 总则", "第一章 基本规定")),
        ("第二条", ("第一编 总则", "第一章 基本规定")),
        ("第三条", ("第一编 总则", "第二章 自然人")),
        ("附件：", ("附件：",)),
    ]


def test_traditional_characters_make_articles_too() -> None:
    text = "第一編 總則\n第一章 通則\n第一條 甲。\n第二節 細則\n第二條 乙。\n第三條之一 丙。"
    assert [(label, path) for _, label, path, _ in units(text, "測試法")] == [
        ("第一条", ("第一編 總則", "第一章 通則")),
        ("第二条", ("第一編 總則", "第一章 通則", "第二節 細則")),
        ("第三条之一", ("第一編 總則", "第一章 通則", "第二節 細則")),
    ]


@pytest.mark.parametrize(
    ("case", "line"),
    [
        ("wrapped reference", "第二条第一款规定的情形。"),
        ("wrapped enumeration", "第二条、第三条规定的情形。"),
        ("other number without a space", "第九条为了别的。"),
        ("a third person", "第三人应当承担责任。"),
        ("a category", "第二类是医疗器械。"),
    ],
)
def test_a_line_that_only_refers_opens_no_article(case: str, line: str) -> None:
    text = f"第一条 甲。\n{line}\n第二条 乙。\n第三条 丙。"
    assert [label for _, label, _, _ in units(text)] == ["第一条", "第二条", "第三条"], case


def test_articles_without_a_space_are_known_by_their_sequence() -> None:
    assert [label for _, label, _, _ in units("第一条为了甲。\n第二条乙方应当。\n第三条丙。")] == [
        "第一条",
        "第二条",
        "第三条",
    ]


def test_a_very_long_article_is_cut_at_sentences_and_keeps_its_label() -> None:
    text = "第一条 甲。\n第二条 " + "这句话正好有十二个字符。" * 250 + "\n第三条 丙。"
    long = [unit for unit in split(files.markdown(text)).units if unit.label == "第二条"]
    assert [unit.kind for unit in long] == ["article"] * len(long)
    assert len(long) == 3
    assert all(len(unit.text) <= 1500 and unit.text.endswith("。") for unit in long)
    assert "".join(unit.text for unit in long) == text.split("\n")[1]


def test_an_article_knows_the_page_it_starts_on() -> None:
    text = "第一条 甲。\n第二条 乙。\n第三条 丙。"
    pages = (PageSpan(1, 0, 10), PageSpan(2, 10, len(text)))
    parsed = Parsed(text=text, title="t", media_type="application/pdf", pages=pages)
    assert [unit.page for unit in split(parsed).units] == [1, 1, 2]


def test_the_civil_code_has_1260_articles_and_the_collection_4304() -> None:
    counts = {}
    for file in sorted(reference.path("laws_cn/docs").glob("*.md")):
        parsed = parse(name=file.name, data=file.read_bytes())
        found = split(parsed)
        assert all(parsed.text[unit.start : unit.end] == unit.text for unit in found.units)
        counts[file.stem] = found.counts["article"]
    assert counts["民法典"] == 1260
    assert (len(counts), sum(counts.values())) == (40, 4304)


def test_labels_bodies_and_chapters_agree_with_the_reference_records() -> None:
    expected: dict[tuple[str, str], dict[str, object]] = {
        (_short(record["law"]), record["article"]): record
        for record in reference.records("laws_cn/articles_core.jsonl")
    }
    found: dict[tuple[str, str], Unit] = {}
    for file in sorted(reference.path("laws_cn/docs").glob("*.md")):
        parsed = parse(name=file.name, data=file.read_bytes())
        found |= {(_short(parsed.title), u.label): u for u in split(parsed).units if u.kind == "article"}
    assert found.keys() == expected.keys()
    for key, unit in found.items():
        record = expected[key]
        assert _bare(unit.text) == _bare(f"{unit.label}{record['text']}"), key
        chapters = [part for part in record["path"] if part != record["law"]]  # type: ignore[attr-defined]
        assert _bare("".join(unit.heading_path)) in _bare("".join(chapters)), key


def _short(title: str) -> str:
    return title.replace("中华人民共和国", "")


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
