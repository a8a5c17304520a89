"""One question, many ways to write it: the base is asked in the way in which it is written itself."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.knowledge import retrieval
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.retrieval import Retrieved
from tests.fixtures import Cast, Ingest

RULES = """# 售后规则

## 退货期限

商品签收后七天内可以无理由退货，超过期限需要质检报告。

## 保价

购买后30日内降价，可以申请退还差价的百分之八十。

## 配送

三公里以内免运费，每增加1公里加收两元。
"""
TRADITIONAL = """# 保固說明

## 保固期限

電動自行車的電池保固兩年，車架保固十年。

## 維修

維修費用由顧客負擔，除非屬於瑕疵。
"""


def _found(cast: Cast, question: str) -> Retrieved:
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(slug="customer-service")
        pin = [BaseVersion(base, base.version)]
        return retrieval.retrieve(actor=cast.mei.actor, question=question, bases=pin, trace=True)


@pytest.mark.parametrize(
    ("case", "question", "label"),
    [
        ("a digit for a numeral", "7天内能退货吗", "退货期限"),
        ("a full-width digit", "签收７天能不能无理由退货", "退货期限"),
        ("traditional characters", "簽收後幾天可以無理由退貨", "退货期限"),
        ("a percent sign", "降价可以退80%的差价吗", "保价"),
        ("a numeral for digits, and 天 for 日", "三十天内降价怎么退差价", "保价"),
        ("another unit", "3千米以内运费多少", "配送"),
    ],
)
def test_other_spellings_find_the_same_passage(
    cast: Cast, ingest: Ingest, case: str, question: str, label: str
) -> None:
    ingest(cast.zhou.actor, "rules.md", RULES)
    found = _found(cast, question)
    assert found.hits[0].passage.heading_path[-1] == label, case
    assert found.judgement.accepted, (case, found.judgement)


@pytest.mark.parametrize("question", ["电动自行车的电池保固几年", "電動自行車的電池保固幾年"])
def test_a_base_in_traditional_characters_is_asked_in_them(cast: Cast, ingest: Ingest, question: str) -> None:
    ingest(cast.zhou.actor, "warranty.md", TRADITIONAL)
    found = _found(cast, question)
    assert found.question == "電動自行車的電池保固幾年"
    assert found.hits[0].passage.heading_path[-1] == "保固期限"
    assert found.judgement.accepted


def test_a_law_named_in_traditional_characters_is_found(cast: Cast, ingest: Ingest) -> None:
    law = "中华人民共和国家具法\n\n" + "\n\n".join(f"第{n}条　家具规定{n}。" for n in "一二三四五六")
    ingest(cast.zhou.actor, "家具法.md", law)
    found = _found(cast, "《中華人民共和國家具法》第2條至第4條")
    assert [hit.passage.label for hit in found.hits if hit.by_reference] == ["第二条", "第三条", "第四条"]
    assert found.judgement.reason == "named"
