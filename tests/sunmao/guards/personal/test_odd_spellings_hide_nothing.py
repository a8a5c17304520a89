from __future__ import annotations

import pytest

from sunmao.guards.personal.detecting import detect


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("一三八零零一三八零零零", "mobile"),
        ("幺三八洞洞幺三八洞洞洞", "mobile"),
        ("壹叁捌零零壹叁捌零零零", "mobile"),
        ("①③⑧⓪⓪①③⑧⓪⓪⓪", "mobile"),
        ("1_3_8_0_0_1_3_8_0_0_0", "mobile"),
        ("138*0013*8000", "mobile"),
        ("138 零零一三 8000", "mobile"),
        ("١٣٨٠٠١٣٨٠٠٠", "mobile"),
        ("一一零一零一一九九零零三零七七七五八", "id_card"),
        ("zhang_wei88", "messenger"),
        ("12345678", "messenger"),
    ],
)
def test_a_number_is_found_however_it_is_spelled(written: str, kind: str) -> None:
    before = {"zhang_wei88": "加我微信：", "12345678": "我的QQ号是"}.get(written, "请打我的电话")
    text = f"{before}{written}，谢谢"
    assert [(one.kind, text[one.start : one.end]) for one in detect(text, language="zh")] == [(kind, written)]


@pytest.mark.parametrize(
    "text",
    [
        "服务热线 400-820-8820，或 (800) 820-8820",
        "二〇二六年十一月二十二日，第一百二十三条",
        "合同编号：一二三四五六七八九十",
        "微信支付已到账，QQ群里有人问过",
        "一二三四五六七八九零一二三四五六七八",
    ],
)
def test_what_belongs_to_nobody_stays(text: str) -> None:
    assert list(detect(text, language="zh")) == []


@pytest.mark.parametrize(
    ("before", "written", "after", "kind"),
    [
        ("my number is ", "one three nine one two three four five six seven eight", ", thanks", "mobile"),
        ("call me at ", "Five five five, one two three, four five double six", " please", "landline"),
        ("mail me at ", "john dot smith at example dot com", "", "email"),
        ("write to ", "john.smith (at) example.com", " today", "email"),
        ("邮箱 ", "abc 艾特 qq 点 com", "，谢谢", "email"),
        ("我叫", "歐陽錦繡", "，住在台北", "person"),
        ("病人", "張偉明", "今天來過", "person"),
    ],
)
def test_what_is_spelled_out_is_found(before: str, written: str, after: str, kind: str) -> None:
    text = f"{before}{written}{after}"
    found = detect(text, language="en" if text.isascii() else "zh")
    assert [(one.kind, text[one.start : one.end]) for one in found] == [(kind, written)]


@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six seven eight nine zero",
        "no one, two of them or three at a time",
        "look at example dot com for more",
        "the dot at the end of a line",
        "三点在大厅集合，两点一刻出发",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert detect(text, language="en" if text.isascii() else "zh") == ()
