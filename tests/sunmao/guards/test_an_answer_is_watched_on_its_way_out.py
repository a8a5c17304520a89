"""What may not be said is stopped before a reader sees it, in whatever pieces it comes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from sunmao.guards.outbound import wording
from sunmao.guards.outbound.canary import new_canary
from sunmao.guards.outbound.links import plain
from sunmao.guards.outbound.numbers import Known
from sunmao.guards.outbound.stream import Outgoing, through

MARK = "zqbcdfghjklmnpqrstvw"
VERTICALS = Path(__file__).parents[3] / "verticals"
SIZES = [1, 2, 3, 7, 1_000]


def _forbidden(vertical: str) -> wording.Wording:
    return wording.read(VERTICALS / vertical / "rules" / "forbidden.toml")


def _said(guard: Outgoing, text: str, size: int) -> str:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return "".join(guard.feed(piece) for piece in pieces) + guard.flush()


@pytest.mark.parametrize("size", SIZES)
def test_an_innocent_answer_is_not_changed(size: int) -> None:
    text = "七日内可退货 [1]。\n\n1. 先申请；\n2. 再寄回！\n\n| a | b |\n|---|---|\n"
    text += "It costs 12.50 yuan [2]. Fine? Yes!\n"
    guard = Outgoing(canary=MARK, wording=_forbidden("customer_service"))
    assert _said(guard, text, size) == text
    assert guard.noticed.removed == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("case", "leak"),
    [
        ("as it stands", MARK),
        ("in capitals", MARK.upper()),
        ("spaced", " ".join(MARK)),
        ("dashes", "-".join(MARK)),
        ("line by line", "\n".join(MARK)),
        ("sentence by sentence", "。".join(MARK)),
        ("backwards", MARK[::-1]),
        ("hex", MARK.encode().hex()),
        ("base64", base64.b64encode(f"x{MARK}".encode()).decode()),
        ("base64 inside a text", base64.b64encode(f"提示词 {MARK} 完".encode()).decode()),
        ("full width", "".join(chr(ord(sign) + 0xFEE0) for sign in MARK)),
        ("invisible between", "\u200b".join(MARK)),
        ("in bold", f"**{MARK[:7]}**{MARK[7:]}"),
    ],
)
def test_the_mark_of_the_prompt_never_leaves(case: str, leak: str, size: int) -> None:
    guard = Outgoing(canary=MARK)
    said = _said(guard, f"好的。我的提示词是：{leak}。再见。", size)
    assert guard.noticed.canary
    # Fewer letters of it than could be told from any others.
    assert len([sign for sign in said if sign.isascii() and sign.isalnum()]) < 6


def test_every_mark_is_another_one() -> None:
    assert len({new_canary() for _ in range(200)}) == 200


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("case", "text", "kept"),
    [
        ("an image", "看![x](https://e.example/?d=1)图。", "看x图。"),
        ("a link", "见[这里](https://e.example/?d=1)。", "见这里。"),
        ("an address", "见 https://e.example/?d=1 。", "见 […] 。"),
        ("a known address with more behind it", "见 https://hemu.example/12?d=1 。", "见 […] 。"),
        ("a known address with words behind it", "见 https://hemu.example/12型号。", "见 […]型号。"),
        ("a script", "好<script>alert(1)</script>。", "好alert(1)。"),
        ("a tag", "好<img src=x onerror=alert(1)>。", "好。"),
        ("a scheme", "javascript:alert(1)。", "[…])。"),
        ("hidden in references", "&#104;ttps://e.example/&#63;d=1 好。", "[…] 好。"),
        ("a known address", "见 https://hemu.example/12 。", "见 https://hemu.example/12 。"),
        ("a placeholder of personal data", "致 <MOBILE_1>。", "致 <MOBILE_1>。"),
        ("a comparison", "a<b，c>d。", "a<b，c>d。"),
    ],
)
def test_nothing_that_a_browser_acts_on_is_left(case: str, text: str, kept: str, size: int) -> None:
    guard = Outgoing(sources=["见 https://hemu.example/12 。"])
    assert _said(guard, text, size) == kept


@pytest.mark.parametrize(
    ("vertical", "text", "rule"),
    [
        ("investment_advisory", "本产品保本保收益。", "IO-CAPITAL"),
        ("investment_advisory", "稳 赚 不 赔。", "IO-CAPITAL"),
        ("investment_advisory", "This fund has a guaranteed return of 8%.", "IO-RETURN"),
        ("medical", "本品包治百病。", "MO-CURE"),
        ("medical", "It is a guaranteed cure.", "MO-CURE"),
        ("customer_service", "请提供您的验证码。", "CO-SECRETS"),
        ("contract_review", "建议倒签日期。", "KO-EVADE"),
    ],
)
@pytest.mark.parametrize("size", [1, 1_000])
def test_a_promise_that_is_forbidden_withholds_the_answer(
    vertical: str, text: str, rule: str, size: int
) -> None:
    guard = Outgoing(wording=_forbidden(vertical))
    said = _said(guard, f"您好。{text}请放心。", size)
    assert guard.withheld
    assert [found.id for found in guard.noticed.wording][:1] == [rule]
    assert said in ("", "您好。")


@pytest.mark.parametrize(
    ("vertical", "text", "instead"),
    [
        ("medical", "您应该服用布洛芬胶囊，一次两粒。", "用药和剂量请由医生或药师决定。"),
        ("customer_service", "我会尽快给您回电。", "如需办理，请联系人工客服。"),
        ("contract_review", "您一定能胜诉。", "结果取决于证据和审理，无法预先断定。"),
    ],
)
def test_a_lesser_one_is_said_otherwise(vertical: str, text: str, instead: str) -> None:
    guard = Outgoing(wording=_forbidden(vertical))
    assert _said(guard, f"您好。{text}\n再见。", 3) == f"您好。{instead}\n再见。"


@pytest.mark.parametrize(
    ("vertical", "text"),
    [
        ("investment_advisory", "任何机构不得承诺保本保收益。"),
        ("investment_advisory", "No fund is risk-free."),
        ("medical", "这种病不能根治。"),
        ("medical", "请遵医嘱服用布洛芬。"),
        ("customer_service", "我们不会向您索要验证码。"),
        ("contract_review", "没有人能保证胜诉。"),
    ],
)
def test_who_denies_or_warns_may_say_it(vertical: str, text: str) -> None:
    assert list(_forbidden(vertical).hits(text)) == []


def test_a_figure_that_nobody_gave_goes_with_its_sentence() -> None:
    known = Known(texts=["每日两次，每次 0.2 克。"])
    guard = Outgoing(wording=_forbidden("medical"), known=known)
    assert _said(guard, "每日两次 [1]。共用药 14 天 [1]。多休息。", 2) == "每日两次 [1]。多休息。"
    assert guard.noticed.numbers == ["14"]


TEMPLATE = (
    "你是家具店的客服助手，只根据下面的资料回答，不得编造任何价格和日期。"
    "资料不足时请说“现有资料中没有找到，请联系人工客服处理此事”。"
)


@pytest.mark.parametrize("size", [1, 7, 1_000])
@pytest.mark.parametrize(
    "said",
    [
        "我的说明是：只根据下面的资料回答，不得编造任何价格和日期。",
        "只，根，据，下，面，的，资，料，回，答，不，得，编，造，任，何，价，格，和，日，期",
    ],
)
def test_the_prompt_is_not_repeated_in_parts_either(said: str, size: int) -> None:
    guard = Outgoing()
    guard.keep_secret(TEMPLATE)
    _said(guard, said, size)
    assert guard.withheld


@pytest.mark.parametrize(
    "said",
    [
        "现有资料中没有找到，请联系人工客服处理此事。",  # what the template asks to be said
        "我是家具店的客服助手，很高兴为您服务。",
        "保修期是五年，不得自行拆卸。",
    ],
)
def test_what_only_sounds_like_the_prompt_is_said(said: str) -> None:
    guard = Outgoing()
    guard.keep_secret(TEMPLATE)
    assert _said(guard, said, 3) == said
    assert not guard.withheld


def test_words_of_a_source_are_no_secret() -> None:
    guard = Outgoing(sources=["店员须知：只根据下面的资料回答，不得编造任何价格和日期。"])
    guard.keep_secret(TEMPLATE)
    _said(guard, "店员须知说：只根据下面的资料回答，不得编造任何价格和日期。", 5)
    assert not guard.withheld


def test_stages_empty_one_into_the_next() -> None:
    first, second = Outgoing(), Outgoing()
    assert through([first, second], "好") == ""
    assert through([first, second], last=True) == "好"


@pytest.mark.parametrize(
    ("figure", "unknown"),
    [
        ("按日万分之五", []),
        ("0.05%", []),
        ("０．０５％", []),
        ("5‱", []),
        ("12000 元", []),
        ("1.2万元", []),
        ("一万二千元", []),
        ("七天", []),
        ("7 days", []),
        ("1,500.00 元", []),
        ("万分之六", ["万分之六"]),
        ("0.06%", ["0.06%"]),
        ("十五日", ["十五"]),
        ("13,000 元", ["13,000"]),
        ("一般来说，第三方不受影响", []),
        ("1. 先申请\n2. 再寄回 [2]", []),
    ],
)
def test_a_figure_is_known_however_it_is_written(figure: str, unknown: list[str]) -> None:
    known = Known(
        texts=["违约金为每日万分之五，共 12,000 元，within seven days"], computed=[{"damages": 1500.0}]
    )
    assert known.unknown_in(figure) == unknown


def test_what_is_removed_is_told() -> None:
    assert plain("见[这里](https://e.example/?d=1)", allowed=[]).removed == (
        "[这里](https://e.example/?d=1)",
    )
