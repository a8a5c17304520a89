"""The sample contract of the design comes out as agreed, for both sides, with rules alone."""

from __future__ import annotations

from datetime import date

import pytest

from verticals.contract_review.domain import Review, review, shipped
from verticals.contract_review.domain.rendering import as_text, blocks

SAMPLE = (
    "甲方应在合同签订后30日内支付乙方服务费用100万元，若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。"
    "乙方应在收到款项后60日内完成项目交付，若乙方逾期交付，无需承担任何违约责任。"
)
GOLDEN = """\
- 合法性：【不符合】，理由：根据《民法典》第五百八十五条第二款，约定的违约金过分高于造成的损失（每日5%，折合年化1825%，约20日即达本金），人民法院或仲裁机构可依申请适当减少；且乙方逾期无需承担任何责任的约定违反公平原则（第六条），其中涉及故意、重大过失的免责部分无效（第五百零六条）。
- 风险点：
  1. 【严重】违约金比例过高，甲方可能承担与实际损失不相称的违约金；
  2. 【高】乙方逾期交付无违约责任，权利义务不对等，甲方权益无法保障；
  3. 【中】未明确“项目交付”的验收标准与期限，易生争议；
  4. 【中】付款方在对方履行之前先付全部价款且没有担保，缺少抗辩余地。
- 修改建议：
  1. 甲方应在合同签订后30日内支付乙方服务费用100万元；若甲方逾期支付，每逾期1日，按逾期金额的0.05%支付违约金，累计违约金不超过合同总金额的10%。
  2. 乙方应在收到款项后60日内完成项目交付；若乙方逾期交付，每逾期1日，按合同总金额的0.05%支付违约金，逾期超过15日的，甲方有权解除合同并要求乙方退还已付款项。
  3. 乙方完成项目交付后，甲方应在10个工作日内按本合同附件《项目验收规范》完成验收。
  4. 合同签订后10日内支付合同总价的30%，交付后支付40%，验收合格后支付30%；或者由乙方提供等额预付款保函。"""  # noqa: E501


def reviewed(text: str, side: str) -> Review:
    return review(text, side=side, contract_type="service", as_of=date(2026, 11, 22), parameters=shipped())


def test_the_blocks_are_those_of_the_golden_text() -> None:
    assert as_text(reviewed(SAMPLE, "甲方")) == GOLDEN


@pytest.mark.parametrize("side", ["甲方", "乙方"])
def test_the_risks_come_in_the_agreed_order(side: str) -> None:
    told = reviewed(SAMPLE, side)
    assert [(one.rule, one.severity, one.score, one.effect) for one in told.findings] == [
        ("CN-G-01", "critical", 95, "adjustable"),
        ("CN-G-02", "high", 80, "revocable"),
        ("CN-G-03", "medium", 60, "default_rule"),
        ("CN-G-21", "medium", 55, "commercial"),
    ]
    assert told.verdict == "non_compliant"
    assert not told.whole


def test_the_figures_of_the_penalty_are_computed() -> None:
    computed = reviewed(SAMPLE, "甲方").findings[0].computed
    assert computed["annual_percent"] == 1825
    assert computed["days_until_principal"] == 20
    assert computed["daily_amount"] == 50000


def test_the_other_side_is_warned_that_its_exemption_may_fail() -> None:
    risks = blocks(reviewed(SAMPLE, "乙方")).risks
    assert risks[1].text == "乙方的免责约定可能不被支持，发生争议时仍须承担责任"
    assert "累计不超过合同总金额的10%" in risks[1].suggestion
    assert risks[2].suggestion.endswith("逾期未提出书面异议的，视为验收合格。")


@pytest.mark.parametrize("side", ["甲方", "乙方"])
def test_the_rewritten_clauses_are_compliant(side: str) -> None:
    better = "".join(one.rewrite for one in reviewed(SAMPLE, side).findings[:3])
    told = reviewed(better, side)
    assert told.verdict == "compliant"
    assert {one.effect for one in told.findings} == {"commercial"}
    assert {one.severity for one in told.findings if one.rule == "CN-G-01"} == {"info"}
    assert {one.rule for one in told.findings} <= {"CN-G-01", "CN-G-05", "CN-G-21"}


def test_the_words_do_not_say_more_than_the_law() -> None:
    text = as_text(reviewed(SAMPLE, "甲方"))
    assert "远超法定上限" not in text
    assert "违约金条款无效" not in text


def test_replacements_make_the_suggested_clause() -> None:
    found = reviewed(SAMPLE, "甲方").findings[0]
    assert found.replacement is not None
    start, end, new = found.replacement.start, found.replacement.end, found.replacement.text
    assert (SAMPLE[:start] + new + SAMPLE[end:]).startswith(found.rewrite)
