"""What a question leaves out is taken from the one before it, and the answer says so."""

from __future__ import annotations

import pytest

from sunmao.knowledge.text.following import standalone
from tests.fixtures import Ask, Cast, Ingest

WARRANTY = """# 保修政策

## 沙发保修期限

沙发的框架保修五年，弹簧保修三年。

## 床垫保修期限

床垫整体保修十年。

## 退货运费

床垫不合适可以退货，运费由顾客承担。
"""


@pytest.mark.parametrize(
    ("case", "previous", "question", "expected"),
    [
        ("a pronoun", "沙发保修多久？", "它的退货运费谁付？", "沙发保修 退货运费谁付"),
        ("another of its kind", "九级伤残赔多少钱？", "那十级的呢？", "伤残赔 钱 十级"),
        ("another article", "劳动合同法第39条是什么", "那第40条呢", "劳动合同法 第40条"),
        ("English", "What is glaucoma?", "What are its symptoms?", "What is glaucoma What are   symptoms?"),
        ("a question of its own", "沙发保修多久？", "怎么开发票？", "怎么开发票？"),
        ("nothing before it", "", "那十级的呢？", "那十级的呢？"),
        ("a long question", "沙发保修多久？", "那我在网上买的餐桌桌面开裂了应该怎么联系售后维修", ""),
        ("English with its own subject", "What is glaucoma?", "Who is at risk for Anal Cancer?", ""),
    ],
)
def test_what_is_left_out_is_carried_over(case: str, previous: str, question: str, expected: str) -> None:
    assert standalone(question, previous) == (expected or question), case


def test_a_follow_up_is_answered_about_the_last_subject(cast: Cast, ask: Ask, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "warranty.md", WARRANTY)
    first = ask(cast.mei.actor, "沙发的弹簧保修多久？")
    assert "弹簧保修三年" in first.text
    conversation = str(first.exchange.conversation_id)
    second = ask(cast.mei.actor, "那框架呢？", conversation_id=conversation)
    assert (second.outcome, second.question) == ("answered", "那框架呢？")
    assert "框架保修五年" in second.text
    assert [note["rule_id"] for note in second.findings] == ["Q-FOLLOW-UP"]
    assert "沙发" in second.findings[0]["explanation"]


def test_in_a_conversation_of_its_own_the_same_words_mean_nothing(
    cast: Cast, ask: Ask, ingest: Ingest
) -> None:
    ingest(cast.zhou.actor, "warranty.md", WARRANTY)
    alone = ask(cast.mei.actor, "那框架呢？")
    assert [note["rule_id"] for note in alone.findings] == []
