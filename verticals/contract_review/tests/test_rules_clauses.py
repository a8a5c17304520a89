"""Clauses that break a rule, lawful ones that look alike, and the figures computed from them."""

from __future__ import annotations

from typing import Any

import pytest

from verticals.contract_review.domain.screening import Rule, rules, screen

SAMPLE = (
    "甲方应在合同签订后30日内支付乙方服务费用100万元，若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。"
    "乙方应在收到款项后60日内完成项目交付，若乙方逾期交付，无需承担任何违约责任。"
)
REWRITTEN = (
    "甲方应在合同签订后30日内支付乙方服务费用100万元；若甲方逾期支付，每逾期1日，按逾期金额的0.05%支付违约金，"
    "累计违约金不超过合同总金额的10%。乙方应在收到款项后60日内完成项目交付；若乙方逾期交付，每逾期1日，"
    "按合同总金额的0.05%支付违约金，逾期超过15日的，甲方有权解除合同并要求乙方退还已付款项。"
    "乙方完成项目交付后，甲方应在10个工作日内按本合同附件《项目验收规范》完成验收。"
)

CASES = [
    # CN-G-02
    ("exempt although late", "乙方逾期交付的，不承担任何违约责任。", {"CN-G-02": "high"}),
    ("exempt from paying late", "甲方迟延付款，无须承担违约责任。", {"CN-G-02": "high"}),
    ("English exemption", "Party B shall not be liable for any late performance.", {"CN-G-02": "high"}),
    (
        "English no liability",
        "The supplier shall have no liability for breach of this agreement.",
        {"CN-G-02": "high"},
    ),
    ("force majeure is lawful", "因不可抗力导致乙方逾期的，乙方不承担违约责任。", {}),
    ("caused by the other side", "因甲方原因导致工期延误的，乙方不承担违约责任。", {}),
    ("English force majeure", "The seller shall not be liable for delay caused by force majeure.", {}),
    # CN-G-03
    ("delivery without acceptance", "乙方应于60日内向甲方交付系统。", {"CN-G-03": "medium"}),
    ("English delivery", "The contractor shall deliver the software within 60 days.", {"CN-G-03": "medium"}),
    ("acceptance is there", "乙方应于60日内交付系统，甲方10日内验收。", {}),
    ("a question is no clause", "交付后多久付款？", {}),
    # CN-G-06
    ("no adjustment", "乙方不得请求减少违约金。", {"CN-G-06": "medium"}),
    ("English waiver", "The buyer waives any right to reduce the liquidated damages.", {"CN-G-06": "medium"}),
    ("adjustment allowed", "违约金过高的，可以请求法院减少。", {}),
    # CN-G-10
    ("injury at own risk", "健身过程中受伤，会员责任自负。", {"CN-G-10": "critical"}),
    ("death on site", "施工中发生人身伤亡，甲方概不负责。", {"CN-G-10": "critical"}),
    ("gross negligence excluded", "因重大过失造成的损失，公司不承担赔偿责任。", {"CN-G-10": "critical"}),
    (
        "English injury",
        "The seller shall not be liable for personal injury or death.",
        {"CN-G-10": "critical"},
    ),
    (
        "English intent",
        "We are not liable for gross negligence or wilful misconduct.",
        {"CN-G-10": "critical"},
    ),
    ("carve-out kept", "乙方不承担间接损失，但因故意或者重大过失造成的除外。", {}),
    ("liability stays", "本条不免除乙方造成人身损害的责任。", {}),
    ("English carve-out", "Nothing in this agreement excludes liability for death or personal injury.", {}),
    # CN-G-11
    ("final interpretation", "本活动最终解释权归商家所有。", {"CN-G-11": "high"}),
    ("change without notice", "公司有权随时修改本协议而无需通知用户。", {"CN-G-11": "high"}),
    (
        "English interpretation",
        "The company reserves the right of final interpretation.",
        {"CN-G-11": "high"},
    ),
    ("English change", "We may modify these terms at any time without notice.", {"CN-G-11": "high"}),
    ("no such right", "任何一方不享有最终解释权。", {}),
    ("by agreement", "经双方协商一致可以变更本协议。", {}),
    ("English by agreement", "The terms may be changed by mutual agreement in writing.", {}),
    # CN-G-12
    ("limitation waived", "乙方放弃诉讼时效抗辩。", {"CN-G-12": "high"}),
    ("limitation shortened", "本合同诉讼时效为一年。", {"CN-G-12": "high"}),
    ("sue or lose", "乙方应在30日内提起诉讼，否则视为放弃。", {"CN-G-12": "high"}),
    ("English shortening", "The parties shorten the limitation period to one year.", {"CN-G-12": "high"}),
    ("statutory period", "本合同适用三年诉讼时效。", {}),
    ("mere mention", "诉讼时效依照法律规定。", {}),
    ("English prohibition", "The parties may not waive the statute of limitations.", {}),
    # CN-G-13
    ("foreign court", "争议由新加坡法院管辖。", {"CN-G-13": "high"}),
    ("Hong Kong court", "任何争议提交香港法院管辖。", {"CN-G-13": "high"}),
    ("English foreign court", "Disputes shall be submitted to the courts of England.", {"CN-G-13": "high"}),
    (
        "English Delaware",
        "This agreement is subject to the jurisdiction of the Delaware courts.",
        {"CN-G-13": "high"},
    ),
    ("wrong level", "由上海市高级人民法院管辖。", {"CN-G-13": "medium"}),
    ("not identifiable", "双方同意由任一法院管辖。", {"CN-G-13": "medium"}),
    ("named without a link", "争议由北京市朝阳区人民法院管辖。", {"CN-G-13": "low"}),
    ("named with a link", "争议由合同签订地北京市朝阳区人民法院管辖。", {}),
    ("defendant's court", "争议由被告住所地人民法院管辖。", {}),
    ("English defendant", "Disputes shall be settled by the court at the domicile of the defendant.", {}),
    # CN-G-14
    ("arbitrate or sue", "争议可提交仲裁，也可以向法院起诉。", {"CN-G-14": "high"}),
    ("no institution", "因本合同发生的争议，提交北京仲裁。", {"CN-G-14": "high"}),
    ("English either way", "Disputes go to arbitration or to the courts.", {"CN-G-14": "high"}),
    (
        "English no institution",
        "Any dispute shall be settled by arbitration in Beijing.",
        {"CN-G-14": "high"},
    ),
    ("one institution", "争议提交中国国际经济贸易仲裁委员会仲裁。", {}),
    ("labour road", "发生劳动争议可申请劳动仲裁，不服的向法院起诉。", {}),
    ("English institution", "Any dispute shall be submitted to CIETAC for arbitration.", {}),
    # CN-E-03
    ("penalty for resigning", "员工离职的，应支付违约金5万元。", {"CN-E-03": "critical"}),
    ("penalty within a year", "未满一年辞职的，须交纳违约金。", {"CN-E-03": "critical"}),
    (
        "English penalty",
        "An employee who resigns within a year pays a penalty of 5,000.",
        {"CN-E-03": "critical"},
    ),
    ("English damages", "Liquidated damages are due if the employee quits.", {"CN-E-03": "critical"}),
    ("training service period", "员工在专项培训服务期内辞职的，应支付违约金。", {}),
    ("no penalty", "员工离职无需支付违约金。", {}),
    ("English training", "If she resigns in the service period after training, a penalty is due.", {}),
    # CN-E-06
    ("deposit at hiring", "入职时员工须交纳服装押金500元。", {"CN-E-06": "critical"}),
    ("identity card kept", "公司扣押员工身份证原件。", {"CN-E-06": "critical"}),
    ("English deposit", "Each employee shall pay a deposit of 500 yuan on hiring.", {"CN-E-06": "critical"}),
    ("English card", "The employer shall keep the identity card of the worker.", {"CN-E-06": "critical"}),
    ("a copy is fine", "入职时员工提交身份证复印件。", {}),
    ("no deposit", "公司不得向员工收取押金。", {}),
    # CN-E-07
    ("insurance waived", "员工自愿放弃社保。", {"CN-E-07": "critical"}),
    ("paid in cash instead", "社会保险以现金补贴代替。", {"CN-E-07": "critical"}),
    ("English waiver of insurance", "The employee waives social insurance.", {"CN-E-07": "critical"}),
    ("English opting out", "Staff may opt out of social security.", {"CN-E-07": "critical"}),
    ("insurance paid", "公司依法为员工缴纳社会保险。", {}),
    ("waiver is void", "员工不能放弃社保。", {}),
    # CN-G-21
    (
        "English full prepayment",
        "The buyer shall pay the full price within 5 days of signing.",
        {"CN-G-21": "medium"},
    ),
    ("stages", "合同签订后5日内支付首付款30%，收到款项后乙方开始设计。", {}),
]


@pytest.mark.parametrize(("case", "text", "expected"), CASES)
def test_clauses_are_judged(case: str, text: str, expected: dict[str, str]) -> None:
    assert {found["rule_id"]: found["severity"] for found in screen(text=text, language="zh")} == expected


def test_the_sample_contract_comes_out_as_designed() -> None:
    found = screen(text=SAMPLE, language="zh")
    assert [(one["rule_id"], one["severity"], one["effect"]) for one in found] == [
        ("CN-G-01", "critical", "adjustable"),
        ("CN-G-02", "high", "revocable"),
        ("CN-G-03", "medium", "default_rule"),
        ("CN-G-21", "medium", "commercial"),
    ]
    reasons = found[0]["explanation"] + found[1]["explanation"]
    assert all(words in reasons for words in ("《民法典》第五百八十五条", "5%", "1825%", "公平原则"))
    assert not any(words in reasons for words in ("远超法定上限", "违约金条款无效"))


@pytest.mark.parametrize(
    ("position", "phrases"),
    [
        (0, ("30日内", "100万元", "0.05%", "累计违约金不超过合同总金额的10%")),
        (1, ("60日内", "0.05%", "逾期超过15日", "甲方有权解除合同", "退还已付款项")),
        (2, ("10个工作日内", "验收", "附件《项目验收规范》")),
    ],
)
def test_the_sample_contract_gets_complete_clauses(position: int, phrases: tuple[str, ...]) -> None:
    advice = screen(text=SAMPLE, language="zh")[position]["advice"]
    assert all(phrase in advice for phrase in phrases)


def test_the_rewritten_sample_leaves_commercial_points_only() -> None:
    found = screen(text=REWRITTEN, language="zh")
    assert {one["effect"] for one in found} == {"commercial"}
    assert [one["rule_id"] for one in found] == ["CN-G-21", "CN-G-05", "CN-G-01", "CN-G-01"]


def test_a_finding_has_the_agreed_shape() -> None:
    (found,) = screen(text="The lease term is twenty-five years.", language="en")
    assert found == {
        "rule_id": "CN-L-01",
        "source": "rule",
        "severity": "critical",
        "title": "Lease longer than twenty years",
        "explanation": "The lease runs 25 years; the maximum is 20, and the 5 years above are void "
        "(Civil Code art. 705).",
        "span": {"start": 18, "end": 35, "quote": "twenty-five years"},
        "citations": ["PRC Civil Code, art. 705"],
        "advice": "Agree on twenty years at most; it can be renewed at the end, "
        "again for no more than twenty years.",
        "effect": "partly_void",
        "computed": {"years": 25.0, "limit_years": 20, "excess_years": 5.0},
    }


@pytest.mark.parametrize(
    ("case", "text", "expected"), [row for row in CASES if row[2]] + [("sample", SAMPLE, {})]
)
def test_quotes_are_exact(case: str, text: str, expected: dict[str, Any]) -> None:
    for found in screen(text=text, language="en"):
        span = found["span"]
        assert text[span["start"] : span["end"]] == span["quote"] != ""


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    assert rule.citations["zh"]
    assert rule.citations["en"]
    for words in rule.wordings.values():
        assert all(
            getattr(words, part)[language]
            for part in ("title", "explanation", "advice")
            for language in ("zh", "en")
        )


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids)) == 18


def test_empty_text_has_no_findings() -> None:
    assert screen(text="", language="zh") == screen(text=" \n", language="en") == []
