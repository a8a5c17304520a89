"""Same subject, another figure, day or negation: found by narrow rules, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sunmao.knowledge.hints.likeness import jaccard, near_pairs, shingles
from sunmao.knowledge.hints.statements import clashes, statement
from sunmao.knowledge.text.parsing import parse
from sunmao.knowledge.text.splitting import split
from tests.sunmao.knowledge.hints import settings_of
from tests.sunmao.knowledge.hints.pairs import CONTRADICT, LAWFUL
from tests.sunmao.knowledge.hints.settings_of import Side


@pytest.mark.parametrize(
    ("_case", "one", "other", "rule", "differs"),
    [
        ("figures in both scripts", "退货须在签收后7日内提出。", "退货应当在签收之后三十日内提出。", "number",
         [["7"], ["30"]]),
        ("numbers in words", "Goods may be sent back within seven days of delivery.",
         "Goods may be sent back within 30 days of delivery.", "number", [["7"], ["30"]]),
        ("a share", "定金不得超过主合同标的额的百分之二十。", "定金不得超过主合同标的额的30%。", "number",
         [["20%"], ["30%"]]),
        ("days", "本办法自2024年1月1日起在门店施行。", "本办法自2025年3月1日起在门店施行。", "date",
         [["2024-1-1"], ["2025-3-1"]]),
        ("a negation", "会员可以在门店使用优惠券购买家具。", "会员不得在门店使用优惠券购买家具。", "negation",
         [[], ["不得"]]),
        ("a negation in English", "Refunds are paid to the original card only.",
         "Refunds are not paid to the original card only.", "negation", [[], ["not"]]),
        ("one says more", "The warranty for oak frames lasts 24 months.",
         "The warranty for oak frames always lasts 36 months.", "number", [["24"], ["36"]]),
    ],
)  # fmt: skip
def test_it_is_told_what_differs(_case: str, one: str, other: str, rule: str, differs: object) -> None:
    (clash,) = clashes([(1, one), (2, other)])
    assert (clash.rule, clash.values["differs"]) == (rule, differs)
    assert (clash.values["one"], clash.values["other"]) == (one, other)


@pytest.mark.parametrize(
    ("_case", "one", "other"),
    [
        ("two subjects", "橡木餐桌的价格为900元一张。", "松木餐桌的价格为500元一张。"),
        ("two subjects in English", "The oak table costs 900 yuan in stores.",
         "The pine table costs 500 yuan in stores."),
        ("the same", "退货须在签收后7日内提出。", "退货应当在签收之后七日内提出。"),
        ("no figures", "当事人可以约定违约时支付违约金。", "当事人不履行合同义务的，应当承担责任。"),
        ("only the number of the article", "依照本法第五条处理买卖纠纷。", "依照本法第六条处理买卖纠纷。"),
        ("too short", "共7日。", "共9日。"),
    ],
)  # fmt: skip
def test_nothing_else_is_one(_case: str, one: str, other: str) -> None:
    assert list(clashes([(1, one), (2, other)])) == []


def test_of_sentences_that_contradict_each_other_nearly_all_are_found() -> None:
    found = [pair for pair in CONTRADICT if list(clashes(list(enumerate(pair))))]
    assert (len(found), len(CONTRADICT)) == (31, 32)


@pytest.mark.parametrize("pair", LAWFUL, ids=range(len(LAWFUL)))
def test_a_lawful_pair_that_only_looks_so_is_none(pair: tuple[str, str]) -> None:
    assert list(clashes(list(enumerate(pair)))) == []


def test_what_each_document_says_of_itself_is_none() -> None:
    adopted = "本条例经{}年{}月1日全体会议讨论通过。"
    documents = [(year, adopted.format(year, year % 10 + 1)) for year in range(2015, 2020)]
    assert list(clashes(documents)) == []


def test_many_that_still_say_the_old_are_all_found() -> None:
    old, new = "退货须在签收后7日内提出。", "退货须在签收后15日内提出。"
    found = list(clashes([*((number, old) for number in range(5)), (9, new)]))
    assert [(one.first, one.second) for one in found] == [(number, 5) for number in range(5)]


def test_a_document_does_not_contradict_itself() -> None:
    one, other = "退货须在签收后7日内提出。", "退货须在签收后9日内提出。"
    assert list(clashes([(1, one), (1, other)])) == []


def test_figures_are_read_however_they_are_written() -> None:
    assert statement("共 1,200.50 元，１２月，五百八十五天，百分之五，八点").numbers == (
        "12", "1200.5", "5%", "585",
    )  # fmt: skip


def test_the_buckets_find_what_comparing_all_finds() -> None:
    words = [f"word{number}" for number in range(80)]
    texts = {
        place: " ".join([*words[place % 7 : 60], *(f"own{place}x{number}" for number in range(place % 9))])
        for place in range(60)
    }
    sets = {place: shingles(text) for place, text in texts.items()}
    everything = {(a, b) for a in sets for b in sets if a < b and jaccard(sets[a], sets[b]) >= 0.8}
    found = {(a, b) for _, a, b in near_pairs(sets, at_least=0.8)}
    assert found <= everything
    assert len(everything) > 300
    assert len(found) / len(everything) > 0.99


def _found(pair: tuple[Side, Side]) -> bool:
    (title, text), (another, other) = pair
    return bool(list(clashes([(0, text), (1, other)], titles={0: title, 1: another})))


@pytest.mark.parametrize(
    ("half", "found", "wrong"), [("seen", 11, 0), ("set aside", 12, 1)], ids=["seen", "set aside"]
)
def test_within_their_documents_too(half: str, found: int, wrong: int) -> None:
    """Of twelve and twelve each; nothing was changed after the second half was looked at."""
    first = 0 if half == "seen" else 1
    assert sum(map(_found, settings_of.CONTRADICT[first::2])) == found
    assert sum(map(_found, settings_of.LAWFUL[first::2])) == wrong
    assert len(settings_of.CONTRADICT[first::2]) == len(settings_of.LAWFUL[first::2]) == 12


def test_two_laws_with_a_fine_each_do_not_contradict_each_other(laws: Path) -> None:
    """Forty laws in force at once: what is shown of them is wrong."""
    texts, titles = [], {}
    for number, file in enumerate(sorted(laws.glob("*.md"))):
        parsed = parse(name=file.name, data=file.read_bytes())
        titles[number] = parsed.title
        texts += [(number, unit.text) for unit in split(parsed).units]
    assert len(titles) == 40
    assert list(clashes(texts, titles=titles)) == []
