"""The packs: their texts can be used, and shares, rates and ratios are computed by code."""

from __future__ import annotations

import pytest

from sunmao.accounts import services as accounts
from sunmao.core import tenancy
from sunmao.prompts.installing import TEXTS, install
from sunmao.prompts.models import Prompt
from sunmao.prompts.packs import CALCULATORS, calculator, clause, finance, sales
from sunmao.prompts.scoring import score
from sunmao.prompts.source import examine, read
from tests.fixtures import Cast, state_of

OCTOBER = (
    "2024年10月销售数据：总销售额800万元（2024年9月650万元，2023年10月500万元），订单量1600单，客单价5000元；"
    "区域分布：华东450万、华南200万、华北80万、西南50万、其他20万；"
    "产品分布：A产品480万、B产品200万、C产品80万、D产品40万。"
)


def _facts(found: object) -> dict[str, str]:
    return {fact.name: fact.value for fact in found.facts}  # type: ignore[attr-defined]


def test_a_months_shares_and_rates_of_growth_are_computed() -> None:
    found = sales.compute({"sales": OCTOBER}, "zh")
    assert _facts(found) == {
        "总销售额": "800万元",
        "环比": "23.1%",
        "同比": "60%",
        "订单量": "1600",
        "客单价": "5000",
        "区域占比 华东": "56.25%",
        "区域占比 华南": "25%",
        "区域占比 华北": "10%",
        "区域占比 西南": "6.25%",
        "区域占比 其他": "2.5%",
        "产品占比 A产品": "60%",
        "产品占比 B产品": "25%",
        "产品占比 C产品": "10%",
        "产品占比 D产品": "5%",
    }
    assert found.remarks == []


def test_the_same_in_english() -> None:
    text = (
        "2024-10 sales: total sales 8 million (2024-09: 6.5 million, 2023-10: 5 million), orders 1,600; "
        "regions: East 4.5 million, South 2 million, North 1.5 million"
    )
    found = sales.compute({"sales": text}, "en")
    assert _facts(found) == {
        "Total sales": "8 million",
        "Month on month": "23.1%",
        "Year on year": "60%",
        "Orders": "1600",
        "Average order": "5000",
        "Share of region East": "56.25%",
        "Share of region South": "25%",
        "Share of region North": "18.75%",
    }


def test_the_month_before_january_is_december() -> None:
    found = sales.compute({"sales": "2025年1月总销售额110万元（2024年12月100万元）"}, "zh")
    assert _facts(found)["环比"] == "10%"


def test_figures_that_contradict_each_other_are_told() -> None:
    wrong = OCTOBER.replace("华东450万", "华东550万").replace("客单价5000元", "客单价4000元")
    found = sales.compute({"sales": wrong}, "zh")
    assert [(one.code, one.given, one.computed) for one in found.remarks] == [
        ("wrong_average", "4000", "5000"),
        ("wrong_total", "800万元", "900万元"),
    ]
    assert "- ! wrong_total 区域占比: 800万元 ≠ 900万元" in found.text
    assert sales.compute({"sales": "nothing"}, "en").remarks[0].code == "no_total"


@pytest.mark.parametrize(
    ("case", "report", "codes"),
    [
        ("right", "总销售额**800万元**，环比增长23.1%，同比增长60%；华东占比56.25%，A产品占比60%", []),
        ("right when rounded", "环比增长23%，华东区域占比56%", []),
        ("a wrong share", "华南占比30%", ["wrong_share"]),
        ("a wrong rate", "环比增长32.1%", ["wrong_growth"]),
        ("the wrong way", "同比下降60%", ["wrong_growth"]),
        ("a share of somebody unknown", "东北占比30%", []),
    ],
)
def test_a_report_is_checked_against_the_figures(case: str, report: str, codes: list[str]) -> None:
    assert [one.code for one in sales.claims(report, OCTOBER)] == codes, case


@pytest.mark.parametrize(
    ("case", "text", "language", "rates"),
    [
        ("a day, in percent", "每逾期1日，按逾期金额的5%支付违约金", "zh", ["1825%"]),
        ("a day, in thousandths", "按日万分之五即每日0.5‰计收", "zh", ["18.25%"]),
        ("a month", "月利率1.5%", "zh", ["18%"]),
        ("English", "0.05% of the price for every day of delay", "en", ["18.25%"]),
        ("no rate", "乙方应在60日内交付", "zh", []),
    ],
)
def test_rates_are_told_by_the_year(case: str, text: str, language: str, rates: list[str]) -> None:
    assert [fact.value for fact in clause.compute({"clause": text}, language).facts] == rates, case


def test_a_side_that_answers_for_nothing_is_told() -> None:
    found = clause.compute({"clause": "乙方逾期交付，无需承担任何违约责任。"}, "zh")
    assert [(one.code, one.given) for one in found.remarks] == [("one_sided", "无需承担任何违约责任")]


def test_ratios_of_accounts_are_computed() -> None:
    text = (
        "营业收入: 120亿，上年 100亿\n营业成本: 72亿\n净利润: 18亿，上年 20亿\n总资产: 300亿\n总负债: 180亿\n"
        "净资产: 120亿\n流动资产: 90亿\n流动负债: 60亿\n存货: 30亿\n经营现金流: 27亿"
    )
    assert _facts(finance.compute({"accounts": text}, "zh")) == {
        "毛利率": "40%",
        "净利率": "15%",
        "资产负债率": "60%",
        "净资产收益率": "15%",
        "总资产收益率": "6%",
        "流动比率": "1.5",
        "速动比率": "1",
        "净现比": "1.5",
        "营业总收入 同比增长": "20%",
        "归母净利润 同比增长": "-10%",
    }


def test_accounts_that_do_not_tie_are_told() -> None:
    text = (
        "Revenue: 100\nCost of sales: 60\nGross profit: 45\n"
        "Total assets: 200\nTotal liabilities: 90\nTotal equity: 100"
    )
    found = finance.compute({"accounts": text}, "en")
    assert [(one.code, one.given, one.computed) for one in found.remarks] == [
        ("unbalanced", "200", "190"),
        ("wrong_gross", "45", "40"),
    ]
    assert _facts(found)["Gross margin"] == "45%"


def test_a_loss_is_a_loss() -> None:
    assert _facts(finance.compute({"accounts": "Revenue: 200\nNet profit: (30)"}, "en")) == {
        "Net margin": "-15%"
    }


FILES = sorted(TEXTS.glob("*.md"))


def test_every_pack_is_there_in_both_languages() -> None:
    assert {file.name.split(".")[0] for file in FILES} == {
        "clause_review", "code_generation", "device_fault", "financial_analysis", "monthly_sales",
    }  # fmt: skip
    assert len(FILES) == 10
    assert sorted(CALCULATORS) == ["accounts", "clause_rates", "monthly_sales"]
    assert all(callable(calculator(name)) for name in CALCULATORS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_packs_text_is_sound_and_good(file: object) -> None:
    source = file.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert examine(source)[1] == []
    assert score(read(source), source).total >= 80


def test_packs_are_installed_once(cast: Cast) -> None:
    system = accounts.system_actor(cast.hemu)
    install(actor=system)
    with tenancy.scope(cast.hemu.pk):
        assert Prompt.objects.filter(slug__startswith="packs.").count() == 10
    before = state_of(cast.hemu)
    install(actor=system)
    assert state_of(cast.hemu) == before
