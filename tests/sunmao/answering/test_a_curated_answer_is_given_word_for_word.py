"""Where somebody wrote the answer to this very question, all of it is said and nothing is added."""

from __future__ import annotations

from tests.fixtures import Ask, Cast, Ingest

FAQ = """# 常见问题

问：怎么申请开发票？
答：登录后打开“我的订单”。选择订单并点击“申请发票”。电子发票二十四小时内发到邮箱。如需专票请联系客服。

问：发票抬头写错了怎么改？
答：开票后三十天内可以换开一次。

问：怎么取消订单？
答：未发货的订单可以直接取消。
"""
WHOLE = ["登录后打开“我的订单”。", "点击“申请发票”。", "二十四小时内发到邮箱。", "如需专票请联系客服。"]


def test_every_sentence_of_it_is_quoted(cast: Cast, ask: Ask, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "faq.md", FAQ)
    record = ask(cast.mei.actor, "请问怎么申请开发票呢？")
    assert record.outcome == "answered"
    assert [sentence for sentence in WHOLE if sentence not in record.text] == []
    assert [cited["label"] for cited in record.citations] == ["怎么申请开发票？"]
    assert "换开" not in record.text


def test_the_number_of_the_asker_does_not_stand_in_the_way(cast: Cast, ask: Ask, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "faq.md", FAQ + "\n问：怎么更换手机号？\n答：在账户设置里更换手机号。\n")
    record = ask(cast.mei.actor, "我的手机号是13812345678，怎么申请开发票？")
    assert [cited["label"] for cited in record.citations] == ["怎么申请开发票？"]
    assert "账户设置" not in record.text
