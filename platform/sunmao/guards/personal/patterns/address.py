"""Postal addresses: a Chinese one down to a number or a room, a Western one as `address_en` reads it."""

from __future__ import annotations

import re

from sunmao.guards.personal.pattern import Pattern
from sunmao.guards.personal.patterns import address_en
from sunmao.guards.personal.patterns.places import CITIES, PROVINCES

_HAN = r"[一-鿿]"
_NUMBER = r"[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁]{1,6}"

_PROVINCE = rf"(?:{'|'.join(PROVINCES)})(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)?"
_CITY = rf"(?:{'|'.join(CITIES)})(?:市|地区|盟|(?:{_HAN}{{1,5}}族)?自治州|州|新区)?"
_DISTRICT = rf"{_HAN}{{1,6}}?(?:新区|开发区|高新区|自治县|[区县旗市])"
_TOWN = rf"{_HAN}{{1,6}}?(?:街道|镇|乡|村|社区|工业园|产业园|科技园)(?:{_HAN}区)?"
_ROAD = (
    r"[一-鿿0-9]{1,8}?(?:大道|大街|胡同|支路|[路街道巷弄里条])(?:[东西南北中][段路街]?|"
    r"[一二三四五六七八九十]+[段路道街巷]?)?"
)
_HOUSE = rf"(?:{_NUMBER}(?:-\d+)?号(?:院|之\d)?|\d{{1,5}}弄)"
_PLACE = (
    r"[一-鿿A-Za-z0-9]{1,14}?(?:大厦|广场|花园|小区|公寓|中心|现代城|家园|国际|之门|"
    r"信息港|公园|新村|[城园苑庭府湾轩阁])"
)
_BUILDING = r"(?:[0-9A-Za-z一二三四五六七八九十]{1,4}(?:号楼|号院|栋|幢|座|楼|期|区))"
_ROOM = (
    r"(?:[0-9一二三四五六七八九十]{1,3}单元|[0-9A-Za-z]{1,5}(?:层|楼|室|户|房|号铺|号)|"
    r"(?:地下)?[0-9]{1,2}[层楼][A-Z]?座?|[0-9]{1,5}(?:-[0-9]{1,5}){1,3}|"
    r"[A-Z]?[0-9]{3,5}(?![0-9年月日元]))"
)
_TAIL = rf"(?:(?:{_BUILDING}|{_ROOM}|{_PLACE})[ ,，]?){{0,6}}"

_AREA = rf"(?:{_PROVINCE}{_CITY}|{_PROVINCE}|{_CITY})[ ]?"
_STREET = rf"(?:{_TOWN})?{_ROAD}[ ]?{_HOUSE}{_TAIL}"
_ANCHOR = (
    r"(?:住址|地址|住所地?|住所|家住|现住|居住在|住在|位于|寄到|送到|寄往|寄至|寄给|"
    r"收件地|坐落于?|(?<![一-鿿])住)[为是在:：\s]*"
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        kind="address",
        regex=re.compile(rf"(?<![0-9])(?P<value>{_AREA}(?:{_DISTRICT}){{0,2}}{_STREET})"),
        score=0.8,
    ),
    # Without a road: a building or a room in a named place of a city.
    Pattern(
        kind="address",
        regex=re.compile(
            rf"(?P<value>{_AREA}(?:{_DISTRICT}){{1,2}}(?:{_TOWN})?{_PLACE}(?:{_BUILDING}|{_ROOM}){_TAIL})"
        ),
        score=0.7,
    ),
    Pattern(
        kind="address",
        regex=re.compile(
            rf"{_ANCHOR}(?P<value>(?:{_DISTRICT}){{0,3}}(?:{_STREET}|{_PLACE}{_BUILDING}{_TAIL}|"
            rf"{_TOWN}{_HAN}{{0,8}}?{_HOUSE}))"
        ),
        score=0.7,
    ),
    *address_en.PATTERNS,
)

__all__ = ["PATTERNS"]
