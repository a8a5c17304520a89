"""What may not be said about an investment, and what sounds alike but is lawful."""

from __future__ import annotations

import pytest

from verticals.investment_advisory.domain import Rule, rules, screen

CLAIMS = [
    # FB-01 capital promised
    ("capital and interest promised", "这款产品保本保息，年化8%", {"FB-01": "critical"}),
    ("zero risk with high return", "零风险高收益，人人可买", {"FB-01": "critical"}),
    ("sure profit", "跟着我们稳赚不赔", {"FB-01": "critical"}),
    ("a mark hides the word", "保-本产品正在发售", {"FB-01": "critical"}),
    ("full-width space hides the word", "这是保　本理财", {"FB-01": "critical"}),
    ("a homophone hides the word", "饱本型理财，放心购买", {"FB-01": "critical"}),
    ("not only guaranteed is still guaranteed", "不仅保本，还有高收益", {"FB-01": "critical"}),
    ("losses are topped up", "亏损由公司全额兜底", {"FB-01": "critical"}),
    ("English: capital guaranteed", "Your capital is guaranteed in this plan.", {"FB-01": "critical"}),
    ("English: risk-free", "A risk-free way to grow your savings", {"FB-01": "critical"}),
    ("English: cannot lose", "With this fund you can't lose", {"FB-01": "critical"}),
    ("capital promise denied", "本产品不保本、不保收益", {}),
    ("a promise not given", "我行不承诺保本保收益", {}),
    ("not free of risk", "本基金并非无风险产品，请谨慎", {}),
    ("term of art", "无风险利率一般取国债收益率", {}),
    ("a place name", "本地客户保本地服务", {}),
    ("deposits may be called safe", "定期存款保本保息", {}),
    ("third-party warning", "如有人向您宣称保本，请勿相信", {}),
    ("a ban is quoted", "宣传材料不得出现保本、无风险等字样", {}),
    ("English: denied", "This is not a risk-free product and capital is not guaranteed.", {}),
    ("English: risk-free rate", "The risk-free rate is taken from treasury bonds.", {}),
    # FB-02 return promised
    ("a yearly return promised", "我们保证您每年收益10%", {"FB-02": "critical"}),
    ("a minimum return", "该基金最低收益为3%", {"FB-02": "critical"}),
    ("fixed yearly rate of a fund", "固定年化收益率高达6%", {"FB-02": "critical"}),
    ("English: guaranteed returns", "Our fund offers guaranteed returns of 8% a year", {"FB-02": "critical"}),
    ("English: returns are guaranteed", "All returns are guaranteed.", {"FB-02": "critical"}),
    ("no return is promised", "不保证收益", {}),
    ("no promise of any kind", "我司不对收益作出任何保证", {}),
    ("a margin account", "保证金账户的收益另行结算", {}),
    ("English: not guaranteed", "Returns are not guaranteed.", {}),
    ("English: nobody can guarantee", "No adviser can guarantee a return.", {}),
    # FB-03 certainty
    ("tomorrow will surely rise", "明天肯定会涨", {"FB-03": "high"}),
    ("it must double", "这只股票必翻倍", {"FB-03": "high"}),
    ("buy with closed eyes", "现在闭眼买就对了", {"FB-03": "high"}),
    ("English: bound to rise", "This stock is bound to rise next week", {"FB-03": "high"}),
    ("English: double your money", "Double your money in a year", {"FB-03": "high"}),
    ("a plan to sell at a profit", "一定要盈利再卖", {}),
    ("within a range", "亏损不会超过一定范围", {}),
    ("certainty denied", "没有人能说明天一定会涨", {}),
    ("English: certainty denied", "No stock is bound to rise.", {}),
    # FB-04 inside information
    ("inside news offered", "我有内部消息，赶紧买", {"FB-04": "high"}),
    ("inside news wanted", "能不能给点内幕消息？", {"FB-04": "high"}),
    ("English: insider tip", "I have an insider tip about this share", {"FB-04": "high"}),
    ("English: non-public earnings", "We know the non-public earnings already", {"FB-04": "high"}),
    ("asking what it means", "什么是内幕交易？", {}),
    ("a refusal", "我们不提供内幕消息", {}),
    ("English: asking for the definition", "What is insider trading?", {}),
    # FB-05 sharing and trading for clients
    ("profits split", "盈利五五分成", {"FB-05": "high"}),
    ("account handed over", "把账户交给我们，您只管收钱", {"FB-05": "high"}),
    ("English: split profits", "We split the profits with you", {"FB-05": "high"}),
    ("English: trade for you", "Our experts trade on your behalf", {"FB-05": "high"}),
    ("sharing refused", "我们不代客操盘", {}),
    ("the client asks", "你们可以代客理财吗？", {"FB-05": "medium"}),
    ("bonus shares are no sharing", "基金分红方式可以选择现金分红", {}),
    # FB-06 superlatives
    ("the best fund", "全国最好的基金", {"FB-06": "medium"}),
    ("English: the best fund", "The best fund for everyone", {"FB-06": "medium"}),
    ("first quarter", "第一季度收益为2%", {}),
    # FB-07 endorsements
    ("a professor recommends", "著名教授推荐这只基金", {"FB-07": "high"}),
    ("tried by customers", "客户亲测，收益喜人", {"FB-07": "high"}),
    ("English: experts recommend", "Experts recommend this fund", {"FB-07": "high"}),
    ("no endorsement", "本产品没有专家推荐", {}),
    ("English: none endorse it", "No experts endorse this product", {}),
    # FB-08 like a deposit
    ("as safe as a deposit", "和存款一样安全，放心买", {"FB-08": "high"}),
    ("state-backed", "本产品由国家担保", {"FB-08": "high"}),
    ("English: same as a deposit", "It is as safe as a bank deposit", {"FB-08": "high"}),
    ("wealth is not a deposit", "理财产品不等同于存款", {}),
    ("English: denied", "It is not backed by the government.", {}),
    # FB-09 urgency
    ("last chance", "最后机会，错过不再", {"FB-09": "medium"}),
    ("English: act now", "Act now, only 20 places left", {"FB-09": "medium"}),
    ("plain dates", "募集期为11月1日至11月7日", {}),
    # FB-11 disparaging
    ("others are rubbish", "别家基金都是骗人的", {"FB-11": "high"}),
    ("others cheat", "其他银行的理财坑人", {"FB-11": "high"}),
    ("English: rival funds", "Rival funds are a rip-off", {"FB-11": "high"}),
    ("plain comparison", "其他基金的费率请见各自公告", {}),
]

QUESTIONS = [
    ("is it guaranteed", "这个理财保本吗？", {"FB-01": "info"}),
    ("will I lose", "R2 产品会不会亏本", {}),
    ("English: protected?", "Is my principal protected?", {"FB-01": "info"}),
    ("is a return promised", "你们能保证收益吗？", {"FB-02": "info"}),
    ("plain product question", "赎回后几天到账？", {}),
    ("English plain question", "How long does a redemption take?", {}),
    # IN-01
    ("a loan for shares", "我想贷款炒股可以吗？", {"IN-01": "high"}),
    ("cash advance for funds", "用信用卡套现买基金划算吗", {"IN-01": "high"}),
    ("English: borrow to invest", "Should I borrow money to invest in this fund?", {"IN-01": "high"}),
    ("English: mortgage the house", "I want to mortgage my house and buy shares", {"IN-01": "high"}),
    ("advice against it", "不要借钱炒股", {}),
    ("loan without investment", "我想申请贷款装修房子", {}),
    # IN-02
    ("prompted answers", "教我怎么答才能买R5", {"IN-02": "high"}),
    ("filled in by staff", "客户经理帮我填风险测评就行吧", {"IN-02": "high"}),
    ("English: how to answer", "How should I answer to be rated C5?", {"IN-02": "high"}),
    ("English: skip the assessment", "Can I skip the risk assessment?", {"IN-02": "high"}),
    ("how the assessment works", "风险测评有效期多久？", {}),
    ("which level may buy", "C3 可以买哪些产品？", {}),
    # IN-03
    ("a safe account", "对方让我把钱转到安全账户", {"IN-03": "critical"}),
    ("a mentor in a group", "群里老师带我炒股，可信吗", {"IN-03": "critical"}),
    ("fee before withdrawal", "提现要先交保证金才行", {"IN-03": "critical"}),
    (
        "English: online friend",
        "An online friend wants me to invest on a trading platform",
        {"IN-03": "critical"},
    ),
    ("English: cannot withdraw", "I can't withdraw my money from the platform", {"IN-03": "critical"}),
    ("closed period explains it", "产品在封闭期，无法提现吗", {}),
    ("English: lock-up explains it", "Why can't I withdraw during the lock-up?", {}),
    # IN-04
    ("manager promised capital", "客户经理说这款基金保本，结果亏了", {"IN-04": "high"}),
    ("salesperson promised no loss", "当时销售承诺不会亏", {"IN-04": "high"}),
    ("English: adviser promised", "Your adviser promised it was risk-free", {"IN-04": "high"}),
    ("English: manager told me", "The manager told me my principal was safe", {"IN-04": "high"}),
    ("manager explained the risk", "客户经理说明了产品风险", {}),
]


@pytest.mark.parametrize(("case", "text", "expected"), CLAIMS + QUESTIONS)
def test_wording_is_judged(case: str, text: str, expected: dict[str, str]) -> None:
    assert {found["rule_id"]: found["severity"] for found in screen(text=text, language="zh")} == expected


@pytest.mark.parametrize(("case", "text", "expected"), [row for row in CLAIMS + QUESTIONS if row[2]])
def test_the_quote_is_what_the_text_says_there(case: str, text: str, expected: dict[str, str]) -> None:
    for found in screen(text=text, language="en"):
        span = found["span"]
        assert text[span["start"] : span["end"]] == span["quote"] != ""


def test_a_finding_has_the_agreed_shape() -> None:
    (found,) = screen(text="Guaranteed returns of 8%", language="en")
    assert found == {
        "rule_id": "FB-02",
        "source": "rule",
        "severity": "critical",
        "title": "Promise or guarantee of a return",
        "explanation": "No institution and no employee may promise an investment return "
        "or agree on a minimum return.",
        "span": {"start": 0, "end": 24, "quote": "Guaranteed returns of 8%"},
        "citations": [
            "PRC Securities Law, art. 135",
            "PRC Securities Investment Fund Law, art. 20",
            "Interim Measures on Securities and Futures Investment Consulting, art. 24",
        ],
        "advice": "Remove the promise; a performance benchmark may be quoted only with its basis "
        "and the note that it promises nothing.",
        "effect": "block",
    }


def test_the_language_chooses_the_words_not_the_result() -> None:
    zh, en = (screen(text="稳赚不赔", language=language)[0] for language in ("zh-hans", "en"))
    assert (zh["rule_id"], zh["title"]) == ("FB-01", "承诺保本或无风险")
    assert (en["rule_id"], en["title"]) == ("FB-01", "Promise that capital is safe or free of risk")


def test_a_stated_promise_outweighs_a_question_about_it() -> None:
    (found,) = screen(text="这个产品保本吗？我们的产品保本保息。", language="zh")
    assert (found["severity"], found["effect"], found["span"]["quote"]) == ("critical", "block", "保本保息")


def test_empty_text_has_no_findings() -> None:
    assert screen(text="", language="zh") == screen(text=" \n", language="en") == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_is_complete_in_both_languages(rule: Rule) -> None:
    for field in ("title", "explanation", "advice", "citations"):
        texts = getattr(rule, field)
        assert texts["zh"]
        assert texts["en"]


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids)) == 14
