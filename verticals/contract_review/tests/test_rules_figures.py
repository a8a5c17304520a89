"""Numbers read from clauses and the values computed from them, to the last digit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from verticals.contract_review.domain import screen
from verticals.contract_review.domain.screening import lpr_on
from verticals.contract_review.figures import amount_near, lengths, number, percents, rates


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000,000.50", "1000000.50"),
        ("五", "5"),
        ("十", "10"),
        ("二十五", "25"),
        ("一百零一", "101"),
        ("三千六百", "3600"),
        ("一万二千", "12000"),
        ("二〇二六", "2026"),
        ("零点五", "0.5"),
        ("叁拾万零伍拾", "300050"),
        ("壹佰贰拾叁万肆仟伍佰陆拾柒", "1234567"),
        ("两亿", "200000000"),
        ("twenty-five", "25"),
        ("Five", "5"),
    ],
)
def test_numbers_are_read(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5%", "5"),
        ("万分之五", "0.05"),
        ("千分之三", "0.3"),
        ("百分之零点五", "0.5"),
        ("3‰", "0.3"),
        ("0.5 %", "0.5"),
        ("five percent", "5"),
        ("five (5%) percent", "5"),
        ("2 per cent", "2"),
    ],
)
def test_percentages_are_read(text: str, value: str) -> None:
    assert next(percents(text))[2] == Decimal(value)


@pytest.mark.parametrize(
    ("clause", "daily", "annual"),
    [
        ("每逾期1日，按逾期金额的5%支付违约金", "5", "1825"),
        ("每逾期一日按应付款项的千分之五支付违约金", "0.5", "182.5"),
        ("逾期付款的，按日万分之五计付", "0.05", "18.25"),
        ("每延迟一天，支付合同总价0.5‰的违约金", "0.05", "18.25"),
        ("按日支付百分之零点五的滞纳金", "0.5", "182.5"),
        ("每日按未付款项的3‰", "0.3", "109.5"),
        ("每24小时支付1%", "1", "365"),
        ("违约金日千分之一", "0.1", "36.5"),
        ("0.1% of the price per day", "0.1", "36.5"),
        ("a daily penalty of 0.2%", "0.2", "73"),
    ],
)
def test_daily_rates_are_annualised(clause: str, daily: str, annual: str) -> None:
    (rate,) = rates(clause)
    assert (rate.daily, rate.annual) == (Decimal(daily), Decimal(annual))


@pytest.mark.parametrize(
    ("clause", "annual"),
    [
        ("每逾期一个月支付百分之二", "24"),
        ("每周支付1%", "52"),
        ("年利率24%", "24"),
        ("月息2分", "24"),
        ("年息一分", "10"),
        ("月息5厘", "6"),
        ("每季度3%", "12"),
        ("18.25% per annum", "18.25"),
        ("2% per month", "24"),
    ],
)
def test_other_periods_are_annualised(clause: str, annual: str) -> None:
    (rate,) = rates(clause)
    assert rate.annual == Decimal(annual)


@pytest.mark.parametrize("text", ["增值税税率为13%", "预付款为合同总价的30%", "a share of 40%"])
def test_a_share_is_not_a_rate(text: str) -> None:
    assert rates(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("总价100万元", "1000000"),
        ("总价人民币壹佰万元整", "1000000"),
        ("总价¥1,000,000.00元", "1000000"),
        ("总价￥35.6万元", "356000"),
        ("总价2亿元", "200000000"),
        ("总价叁拾万零伍拾元整", "300050"),
        ("total price is RMB 250,000", "250000"),
    ],
)
def test_sums_are_read(text: str, value: str) -> None:
    assert amount_near("总价|total price", text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("两年", "24"),
        ("一年半", "18"),
        ("6个月", "6"),
        ("半年", "6"),
        ("90天", "3"),
        ("twenty-five years", "300"),
    ],
)
def test_lengths_are_read(text: str, months: str) -> None:
    assert next(lengths(text)).months == Decimal(months)


@pytest.mark.parametrize(
    ("case", "daily", "severity"),
    [
        ("customary", "0.05", "info"),
        ("slightly above", "0.06", "medium"),
        ("edge of medium", "0.1", "medium"),
        ("high", "0.3", "high"),
        ("edge of high", "0.5", "high"),
        ("critical", "0.6", "critical"),
    ],
)
def test_penalties_fall_into_bands(case: str, daily: str, severity: str) -> None:
    for text in (
        f"每逾期一日，按未付金额的{daily}%支付违约金，累计不超过10%。",
        f"The buyer pays a penalty of {daily}% for each day of delay, capped at 10%.",
    ):
        (found,) = screen(text=text, language="en")
        assert (found["rule_id"], found["severity"]) == ("CN-G-01", severity)


def test_penalty_figures_are_exact() -> None:
    (found,) = screen(text="每日按未付款项的３‰支付违约金，最高不超过10%", language="zh")
    assert found["computed"] == {
        "percent": 0.3,
        "period": "day",
        "daily_percent": 0.3,
        "annual_percent": 109.5,
        "days_until_principal": 334,
        "usual_annual_percent": 18.25,
        "lpr_x4_percent": 12.0,
        "lpr_date": "2025-05-20",
    }


FIGURES = [
    (
        "stated share",
        "定金为合同总价的百分之三十",
        "CN-G-07",
        {"deposit_percent": 30.0, "limit_percent": 20.0},
    ),
    (
        "two sums",
        "合同总价为100万元，买方应支付定金30万元",
        "CN-G-07",
        {
            "deposit_percent": 30.0,
            "limit_percent": 20.0,
            "deposit": 300000.0,
            "total": 1000000.0,
            "excess": 100000.0,
        },
    ),
    (
        "English share",
        "The earnest money is 25% of the price.",
        "CN-G-07",
        {"deposit_percent": 25.0, "limit_percent": 20.0},
    ),
    (
        "English sums",
        "The total price is RMB 1,000,000 and the earnest money is RMB 250,000.",
        "CN-G-07",
        {
            "deposit_percent": 25.0,
            "limit_percent": 20.0,
            "deposit": 250000.0,
            "total": 1000000.0,
            "excess": 50000.0,
        },
    ),
    (
        "lease in years",
        "租赁期限为二十五年",
        "CN-L-01",
        {"years": 25.0, "limit_years": 20, "excess_years": 5.0},
    ),
    (
        "lease in dates",
        "租赁期自2026年1月1日起至2050年12月31日止",
        "CN-L-01",
        {"years": 25.0, "limit_years": 20, "excess_years": 5.0},
    ),
    (
        "lease asked about",
        "租给别人30年可以吗？",
        "CN-L-01",
        {"years": 30.0, "limit_years": 20, "excess_years": 10.0},
    ),
    (
        "English lease",
        "The lease is for a term of 30 years.",
        "CN-L-01",
        {"years": 30.0, "limit_years": 20, "excess_years": 10.0},
    ),
    (
        "probation, two years",
        "劳动合同期限2年，试用期6个月",
        "CN-E-01",
        {"term_months": 24.0, "probation_months": 6.0, "max_months": 2, "excess_months": 4.0},
    ),
    (
        "probation, half a year",
        "合同期限半年，试用期两个月",
        "CN-E-01",
        {"term_months": 6.0, "probation_months": 2.0, "max_months": 1, "excess_months": 1.0},
    ),
    (
        "probation for a task",
        "以完成一定工作任务为期限，试用期1个月",
        "CN-E-01",
        {"term_months": None, "probation_months": 1.0, "max_months": 0, "excess_months": 1.0},
    ),
    (
        "English probation",
        "The contract term is two years and the probation period is six months.",
        "CN-E-01",
        {"term_months": 24.0, "probation_months": 6.0, "max_months": 2, "excess_months": 4.0},
    ),
    (
        "loan interest per month",
        "借款利率为月息2分",
        "CN-G-28",
        {
            "annual_percent": 24.0,
            "limit_percent": 12.0,
            "excess_percent": 12.0,
            "lpr_percent": 3.0,
            "lpr_date": "2025-05-20",
        },
    ),
    (
        "loan signed in 2020",
        "借款年利率24%，本合同于2020年10月1日签订",
        "CN-G-28",
        {
            "annual_percent": 24.0,
            "limit_percent": 15.4,
            "excess_percent": 8.6,
            "lpr_percent": 3.85,
            "lpr_date": "2020-04-20",
        },
    ),
    (
        "late charges together",
        "借款年利率10%，逾期利息年利率10%，逾期另付违约金年5%",
        "CN-G-28",
        {
            "annual_percent": 15.0,
            "limit_percent": 12.0,
            "excess_percent": 3.0,
            "lpr_percent": 3.0,
            "lpr_date": "2025-05-20",
        },
    ),
    (
        "English loan",
        "The Lender charges interest at 2% per month.",
        "CN-G-28",
        {
            "annual_percent": 24.0,
            "limit_percent": 12.0,
            "excess_percent": 12.0,
            "lpr_percent": 3.0,
            "lpr_date": "2025-05-20",
        },
    ),
]


@pytest.mark.parametrize(("case", "text", "rule_id", "computed"), FIGURES)
def test_figures_are_computed(case: str, text: str, rule_id: str, computed: dict[str, Any]) -> None:
    (found,) = screen(text=text, language="zh")
    assert (found["rule_id"], found["computed"]) == (rule_id, computed)


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("twenty per cent is allowed", "定金为合同总价的20%"),
        ("a 订金 is no earnest money", "订金为合同总价的30%"),
        ("said not to be earnest money", "该30%款项不是定金，可以退还"),
        ("earnest money within the limit", "定金20万元，合同总价100万元"),
        ("English advance payment", "An advance payment of 30% is due on signing."),
        ("twenty years with renewal", "租赁期限20年，期满可续租10年"),
        ("exactly twenty years by date", "租赁期自2026年1月1日起至2045年12月31日止"),
        ("farm land is no lease", "农村土地承包期限30年"),
        ("English twenty years", "The lease term is twenty years."),
        ("three years, six months", "合同期限三年，试用期六个月"),
        ("one year, two months", "合同期限一年，试用期两个月"),
        ("open-ended, six months", "无固定期限劳动合同，试用期6个月"),
        (
            "English lawful probation",
            "The contract term is three years and the probation period is six months.",
        ),
        ("interest at the limit", "借款年利率12%"),
        ("a bank's loan", "银行向借款人发放贷款，年利率15%"),
        ("English lawful loan", "The borrower pays interest at 10% per annum."),
        ("a fixed sum per day", "每逾期一天支付100元违约金"),
        ("a tax rate", "增值税税率为13%"),
    ],
)
def test_lawful_figures_raise_nothing(case: str, text: str) -> None:
    assert screen(text=text, language="zh") == []


@pytest.mark.parametrize(
    ("day", "percent", "since"),
    [
        (date(2020, 4, 20), "3.85", date(2020, 4, 20)),
        (date(2024, 7, 21), "3.45", date(2023, 8, 21)),
        (date(2026, 11, 22), "3.0", date(2025, 5, 20)),
        (None, "3.0", date(2025, 5, 20)),
    ],
)
def test_the_loan_prime_rate_has_a_date(day: date | None, percent: str, since: date) -> None:
    assert lpr_on(day) == (Decimal(percent), since)
