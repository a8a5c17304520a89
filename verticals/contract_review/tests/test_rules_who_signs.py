"""Five ways to name the parties at the head and eleven ways to sign: what is wrong in each is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import product

import pytest

from verticals.contract_review.domain import review, shipped
from verticals.contract_review.evaluation import authored
from verticals.contract_review.evaluation.authored import REPORTED
from verticals.contract_review.tests.test_rules_review_clauses import FOLDER

BUYER, MAKER = "临川恒裕物流有限公司", "青岚软件技术有限公司"
CODES = ("91983690MA1LCR05DC", "91773546MAG8YNNRGD")
HEADS = {
    "lines": "\n".join(
        (
            f"甲方：{BUYER}",
            f"统一社会信用代码：{CODES[0]}",
            "法定代表人：陆川",
            "住所：临川市东湖区恒裕路1号",
            "联系人：周宁，电话：13800001111",
            f"乙方：{MAKER}",
            f"统一社会信用代码：{CODES[1]}",
            "法定代表人：方晴",
            "住所：青岚市软件园2号",
            "联系人：许航，电话：13900002222",
        )
    ),
    "centred": "\n".join(
        (
            f"委托方（甲方）：{BUYER}",
            "住 所 地：临川市东湖区恒裕路1号",
            "法定代表人：陆川",
            f"社会信用代码：{CODES[0]}",
            f"受托方（乙方）：{MAKER}",
            "住 所 地：青岚市软件园2号",
            "法定代表人：方晴",
            f"社会信用代码：{CODES[1]}",
        )
    ),
    "bracketed": "\n".join(
        (
            f"甲方：{BUYER}（统一社会信用代码{CODES[0]}，住所：临川市东湖区恒裕路1号，法定代表人陆川，职务：董事长）",
            f"乙方：{MAKER}（统一社会信用代码{CODES[1]}，住所：青岚市软件园2号，法定代表人方晴，职务：总经理）",
        )
    ),
    "sentences": "\n".join(
        (
            "本合同由下列双方于2026年9月1日在临川市签订：",
            f"（1）{BUYER}，一家依中国法律设立的有限责任公司，统一社会信用代码为{CODES[0]}，注册地址为临川市东湖区恒裕路1号，法定代表人为陆川（下称“甲方”）；",
            f"（2）{MAKER}，一家依中国法律设立的有限责任公司，统一社会信用代码为{CODES[1]}，注册地址为青岚市软件园2号，法定代表人为方晴（下称“乙方”）。",
        )
    ),
    "numbered": "\n".join(
        (
            "合同编号：HY-2026-018",
            "签订地点：临川市东湖区",
            "签订时间：2026年9月1日",
            f"甲方（客户）：{BUYER}",
            "地址：临川市东湖区恒裕路1号    邮编：344000",
            f"统一社会信用代码：{CODES[0]}",
            "法定代表人：陆川    联系电话：0794-8200000",
            f"乙方（服务方）：{MAKER}",
            "地址：青岚市软件园2号    邮编：266000",
            f"统一社会信用代码：{CODES[1]}",
            "法定代表人：方晴    联系电话：0532-8100000",
        )
    ),
}
BLOCKS = {
    "seals": "\n".join(
        (
            f"甲方（盖章）：{BUYER}",
            "法定代表人（签字）：陆川",
            "日期：2026年9月1日",
            f"乙方（盖章）：{MAKER}",
            "法定代表人（签字）：方晴",
            "日期：2026年9月1日",
        )
    ),
    "signed": "\n".join(
        (
            f"甲方（公章）：{BUYER}",
            "法定代表人签字：陆川",
            "签订日期：2026年9月1日",
            "",
            f"乙方（公章）：{MAKER}",
            "法定代表人签字：方晴",
            "签订日期：2026年9月1日",
        )
    ),
    "either": "\n".join(
        (
            f"甲方：{BUYER}（盖章）",
            "法定代表人或授权代表：陆川（签字）",
            "2026年9月1日",
            f"乙方：{MAKER}（盖章）",
            "法定代表人或授权代表：方晴（签字）",
            "2026年9月1日",
        )
    ),
    "side by side": "\n".join(
        (
            f"甲方盖章：{BUYER}　　　　乙方盖章：{MAKER}",
            "法定代表人签名：陆川　　　　法定代表人签名：方晴",
            "签署日期：2026年9月1日　　　　签署日期：2026年9月1日",
        )
    ),
    "by proxy": "\n".join(
        (
            f"甲方：{BUYER}（公章）",
            "授权代表（签字）：张启（附授权委托书）",
            "签署日期：二〇二六年九月一日",
            f"乙方：{MAKER}（公章）",
            "授权代表（签字）：李朗（附授权委托书）",
            "签署日期：二〇二六年九月一日",
        )
    ),
    "page of its own": "\n".join(
        (
            "（本页为《仓储管理系统开发合同》的签署页，无正文）",
            f"甲方（签章）：{BUYER}",
            "法定代表人/授权代表：陆川",
            "日期：2026-09-01",
            f"乙方（签章）：{MAKER}",
            "法定代表人/授权代表：方晴",
            "日期：2026-09-01",
        )
    ),
    "with accounts": "\n".join(
        (
            f"甲  方（盖章）：{BUYER}",
            "法定代表人（签名或盖章）：陆川",
            "开户银行：中国工商银行临川东湖支行",
            "账    号：1511200409000012345",
            "2026年9月1日",
            f"乙  方（盖章）：{MAKER}",
            "法定代表人（签名或盖章）：方晴",
            "开户银行：中国银行青岚软件园支行",
            "账    号：237300045678",
            "2026年9月1日",
        )
    ),
    "person in charge": "\n".join(
        (
            f"委托方签章：{BUYER}",
            "负责人签字：陆川",
            "签约日期：2026.9.1",
            f"受托方签章：{MAKER}",
            "负责人签字：方晴",
            "签约日期：2026.9.1",
        )
    ),
    "seal below": "\n".join(
        (
            f"甲方：{BUYER}",
            "（盖章）",
            "代表人：陆川",
            "时间：2026年9月1日",
            f"乙方：{MAKER}",
            "（盖章）",
            "代表人：方晴",
            "时间：2026年9月1日",
        )
    ),
    "names and offices": "\n".join(
        (
            "双方已于首页所载日期签署本合同，以昭信守。",
            "",
            f"{BUYER}（盖章）",
            "签字：陆川",
            "姓名：陆川",
            "职务：董事长",
            "",
            f"{MAKER}（盖章）",
            "签字：方晴",
            "姓名：方晴",
            "职务：总经理",
            "2026年9月1日",
        )
    ),
    "clerks": "\n".join(
        (
            f"甲方（印章）：{BUYER}",
            "经办人：王策",
            "联系电话：13800001111",
            "2026年9月1日",
            f"乙方（印章）：{MAKER}",
            "经办人：赵璇",
            "联系电话：13900002222",
            "2026年9月1日",
        )
    ),
}


@cache
def _middle() -> tuple[str, list[str]]:
    """The title and the articles of a lawful contract, without its head and its signatures."""
    row = authored.read(FOLDER / "dev")["service-warehouse-software"]
    title, _, *articles, _ = [clause["clean"] for clause in row["clause"]]
    return title, [one for one in articles if one]


def _told(head: str, block: str) -> bool:
    """Whether anything is wrong with the parties."""
    title, articles = _middle()
    text = "\n".join([title, head, *articles, block])
    found = review(text, side="甲方", as_of=date(2026, 11, 22), parameters=shipped()).findings
    return any(one.rule == "CN-G-22" and one.score >= REPORTED for one in found)


def _without_the_second(block: str) -> str:
    if "　　　　" in block:
        return "\n".join(line.split("　　　　")[0] for line in block.split("\n"))
    return re.sub(rf"(?s)\n+[^\n]*{MAKER}.*", "", block)


CHANGES: dict[str, tuple[Callable[[str], str], bool]] = {
    "as it should be": (lambda block: block, False),
    "one of them is missing": (_without_the_second, True),
    "another firm signs": (lambda block: block.replace(MAKER, "青岚智能技术有限公司"), True),
    "nobody signs for one": (lambda block: re.sub("方晴|李朗|赵璇", "", block), True),
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_who_signs_is_held_against_the_head(change: tuple[Callable[[str], str], bool], block: str) -> None:
    changed, wrong = change
    assert {name: _told(head, changed(block)) for name, head in HEADS.items()} == dict.fromkeys(HEADS, wrong)


@pytest.mark.parametrize(
    ("head", "block"), list(product(HEADS, ("seals", "signed", "side by side", "with accounts")))
)
def test_another_representative_than_the_one_at_the_head_is_told(head: str, block: str) -> None:
    assert _told(HEADS[head], BLOCKS[block].replace("方晴", "罗修远"))


@pytest.mark.parametrize(
    ("given", "instead"),
    [(CODES[1], ""), (CODES[1], CODES[1][:-1]), (CODES[1], CODES[1][:-2] + "0D"), ("青岚市软件园2号", "")],
    ids=("no code", "a short code", "a wrong code", "no address"),
)
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_what_one_firm_lacks_at_the_head_is_told(head: str, given: str, instead: str) -> None:
    assert _told(head.replace(given, instead), BLOCKS["seals"])
