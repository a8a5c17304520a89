from __future__ import annotations

import pytest

from sunmao.knowledge.text.numerals import from_chinese, to_chinese
from sunmao.knowledge.text.references import Reference, article_reference, article_references, spoken_of

CIVIL = "中华人民共和国民法典"
LABOUR = "中华人民共和国劳动合同法"
RULES = "中华人民共和国劳动合同法实施条例"
DRUGS = "处方药与非处方药分类管理办法（试行）"
GUARANTEE = "最高人民法院关于适用《中华人民共和国民法典》有关担保制度的解释"
TITLES = (CIVIL, LABOUR, RULES, DRUGS, GUARANTEE)


@pytest.mark.parametrize(
    ("case", "question", "expected"),
    [
        ("digits alone", "第585条", Reference(None, "第五百八十五条")),
        ("a numeral alone", "五百八十五条", Reference(None, "第五百八十五条")),
        ("title and digits", "民法典585条", Reference(CIVIL, "第五百八十五条")),
        ("title marks", "《民法典》第五百八十五条", Reference(CIVIL, "第五百八十五条")),
        ("full title", "《中华人民共和国民法典》第５８５条", Reference(CIVIL, "第五百八十五条")),
        ("inside a polite question", "请问民法典第 585 条是什么意思？", Reference(CIVIL, "第五百八十五条")),
        ("the longest title wins", "劳动合同法实施条例第3条", Reference(RULES, "第三条")),
        (
            "the title before the number wins",
            "劳动合同法第39条和民法典第5条",
            Reference(LABOUR, "第三十九条"),
        ),
        ("a note behind the title", "处方药与非处方药分类管理办法第五条", Reference(DRUGS, "第五条")),
        (
            "an interpretation",
            "最高人民法院关于适用《民法典》有关担保制度的解释第七十条",
            Reference(GUARANTEE, "第七十条"),
        ),
        ("an inserted article", "民法典第17条之一", Reference(CIVIL, "第十七条之一")),
        ("the title somewhere else", "根据民法典的规定，第一千条说了什么", Reference(CIVIL, "第一千条")),
        ("a law that is not there", "《刑法》第232条怎么规定", Reference(None, "第二百三十二条", "刑法")),
        ("the same without marks", "刑法第三条", Reference(None, "第三条", "刑法")),
        ("advice in ten points", "请给我10条建议", None),
        ("a contract with three clauses", "这个合同有三条吗", None),
        ("the word for regulations", "条例里怎么说", None),
        ("no number", "违约金过高怎么办", None),
    ],
)
def test_articles_named_in_a_question_are_found(case: str, question: str, expected: Reference | None) -> None:
    assert article_reference(question, TITLES) == expected, case


@pytest.mark.parametrize(
    "form", ["民法典第{digits}条", "民法典{digits}条", "《民法典》第{spoken}条", "{spoken}条"]
)
def test_every_article_of_the_civil_code_is_found_in_every_form(form: str) -> None:
    for number in range(1, 1261):
        found = article_reference(form.format(digits=number, spoken=to_chinese(number)), TITLES)
        assert found is not None
        assert found.label == f"第{to_chinese(number)}条"


def test_numerals_run_both_ways() -> None:
    assert all(from_chinese(to_chinese(number)) == number for number in range(100_000))


@pytest.mark.parametrize(
    ("case", "numeral", "number"),
    [
        ("ten", "十", 10),
        ("with a gap", "一千零五", 1005),
        ("digit by digit", "一〇二", 102),
        ("full-width digits", "１２０", 120),
        ("ten thousands", "二万零三百", 20_300),
        ("too large", "999999", None),
        ("not a number", "若干", None),
        ("empty", "", None),
    ],
)
def test_numerals_are_read(case: str, numeral: str, number: int | None) -> None:
    assert from_chinese(numeral) == number, case


@pytest.mark.parametrize(
    ("case", "question", "title", "numbers"),
    [
        ("a range", "民法典第585条至第588条", CIVIL, [585, 586, 587, 588]),
        ("a range without the second mark", "民法典第585-587条讲什么", CIVIL, [585, 586, 587]),
        ("a range in numerals", "《民法典》第五百八十五条到第五百八十六条", CIVIL, [585, 586]),
        ("a list", "民法典第5、6和第9条", CIVIL, [5, 6, 9]),
        ("a list without the mark", "民法典585、586条", CIVIL, [585, 586]),
        ("a range without the mark", "民法典 585-587条", CIVIL, [585, 586, 587]),
        ("one after the other", "民法典第5条、第8条有什么不同", CIVIL, [5, 8]),
        ("the traditional character", "民法典第585條", CIVIL, [585]),
        ("a range that runs backwards", "民法典第588条至第585条", CIVIL, [588, 585]),
    ],
)
def test_several_articles_are_found_in_their_order(
    case: str, question: str, title: str, numbers: list[int]
) -> None:
    expected = [Reference(title, f"第{to_chinese(number)}条") for number in numbers]
    assert article_references(question, TITLES) == expected, case


def test_articles_of_two_laws_stay_apart() -> None:
    assert article_references("劳动合同法第39条和民法典第5条", TITLES) == [
        Reference(LABOUR, "第三十九条"),
        Reference(CIVIL, "第五条"),
    ]


@pytest.mark.parametrize(
    ("case", "name", "expected"),
    [
        ("called by the words that tell it apart", "担保制度解释", Reference(GUARANTEE, "第七条")),
        ("not held", "刑法", Reference(None, "第七条", "刑法")),
        ("part of the name of another", "合同法", Reference(None, "第七条", "合同法")),
        ("fits two of them", "实施办法", Reference(None, "第七条", "实施办法")),
    ],
)
def test_an_article_is_not_of_the_law_that_was_named_before(
    case: str, name: str, expected: Reference
) -> None:
    told = article_references(f"民法典第585条和{name}第7条有什么关系", TITLES)
    assert told == [Reference(CIVIL, "第五百八十五条"), expected], case


@pytest.mark.parametrize(
    ("case", "title", "text", "told"),
    [
        ("by its law", "问答", "依照《中华人民共和国刑法》第二百六十四条处罚。", True),
        ("by its law in digits", "问答", "刑法第264条说的是盗窃。", True),
        ("in a document about its law", "刑法问答", "第264条说的是盗窃。", True),
        ("of another law", "公司法", "依照本法第二百六十四条处罚。", False),
        ("beside its law in another sentence", "问答", "刑法另有规定。第二百六十四条从其规定。", False),
        ("an inserted article", "问答", "刑法第二百六十四条之一。", False),
    ],
)
def test_the_same_number_in_another_law_is_not_the_article(
    case: str, title: str, text: str, told: bool
) -> None:
    theft = Reference(None, "第二百六十四条", "刑法")
    assert spoken_of(theft, title=title, text=text) is told, case


def test_a_range_is_never_longer_than_twenty() -> None:
    assert len(article_references("民法典第1条至第1260条", TITLES)) == 21
