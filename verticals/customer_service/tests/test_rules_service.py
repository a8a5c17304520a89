"""What a customer message must trigger, what it must not, and the days and sums computed."""

from __future__ import annotations

from typing import Any

import pytest

from verticals.customer_service.domain import (
    Rule,
    days_since_receipt,
    identity_valid,
    luhn,
    mask,
    rules,
    screen,
)

CASES = [
    # CS-SAFE-01
    ("a child hit by a shelf", "书架砸伤了孩子", {"CS-SAFE-01": "critical"}),
    ("cut by glass", "玻璃桌把我手割伤了，在医院缝了三针", {"CS-SAFE-01": "critical"}),
    ("electric shock", "开灯的时候触电了", {"CS-SAFE-01": "critical"}),
    ("English fall", "A shelf fell on my child", {"CS-SAFE-01": "critical"}),
    ("English cut", "The table edge cut my hand and it is bleeding", {"CS-SAFE-01": "critical"}),
    ("nobody hurt", "没有受伤", {}),
    ("delivery to a hospital", "送货到人民医院可以吗", {}),
    ("English delivery to a hospital", "Can you deliver to the hospital on Park Road?", {}),
    ("asking about allergies", "这个面料会不会过敏", {}),
    # CS-SAFE-02
    ("smoke", "插座冒烟了", {"CS-SAFE-02": "high"}),
    ("shattered glass", "茶几玻璃自爆，碎了一地", {"CS-SAFE-02": "high"}),
    ("English sparks", "The lamp gives off sparks", {"CS-SAFE-02": "high"}),
    ("English tipping", "The wardrobe tipped over last night", {"CS-SAFE-02": "high"}),
    ("anti-tip kit", "防倾倒配件怎么装", {}),
    ("smoke grey", "Do you have the sofa in smoke grey?", {}),
    # CS-SAFE-03
    ("self-harm", "家里出事了，我不想活了", {"CS-SAFE-03": "critical"}),
    ("suicide", "再这样我就去自杀", {"CS-SAFE-03": "critical"}),
    ("English self-harm", "I want to die", {"CS-SAFE-03": "critical"}),
    ("English suicide", "I feel suicidal", {"CS-SAFE-03": "critical"}),
    ("missing somebody", "想死你们家的沙发了", {}),
    ("English dying to", "I'm dying to see the new sofa", {}),
    # CS-COMP-01
    ("12315", "不给处理我就打12315", {"CS-COMP-01": "high"}),
    ("lawyer", "我会找律师处理", {"CS-COMP-01": "high"}),
    ("English lawyer", "You will hear from my lawyer", {"CS-COMP-01": "high"}),
    ("English complaint", "I want to file a formal complaint", {"CS-COMP-01": "high"}),
    ("no complaint meant", "我不是要投诉，只是问问", {}),
    ("English praise", "I have no complaints at all", {}),
    # CS-HUMAN-01
    ("a person please", "转人工", {"CS-HUMAN-01": "medium"}),
    ("English person", "I want to talk to a human", {"CS-HUMAN-01": "medium"}),
    ("labour cost", "维修的人工费怎么收", {}),
    # CS-RET-02
    ("custom curtains", "窗帘是定制的，想退", {"CS-RET-02": "medium"}),
    ("opened software", "I want a refund for the opened software", {"CS-RET-02": "medium"}),
    ("broken hygiene seal", "床垫封条撕了还能退吗，床垫拆了封", {"CS-RET-02": "medium"}),
    ("custom and faulty", "定制的柜子开裂了，要求退货", {"CS-RET-03": "info"}),
    ("custom, no return", "定制衣柜多久能做好", {}),
    # CS-RET-03
    ("cracked on arrival", "桌面裂缝了怎么办", {"CS-RET-03": "info"}),
    ("English broken", "The chair arrived broken, can I get a replacement?", {"CS-RET-03": "info"}),
    ("no fault", "没有质量问题", {}),
    # CS-PRIV
    ("card with spaces", "我的卡号是6222 0212 3456 7890 128", {"CS-PRIV-01": "high"}),
    ("card without spaces", "卡号4111111111111111扣了两次", {"CS-PRIV-01": "high"}),
    ("full-width card", "卡号４１１１１１１１１１１１１１１１扣错了", {"CS-PRIV-01": "high"}),
    ("English card", "You charged my card 4111-1111-1111-1111 twice", {"CS-PRIV-01": "high"}),
    ("order number is no card", "订单号2026110100012345678什么时候发", {}),
    ("last four digits", "卡号后四位是1111", {}),
    ("identity number", "身份证11010519491231002X", {"CS-PRIV-02": "medium"}),
    ("wrong check digit", "编号110105194912310021", {}),
    ("code", "验证码是483920", {"CS-PRIV-03": "high"}),
    ("password", "密码:abc12345", {"CS-PRIV-03": "high"}),
    ("English password", "my password is hunter2024", {"CS-PRIV-03": "high"}),
    ("English code", "The verification code is 483920", {"CS-PRIV-03": "high"}),
    ("no code received", "收不到验证码怎么办", {}),
    ("English reset", "How do I reset my password?", {}),
    # CS-SCAM-01
    ("safe account", "有人让我转到安全账户", {"CS-SCAM-01": "high"}),
    ("false support", "有人自称你们客服要退款", {"CS-SCAM-01": "high"}),
    ("English impersonation", "A man claiming to be your support called me", {"CS-SCAM-01": "high"}),
    ("English code wanted", "They asked me to transfer money first", {"CS-SCAM-01": "high"}),
    ("plain support", "客服让我等两天", {}),
    # plain questions
    ("how long", "几天之内可以退货？", {}),
    ("opening hours", "What time does your service line close?", {}),
]


@pytest.mark.parametrize(("case", "text", "expected"), CASES)
def test_messages_are_judged(case: str, text: str, expected: dict[str, str]) -> None:
    assert {found["rule_id"]: found["severity"] for found in screen(text=text, language="zh")} == expected


WINDOWS = [
    ("five days", "收到货5天了，不喜欢能退吗", 5, 2, True),
    ("the seventh day", "签收七天，想退货", 7, 0, True),
    ("the eighth day", "签收八天，想退货", 8, 0, False),
    ("half a month", "收到半个月了能退吗", 15, 0, False),
    ("a month and a half", "收到一个半月了还能退吗", 45, 0, False),
    ("yesterday", "昨天刚收到的椅子想退", 1, 6, True),
    ("today", "今天签收的，不想要了", 0, 7, True),
    ("days first", "三天前收到的沙发能退吗", 3, 4, True),
    ("not custom-made", "不是定制的，收到6天可以退吗", 6, 1, True),
    ("no fault", "没有质量问题，收到两天，可以退吗", 2, 5, True),
    ("English days", "The lamp arrived 5 days ago, can I return it?", 5, 2, True),
    ("English week", "I received it a week ago and want a refund", 7, 0, True),
    ("English two weeks", "It was delivered two weeks ago. Can I still return it?", 14, 0, False),
    ("English yesterday", "It arrived yesterday and I want to send it back", 1, 6, True),
    ("English had for", "I have had it for ten days, can I return it?", 10, 0, False),
    ("unopened software", "The software is unopened, received 3 days ago, can I return it?", 3, 4, True),
]


@pytest.mark.parametrize(("case", "text", "days", "left", "within"), WINDOWS)
def test_the_refund_window_is_computed(case: str, text: str, days: int, left: int, within: bool) -> None:
    (found,) = screen(text=text, language="en")
    assert (found["rule_id"], found["computed"]) == (
        "CS-RET-01",
        {"days_since_receipt": days, "window_days": 7, "days_left": left, "within_window": within},
    )


@pytest.mark.parametrize(
    "text", ["买了五天还没发货", "三天内到货吗", "I ordered it 5 days ago", "7天无理由是什么意思"]
)
def test_other_days_are_no_receipt(text: str) -> None:
    assert days_since_receipt(text) is None


@pytest.mark.parametrize(
    ("text", "rule_id", "computed"),
    [
        (
            "收到十天，沙发开裂了，能退吗",
            "CS-RET-03",
            {"days_since_receipt": 10, "choices": ["exchange", "repair"]},
        ),
        (
            "收到3天，抽屉坏了，要退",
            "CS-RET-03",
            {"days_since_receipt": 3, "choices": ["return", "exchange", "repair"]},
        ),
        ("The opened game, I want to return it", "CS-RET-02", {"goods": "opened_media", "window_days": 0}),
        ("鲜花不喜欢想退", "CS-RET-02", {"goods": "perishable", "window_days": 0}),
        ("花2000元买的是假货", "CS-COMP-02", {"price": 2000.0, "extra_damages": 6000.0, "floor": 500}),
        ("这是欺诈，才99元", "CS-COMP-02", {"price": 99.0, "extra_damages": 500.0, "floor": 500}),
        (
            "It is a fake product, I paid ¥300",
            "CS-COMP-02",
            {"price": 300.0, "extra_damages": 900.0, "floor": 500},
        ),
        ("This is fraud", "CS-COMP-02", {"price": None, "extra_damages": None, "floor": 500}),
        ("我8岁的女儿用手机买了个衣柜", "CS-MINOR-01", {"age": 8, "status": "needs_consent"}),
        ("7岁的儿子乱买东西", "CS-MINOR-01", {"age": 7, "status": "void"}),
        ("My son ordered a bed by mistake", "CS-MINOR-01", {"age": None, "status": "unknown"}),
    ],
)
def test_other_figures_are_computed(text: str, rule_id: str, computed: dict[str, Any]) -> None:
    (found,) = screen(text=text, language="zh")
    assert (found["rule_id"], found["computed"]) == (rule_id, computed)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("卡号4111111111111111", "************1111"),
        ("card 4111-1111-1111-1111", "****-****-****-1111"),
        ("验证码是483920", "验证码是******"),
        ("身份证11010519491231002X", "**************002X"),
    ],
)
def test_secrets_are_masked_in_the_quote(text: str, quote: str) -> None:
    (found,) = screen(text=text, language="zh")
    span = found["span"]
    assert span["quote"] == quote == mask(text[span["start"] : span["end"]])


def test_a_finding_has_the_agreed_shape() -> None:
    (found,) = screen(text="转人工", language="en")
    assert found == {
        "rule_id": "CS-HUMAN-01",
        "source": "rule",
        "severity": "medium",
        "title": "Wish for a human agent",
        "explanation": "A customer who asks for a person is handed over at once, without persuasion.",
        "span": {"start": 0, "end": 3, "quote": "转人工"},
        "citations": ["PRC E-Commerce Law, art. 59"],
        "advice": "Hand over now; outside hours book a call-back.",
        "effect": "hand_over",
    }


def test_injuries_come_before_everything_else() -> None:
    found = screen(text="转人工！柜子倒了砸伤了我，不处理就打12315", language="zh")
    assert [one["rule_id"] for one in found] == ["CS-SAFE-01", "CS-SAFE-02", "CS-COMP-01", "CS-HUMAN-01"]
    assert {one["effect"] for one in found} == {"hand_over"}


@pytest.mark.parametrize(("digits", "valid"), [("4111111111111111", True), ("4111111111111112", False)])
def test_luhn(digits: str, valid: bool) -> None:
    assert luhn(digits) is valid


@pytest.mark.parametrize(("text", "valid"), [("11010519491231002X", True), ("110105194912310021", False)])
def test_identity_check_digit(text: str, valid: bool) -> None:
    assert identity_valid(text) is valid


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    assert all(
        getattr(rule, part)[language]
        for part in ("title", "explanation", "advice", "citations")
        for language in ("zh", "en")
    )


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in rules()]
    assert len(ids) == len(set(ids)) == 14
