"""Telephone numbers, e-mail addresses and number plates."""

from __future__ import annotations

import re

from sunmao.guards.personal.pattern import ALONE_AFTER, GAP, Pattern
from sunmao.guards.personal.patterns.numbers import GOODS

_I = re.IGNORECASE
_BEFORE = r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][_])(?<![0-9][.,])"
# A sum of money or a number of things is no telephone number.
_AFTER = r"(?![0-9A-Za-z]|[.,]\d|-\d{3}|\s*(?:[万亿]?[元股份件张箱吨台个次%]|美元|港元))"
_PHONE = re.compile(
    r"电话|手机|号码|联系|致电|来电|传真|座机|微信|拨打|tel|phone|mobile|cell|call|fax|contact|reach", _I
)
_CHINA = r"(?:\(?(?:\+|00)?86\)?[ -]?)"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        kind="mobile",
        regex=re.compile(
            rf"(?<![0-9A-Za-z+])(?<![0-9A-Za-z][_-])(?<![0-9][.,]){_CHINA}?"
            rf"1[3-9](?:\d{{9}}|\d{GAP}\d{{4}}{GAP}\d{{4}}|\d\d{GAP}\d{{3}}{GAP}\d{{4}}|"
            rf"\d{{3}}{GAP}\d{{6}}){_AFTER}"
        ),
        score=0.9,
        unless=GOODS,
    ),
    Pattern(
        kind="mobile",
        regex=re.compile(
            rf"(?:tel|phone|mobile|cell|手机|电话)[:.\s-]*(?P<value>1[3-9]\d{{9}}){ALONE_AFTER}", _I
        ),
        score=0.9,
    ),
    Pattern(
        kind="landline",
        regex=re.compile(
            rf"{_BEFORE}(?:\(0(?:10|2\d|[3-9]\d{{2}})\)[ -]?|{_CHINA}?0?(?<![1-9])(?:10|2\d|"
            rf"(?![48]00)[3-9]\d{{2}})[- ])"
            rf"[2-8]\d{{2,3}}[- ]?\d{{4}}(?:[ ]?(?:-|转|ext\.?|x)[ ]?\d{{1,6}})?{ALONE_AFTER}",
            _I,
        ),
        score=0.75,
        unless=GOODS,
    ),
    Pattern(
        kind="landline",
        regex=re.compile(rf"{_BEFORE}0(?:10|2\d|[3-9]\d{{2}})[2-8]\d{{6,7}}{ALONE_AFTER}"),
        score=0.7,
        near=_PHONE,
    ),
    Pattern(
        kind="landline",
        regex=re.compile(
            rf"(?:电话|座机|传真)(?:号码|号)?[:为是\s]*(?P<value>[2-8]\d{{3}}[- ]?\d{{4}}){ALONE_AFTER}"
        ),
        score=0.7,
    ),
    # Numbers of other countries: with the sign +, or in the American form with brackets or signs.
    Pattern(
        kind="landline",
        regex=re.compile(r"(?<![0-9A-Za-z+])(?:\+|00)[1-9]\d{0,2}(?:[ .()/-]{0,2}\d){7,12}(?![0-9A-Za-z])"),
        score=0.75,
    ),
    Pattern(
        kind="landline",
        regex=re.compile(
            # 400 and 800 are service numbers, which belong to nobody.
            r"(?<![0-9A-Za-z+-])(?!\(?[48]00\)?[-. ])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])"
            r"[2-9]\d\d[-. ]\d{4}"
            r"(?: ?(?:x|ext\.? ?)\d{1,5})?(?![0-9A-Za-z-])",
            _I,
        ),
        score=0.7,
        unless=GOODS,
    ),
    Pattern(
        kind="landline",
        regex=re.compile(r"(?<![0-9A-Za-z+.,-])(?:\(?0?\d{2,5}\)?[ ./-]){1,4}\d{2,8}(?![0-9A-Za-z]|[.,-]\d)"),
        score=0.6,
        near=re.compile(
            (
                r"\b(?:tel|phone|mobile|cell|call|fax|telephone|number (?:is|was)|ring|dial|"
                r"registered)\b|电话|手机"
            ),
            _I,
        ),
        check=lambda number: 7 <= len(number) <= 15 and number[:3] not in ("400", "800"),
        unless=GOODS,
    ),
    Pattern(
        kind="landline",
        regex=re.compile(
            (
                r"(?:tel|phone|mobile|cell|telephone|fax)(?: (?:no|number))?(?: is|"
                r" was)?[\s:.#]*(?P<value>\d{7,12})(?![0-9A-Za-z])"
            ),
            _I,
        ),
        score=0.6,
    ),
    Pattern(
        kind="email",
        regex=re.compile(
            r"(?<![0-9A-Za-z._%+-])[0-9A-Za-z_%+][0-9A-Za-z._%+-]{0,63} ?@ ?"
            r"(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}[0-9A-Za-z])?\.){1,5}[A-Za-z]{2,24}(?![0-9A-Za-z])"
        ),
        score=0.95,
        certain=True,
    ),
    Pattern(
        kind="web_address",
        regex=re.compile(r"(?<![0-9A-Za-z])(?:https?://|www\.)[!-;=?-~]{3,}[0-9A-Za-z/#]", _I),
        score=0.7,
    ),
    # Accounts of messengers: WeChat's begin with a letter, QQ's are numbers.
    Pattern(
        kind="messenger",
        regex=re.compile(
            r"(?:微信|wechat|weixin|(?<![a-z])wx|(?<![a-z])vx|v信|威信)(?:号|id|账号)?[为是:\s]*"
            r"(?P<value>[a-z][a-z0-9_-]{5,19})(?![0-9a-z_-])",
            _I,
        ),
        score=0.8,
    ),
    Pattern(
        kind="messenger",
        regex=re.compile(
            r"(?:(?<![a-z])qq|扣扣|企鹅号)(?:号码|号)?[为是:\s]*(?P<value>[1-9]\d{4,10})(?!\d)", _I
        ),
        score=0.8,
    ),
    # Ordinary plates have five signs after the letter, those of electric cars six with a D or F in its place.
    Pattern(
        kind="plate",
        regex=re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][ ·.-]?"
            r"(?:[A-HJKa-hjk][A-HJ-NP-Za-hj-np-z0-9]\d{4}|\d{5}[A-HJKa-hjk]"
            r"|"
            r"(?=[A-HJ-NP-Za-hj-np-z]{0,2}\d{2,})[A-HJ-NP-Za-hj-np-z0-9]{4}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳领]"
            r"|(?=[A-HJ-NP-Za-hj-np-z0-9]*\d[A-HJ-NP-Za-hj-np-z0-9]*\d)[A-HJ-NP-Za-hj-np-z0-9]{5})"
            r"(?![0-9A-Za-z])"
        ),
        score=0.8,
    ),
    Pattern(
        kind="plate",
        regex=re.compile(r"(?:使\d{6}|\d{6}使|WJ[ ·]?[一-鿿]?\d{4}[0-9A-Z])(?![0-9A-Za-z])"),
        score=0.7,
        near=re.compile(r"车"),
    ),
)

__all__ = ["PATTERNS"]
