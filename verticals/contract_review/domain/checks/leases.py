"""Checks of leases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.facts.time import months_between, ranges
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.figures import NUMBER, lengths, number

_TERM = re.compile(
    r"租赁期限?|租期|租约(?:有效期|期限)?|(?:承租|租用|出租)年限|为期|租赁期间|租赁年限|使用年限|承租期|租用期限|租用设备|租赁时间|有效期"
)
_SUM = re.compile(rf"(?:合计|共计|总计)\s?({NUMBER})\s?(年|个月)")
_NOT_TERM = re.compile(
    r"满|续订|续租|续签|免租|装修|提前|押金|支付|付款|建成|经营|土地使用权|超过二十年|剩余|每[一二三四五六七八九十\d]*年|内|结束|届满|期满|终止|解除|到期|满后|前"
)
_OTHER_RANGE = re.compile(r"借|贷|免租|装修|质保|保修|施工|试用|评估")
_RENEWED = re.compile(rf"自动续(?:租|期|约)\s?({NUMBER})\s?年")


def lease_terms(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Every length of the lease, in months, from words or from dates."""
    for label in _TERM.finditer(text):
        gap = re.split(r"[。;\n]", text[label.end() : label.end() + 22])[0]
        found = next((one for one in lengths(gap) if one.months < 12000), None)
        before = text[max(0, label.start() - 8) : label.start()]
        if (
            found
            and not _NOT_TERM.search(gap[: found.start].removesuffix("满"))
            and "土地使用权" not in before
        ):
            yield label.start(), label.end() + found.end, found.months
    for match in re.finditer(
        rf"(?:出租|租用|承租|租赁|租给|租与)(?![期人方]|年限|\s?\d{{4}})[^。;,]{{0,16}}?({NUMBER})\s?(年|个月)(?!度|租|内|后|前)",
        text,
    ):
        yield match.start(), match.end(), number(match[1]) * (12 if match[2] == "年" else 1)
    for match in _SUM.finditer(text):
        if re.search(r"租期|租赁|承租|期限", text[max(0, match.start() - 40) : match.start()]):
            yield match.start(), match.end(), number(match[1]) * (12 if match[2] == "年" else 1)
    for first, last, start, end in ranges(text):
        part = re.split(r"[。;\n]", text[max(0, start - 40) : start])[-1]
        if not _OTHER_RANGE.search(part):
            yield start, end, months_between(first, last)


@check("lease_years")
def lease_years(rule: Rule, case: Case) -> Iterator[Hit]:
    """Terms over twenty years, an agreed automatic renewal counted in."""
    limit = Decimal(str(case.threshold(rule, "years")))
    renewed = _RENEWED.search(case.text)
    for start, end, months in lease_terms(case.text):
        extra = number(renewed[1]) if renewed and renewed.start() > start else Decimal(0)
        years = months / 12 + extra
        if years > limit and years < 1000:
            last = renewed.end() if extra and renewed else end
            yield Hit(
                spans=((start, last),),
                computed={
                    "years": round(years, 2),
                    "limit_years": limit,
                    "excess_years": round(years - limit, 2),
                },
            )
            return


_UNSET = re.compile(
    r"(?:租期|租赁期限|租赁的?(?:期间|时间)|起止(?:时间|日期)|起租和止租|截止时间|截止日期)[^。;,]{0,10}(?:不作约定|不予约定|不约定|未约定|不设定?|不做约定|不限定|不确定)"
    r"|(?:未|没有|不)(?:作出?|予)?(?:约定|明确|确定)(?:具体|明确)?的?(?:租赁期限|租期|租赁期间)"
)


@check("lease_term")
def lease_term(rule: Rule, case: Case) -> Iterator[Hit]:
    unset = _UNSET.search(case.text)
    if unset:
        yield Hit(spans=(unset.span(),))
    elif not any(True for _ in lease_terms(case.text)) and not re.search(r"不定期租赁", case.text):
        yield Hit()


@check("lease_repairs")
def lease_repairs(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = rule.find("all", sentence.text)
        if match and not rule.find("unless", sentence.text):
            yield Hit(spans=((sentence.start + match.start(), sentence.start + match.end()),))
            return
    if case.whole and not any(_who_repairs(rule, one, case) for one in case.sentences):
        yield Hit(outcome="silent")


_BEFORE_OR_BESIDE = re.compile(
    r"损坏[^。;]{0,10}赔偿|维修基金|恢复原状|押金|查验|交接|发现|应维修|负责维修的|造成(?:他人|第三)?[^。;]{0,6}损害"
)


def _who_repairs(rule: Rule, sentence: Sentence, case: Case) -> bool:
    """Whether a sentence says who repairs while the lease runs."""
    if not rule.find("present", rule.without("denied", sentence.text)):
        return False
    if re.search(r"修", case.heading_at(sentence.start)):
        return True
    return bool(
        re.search(r"负责|承担|由|应|自行|费用|修好", sentence.text)
        and not _BEFORE_OR_BESIDE.search(sentence.text)
    )


@check("sublease")
def sublease(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = rule.find("ban", sentence.text)
        if match and not rule.find("unless", case.around(sentence.start)):
            yield Hit(spans=((sentence.start + match.start(), sentence.start + match.end()),))
            return
    if case.whole and not rule.find("present", rule.without("denied", case.provisions)):
        yield Hit(outcome="silent")


_PREMISES = re.compile(
    r"房屋|厂房|商铺|铺面|写字楼|办公(?:室|楼|用房)|店铺|[仓车冷]?库(?:房|区)?|公寓|住宅|铺位|门面|房产|楼宇|场地|院落|地块|土地"
    r"|不动产|建筑面积|平方米|㎡"
)
_COURT = re.compile(r"(?:由|向|提交|约定由?|均由|到|去|在|至)[^。;,]{0,30}法院[^。;]{0,10}")
# The place of a thing, whatever it is called; never that of a person, or of an act.
_THERE = re.compile(
    r"(?<![甲乙丙一对守])[一-鿿](?<![方人告者司构位会部商主户店行订址事])所在地|(?:店铺|门店|商户|部位)所在地|专属管辖"
    r"|(?:房屋|场地|商铺|店铺|物业|不动产|库房|仓库|厂房|标的物?|租赁物)(?:坐落|坐落地|地点|地址)"
)


@check("lease_court")
def lease_court(rule: Rule, case: Case) -> Iterator[Hit]:
    """A lease of premises belongs to the court at their place."""
    if not _PREMISES.search(case.text):
        return
    for match in _COURT.finditer(case.text):
        words = match[0]
        sentence = case.sentence_at(match.start())
        if (
            _THERE.search(words)
            or "仲裁" in words
            or not re.search(r"管辖|起诉|诉讼|法院|官司", sentence.text)
        ):
            continue
        named = [
            part[:-1]
            for part in re.findall(r"[一-鿿]{2,3}?(?:区|县)", re.sub(r"^(?:约定)?由|^向|^提交", "", words))
        ]
        cities = [
            part[:-1] for part in re.findall(r"[一-鿿]{2,3}?市", re.sub(r"^(?:约定)?由|^向|^提交", "", words))
        ]
        placed = re.findall(r"(?:位于|坐落于?|地址为?:?|出租的|坐落在)\s?[^。;,]{0,40}", case.text)
        linked = re.search(
            r"居住|户籍|老家|户口|营业地|办公地|总部|法定代表人|住所|注册地|经营地|签订地|原告|被告|所在地|守约方",
            words,
        )
        if not linked and not named and not cities:
            continue
        if not linked and placed and any(stem in "".join(placed) for stem in named or cities):
            continue
        if not linked and not placed:
            continue
        yield Hit(spans=(match.span(),))
        return
