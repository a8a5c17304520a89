"""What a text refers to and defines; what looks like it and is none."""

from __future__ import annotations

import pytest

from sunmao.knowledge.graph.rules import entities, place_of, references, work_key


@pytest.mark.parametrize(
    ("what", "text", "own", "found"),
    [
        ("its own law", "依照本法第五百八十五条的规定处理。", "", [("", "article:585")]),
        ("another law", "适用《中华人民共和国民法典》第五百八十六条。", "", [("民法典", "article:586")]),
        ("traditional characters", "依照本條例第三條至第五條和《公司法》第九條。", "",
         [("", "article:3"), ("", "article:4"), ("", "article:5"), ("公司法", "article:9")]),
        ("digits", "见《民法典》第585条。", "", [("民法典", "article:585")]),
        ("a note behind the title", "《劳动法(2018年修正)》第3条", "", [("劳动法", "article:3")]),
        ("several of one law", "《民法典》第三条、第四条和第九条", "",
         [("民法典", "article:3"), ("民法典", "article:4"), ("民法典", "article:9")]),
        ("a range", "依照本法第十条至第十三条执行", "",
         [("", "article:10"), ("", "article:11"), ("", "article:12"), ("", "article:13")]),
        ("an inserted article", "刑法修正：第二百九十一条之一规定", "", [("", "article:291-1")]),
        ("the article before", "前条规定的期限为三年。", "article:12", [("", "article:11")]),
        ("the two before", "前两条规定的情形除外。", "article:12", [("", "article:11"), ("", "article:10")]),
        ("the same law", "《公司法》第二条规定。同法第五条另有规定。", "",
         [("公司法", "article:2"), ("公司法", "article:5")]),
        ("its own heading is none", "第十条 当事人应当遵守第十一条。", "article:10", [("", "article:11")]),
        ("a paragraph of an article", "第八条第二款、第九条所称", "article:1",
         [("", "article:8"), ("", "article:9")]),
        ("an English section", "Deposits: see section 4.2 and clause 7.", "",
         [("", "section:4.2"), ("", "section:7")]),
        ("sections of a range's ends", "as in sections 2.1 to 2.3", "",
         [("", "section:2.1"), ("", "section:2.3")]),
        ("a sign", "as said in § 5.1", "", [("", "section:5.1")]),
        ("a Chinese section", "退货流程详见4.2节。", "", [("", "section:4.2")]),
        ("a decimal number is none", "利率为4.2%，共3条内容。", "", []),
        ("a heading alone is none", "Section 4.2 Deposits", "section:4.2", []),
    ],
)  # fmt: skip
def test_references(what: str, text: str, own: str, found: list[tuple[str, str]]) -> None:
    assert [(one.work, one.key) for one in references(text, own=own)] == found


def test_a_reference_says_where_it_stands() -> None:
    text = "当事人可以依照本法第七条请求赔偿。"
    (found,) = references(text)
    assert text[found.start : found.end] == "第七条"


@pytest.mark.parametrize(
    ("what", "label", "heading", "place"),
    [
        ("an article", "第五百八十五条", "第八章", "article:585"),
        ("an inserted one", "第十七条之一", "", "article:17-1"),
        ("a numbered heading", "", "4.2 Deposits", "section:4.2"),
        ("a clause", "Clause 7: Payment", "", "section:7"),
        ("a heading with words", "退货说明", "客户服务", ""),
        ("a year", "2024年报告", "", ""),
    ],
)
def test_places(what: str, label: str, heading: str, place: str) -> None:
    assert place_of(label, heading) == place


@pytest.mark.parametrize(
    ("what", "text", "found"),
    [
        ("a short form", "北京和木家居有限公司（以下简称“和木”）", [("term", "和木", True)]),
        ("a definition", "“不可抗力”是指不能预见的情况。", [("term", "不可抗力", True)]),
        ("an English definition", '"Force Majeure" means an event.', [("term", "force majeure", True)]),
        ("a defined party", 'Hemu Home Ltd (the "Seller") delivers.', [("term", "seller", True)]),
        ("a model number", "沙发 SF-2041 的保修期", [("model", "sf-2041", False)]),
        ("an authority", "向劳动争议仲裁委员会申请", [("organisation", "劳动争议仲裁委员会", False)]),
        ("nothing", "The sofa is red.", []),
    ],
)
def test_entities(what: str, text: str, found: list[tuple[str, str, bool]]) -> None:
    named = [(one.kind, one.key, one.defines) for one in entities(text)]
    assert [
        one for one in named if one[0] != "organisation" or not found or found[0][0] == "organisation"
    ] == found


def test_titles_are_known_by_how_they_are_cited() -> None:
    assert work_key("中华人民共和国民法典") == work_key("《民法典》") == "民法典"
    assert work_key("《劳动争议仲裁办法（试行）》") == "劳动争议仲裁办法"
