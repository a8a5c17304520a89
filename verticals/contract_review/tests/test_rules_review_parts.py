"""The parts of a review: copy, clauses, facts, statutes, playbook, dated figures, English."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from time import perf_counter

import pytest

from verticals.contract_review.domain import (
    DEFAULT,
    Dated,
    Playbook,
    article_number,
    numeral,
    review,
    shipped,
)
from verticals.contract_review.domain.facts import extract
from verticals.contract_review.domain.facts.people import credit_code_valid
from verticals.contract_review.domain.normal import normal
from verticals.contract_review.domain.segments import clauses
from verticals.contract_review.domain.statutes import cite

AS_OF = date(2026, 11, 22)
LATE = "甲方逾期付款的，每逾期一日，按逾期金额的0.3%支付违约金，累计不超过合同总金额的10%。"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10, "十"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (505, "五百零五"),
        (585, "五百八十五"),
        (1000, "一千"),
        (1024, "一千零二十四"),
    ],
)
def test_articles_are_numbered_as_statutes_write_them(value: int, text: str) -> None:
    assert numeral(value) == text
    assert article_number(f"第{text}条") == article_number(f"第{value}条") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100万元", "1000000"),
        ("人民币壹佰万元整", "1000000"),
        ("¥1,000,000.00元", "1000000.00"),
        ("￥35.6万元", "356000"),
        ("人民币壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分", "1234567.89"),
        ("叁拾万零伍拾元整", "300050"),
        ("2亿元", "200000000"),
    ],
)
def test_sums_are_read_to_the_cent(text: str, value: str) -> None:
    assert [one.value for one in extract(normal(text).text).amounts] == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "percent", "annual"),
    [
        ("每逾期1日，按逾期金额的5%支付违约金", "5", "1825"),
        ("每逾期一日按应付款项的千分之五支付违约金", "0.5", "182.5"),
        ("逾期付款的，按日万分之五计付", "0.05", "18.25"),
        ("每延迟一天，支付合同总价0.5‰的违约金", "0.05", "18.25"),
        ("按日支付百分之零点五的滞纳金", "0.5", "182.5"),
        ("每日按未付款项的３‰", "0.3", "109.5"),
        ("每逾期一个月支付百分之二", "2", "24"),
        ("每24小时按欠款的1%支付", "1", "365"),
        ("每周按未付款的1%计算逾期利息", "1", "52"),
        ("每季度按欠款的1%支付", "1", "4"),
    ],
)
def test_rates_are_annualised(text: str, percent: str, annual: str) -> None:
    (rate,) = extract(normal(text).text).rates
    assert (rate.percent, rate.annual_percent) == (Decimal(percent), Decimal(annual))


def test_facts_have_their_places_in_the_text_as_given() -> None:
    text = "合同期限一年，自２０２６年１月１日起至二〇二六年十二月三十一日止，价款壹佰万元（¥1,200,000元）。"
    facts = review(text, as_of=AS_OF, parameters=shipped()).facts
    assert [one.day for one in facts.dates] == [date(2026, 1, 1), date(2026, 12, 31)]
    assert facts.term is not None
    assert facts.term.months == 12
    assert [(one.value, one.agrees) for one in facts.amounts] == [(1000000, False), (1200000, False)]
    assert text[facts.dates[1].span.start : facts.dates[1].span.end] == "二〇二六年十二月三十一日"


def test_clauses_keep_their_headings_and_ids() -> None:
    text = "服务合同\n第一条 费用\n1.1 甲方付款。\n1.2 乙方开票。\n第二条 其他\n（一）通知。\n"
    found = clauses(text)
    assert [(one.id, one.path) for one in found] == [
        ("title", ()),
        ("第一条", ()),
        ("第一条.1.1", ("第一条 费用",)),
        ("第一条.1.2", ("第一条 费用",)),
        ("第二条", ()),
        ("第二条.一", ("第二条 其他",)),
    ]
    assert text[found[2].start : found[2].end] == "1.1 甲方付款。"


def test_a_copy_leads_back_to_the_text_as_given() -> None:
    given = "甲 方应　在\r\n３０日内，付款。"
    copy = normal(given)
    place = copy.text.index("30日内")
    span = copy.back(place, place + 4)
    assert given[span.start : span.end] == "３０日内"


def test_credit_codes_have_a_check_character() -> None:
    assert credit_code_valid("91350100M000100Y43")
    assert not credit_code_valid("91350100M000100Y44")


def test_the_arbitration_law_in_force_is_cited() -> None:
    keys = ("arbitration:27", "arbitration-1994:16")
    assert [one.law for one in cite(keys, day=AS_OF, language="zh")] == ["arbitration"]
    assert [one.law for one in cite(keys, day=date(2026, 2, 28), language="zh")] == ["arbitration-1994"]
    assert (
        cite(("civil:585:2",), day=AS_OF, language="zh")[0].full
        == "《中华人民共和国民法典》第五百八十五条第二款"
    )


def test_a_newer_loan_prime_rate_moves_the_limit() -> None:
    text = "借款10万元，年利率12%，借期一年。"
    newer = replace(shipped(), lpr_1y=(Dated(since=date(2026, 10, 20), value=Decimal("2.5")),))
    before = review(text, contract_type="loan", as_of=AS_OF, parameters=shipped())
    after = review(text, contract_type="loan", as_of=AS_OF, parameters=newer)
    assert "CN-G-28" not in {one.rule for one in before.findings}
    (found,) = [one for one in after.findings if one.rule == "CN-G-28"]
    assert (found.computed["limit_percent"], found.computed["lpr_date"]) == (Decimal("10.0"), "2026-10-20")


def test_a_minimum_wage_is_checked_where_it_is_known() -> None:
    text = "工作地点为苏州。月工资3000元，试用期工资2400元。"
    wages = {"苏州": (Dated(since=date(2026, 1, 1), value=Decimal(2490)),)}
    known = replace(shipped(), minimum_wages=wages)
    blind = review(text, contract_type="labour", as_of=AS_OF, parameters=shipped())
    seen = review(text, contract_type="labour", as_of=AS_OF, parameters=known)
    assert [(one.severity, one.score) for one in blind.findings if one.rule == "CN-E-02"] == [("info", 5)]
    assert [one.severity for one in seen.findings if one.rule == "CN-E-02"] == ["high"]
    assert "minimum_wage_missing" in blind.notes
    assert "minimum_wage_missing" not in seen.notes


def test_another_threshold_is_another_ruleset() -> None:
    strict = Playbook(thresholds={"CN-G-01": {"raised_daily": 0.3}})
    usual = review(LATE, as_of=AS_OF, parameters=shipped())
    changed = review(LATE, as_of=AS_OF, parameters=shipped(), playbook=strict)
    assert [one.severity for one in usual.findings] == ["high"]
    assert [one.severity for one in changed.findings] == ["medium"]
    assert usual.ruleset_version == DEFAULT.version() != changed.ruleset_version


def test_a_rule_can_be_switched_off_and_focus_narrows() -> None:
    off = Playbook(disabled=frozenset({"CN-G-01"}))
    assert review(LATE, as_of=AS_OF, parameters=shipped(), playbook=off).findings == ()
    focus = Playbook(focus=frozenset({"disputes"}))
    assert review(LATE, as_of=AS_OF, parameters=shipped(), playbook=focus).findings == ()


def test_a_side_that_does_not_occur_is_told() -> None:
    text = "买方：甲公司\n卖方：乙公司\n第一条 付款。"
    told = review(text, side="乙方", as_of=AS_OF, parameters=shipped())
    assert "side_not_in_text" in told.notes
    with pytest.raises(ValueError, match="no side"):
        review(text, side="丙", as_of=AS_OF, parameters=shipped())


@pytest.mark.parametrize("text", ["", " \n", "。", "第一条", "\u3000\u3000"])
def test_next_to_nothing_has_no_findings(text: str) -> None:
    told = review(text, as_of=AS_OF, parameters=shipped())
    assert told.findings == ()
    assert told.verdict == "compliant"


def test_words_come_in_both_languages() -> None:
    told = review(LATE, as_of=AS_OF, parameters=shipped(), language="en")
    (found,) = told.findings
    assert found.title == "High penalty rate"
    assert found.words["zh"].title == "违约金比例偏高"
    assert found.citations[0].short == "PRC Civil Code, art. 585(2)"


def test_a_confidentiality_agreement_in_english_gets_the_hypotheses() -> None:
    text = (
        "NON-DISCLOSURE AGREEMENT\n1. Receiving Party shall not reverse engineer any sample.\n"
        "2. No license is granted. 3. The obligations survive termination for three years."
    )
    told = review(text, as_of=AS_OF, parameters=shipped(), whole=True, language="en")
    states = {one.code: one.state for one in told.checklist if one.code.startswith("nda-")}
    assert told.contract_type == "nda"
    assert len(states) == 17
    assert (states["nda-11"], states["nda-15"], states["nda-18"]) == ("satisfied", "satisfied", "absent")


def test_twenty_pages_take_less_than_two_seconds() -> None:
    article = (
        "第{n}条 服务与付款\n甲方应在验收合格后30日内支付服务费用10,000元，"
        "逾期按日万分之五支付违约金，累计不超过10%。\n"
    )
    text = "服务合同\n" + "".join(article.format(n=n) for n in range(1, 241))
    assert len(text) > 14000
    started = perf_counter()
    review(text, as_of=AS_OF, parameters=shipped())
    assert perf_counter() - started < 2
