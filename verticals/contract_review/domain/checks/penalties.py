"""Rates for being late: how high, for whom, with or without a cap."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.checks.liability import freed_parties
from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.playbook import rule as rule_of
from verticals.contract_review.domain.shapes import Amount, RateFact
from verticals.contract_review.domain.words import compiled
from verticals.contract_review.figures import PERIODS_A_YEAR, percents

PERIOD_ZH = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"}
MILD_ANNUAL = Decimal("18.25")
LATE = compiled("{late}|每超|违约")
CHARGE = re.compile(
    r"违约金|滞纳金|罚金|罚息|罚款|赔付|赔偿|逾期利息|利息|计息|计付|加付|加收|加付|扣罚|扣[款除减]|计罚|罚|支付|付"
)
CAP = re.compile(
    r"达到?[^。;]{2,16}(?:之?后|时|的)?,?(?:即|则)?(?:不再|停止)(?:计|累计|增加|支付)|累计|最高|上限|不超过|不得超过|不高于|不多于|至多|最多|封顶|限额为|以[^,。;]{1,18}为(?:限|顶|度|界|最高)|限于[^,。;]{1,14}(?:分之|%)"
)
_CAPPING = re.compile(r"的?(?:金额|数额|部分)?(?:作?为)?(?:封顶|为限|为顶|为度|上限|为最高|为止|以内)")
NO_CAP = re.compile(r"不设(?:限额|上限|封顶)|不封顶|(?:无论|不论|不管)[^。;,]{0,4}累计|无上限|没有上限")
_RUNNING = re.compile(
    r"[每按]\s?(?:逾期|迟延|延迟|超期|迟|晚|拖|过|满|停)?\s?[满一二三1-3个]{0,3}(?:日|天|周|星期|月|小时)"
)
_FOLLOWS = re.compile(
    r"^\s*(?:\d+(?:\.\d+)*[.、]?|\([一二三四五六\d]+\))?\s*(?:上述|前述|两项|二项|三项|各项|各以|各自|分别以|该|违约金|以上|前款|但|累计|双方|各方|各项|均|二者|两者|任[何一]?一?方)"
)


def charges(case: Case) -> Iterator[RateFact]:
    """The rates that a party pays for being late, in contracts that are not loans."""
    if case.contract_type == "loan":
        return
    for rate in case.facts.rates:
        sentence = case.sentence_at(rate.span.start)
        before = sentence.text[: rate.span.start - sentence.start]
        part = before + re.split(r"[,;。]", sentence.text[len(before) :])[0]
        late = LATE.search(part) and CHARGE.search(sentence.text)
        around = before[-12:] + sentence.text[len(before) : len(before) + 12]
        capping = _CAPPING.match(sentence.text, rate.span.end - sentence.start)
        if (
            late
            and not (
                capping or CAP.search(before[-10:]) or re.search(r"以[^,。;]{1,14}为(?:限|顶|度)", around)
            )
            and not re.search(r"税率|存款|提取|佣金|上浮", before[-14:])
            and not _of_a_loan(rate, case)
        ):
            yield rate


def _of_a_loan(rate: RateFact, case: Case) -> bool:
    """Interest on money lent in a contract about something else: its limit is another."""
    article = case.text[slice(*case.section_at(rate.span.start))]
    own = case.sentence_at(rate.span.start).text
    lent = re.search(r"借款|出借|借期|借给", article)
    return bool(lent and not re.search(r"租金|货款|价款|工程款|交付|交货|合同总", own))


def _of_a_monthly_fee(rate: RateFact, case: Case) -> bool:
    """Late work priced by the day in shares of a monthly fee."""
    sentence = case.sentence_at(rate.span.start)
    before = sentence.text[: rate.span.start - sentence.start].rsplit(";", 1)[-1]
    fee = re.search(r"月(?:租金|服务费|费用|费)的?$", before)
    paying = re.search(r"(?:逾期|迟延|延迟|拖欠|欠付|未)(?:支付|付|交)?(?:租金|款|费|租)|付租|付款", before)
    return bool(fee and not paying)


def daily(rate: RateFact) -> Decimal:
    return rate.annual_percent / 365


def figures(rate: RateFact, case: Case) -> dict[str, object]:
    lpr = case.parameters.lpr_on(case.as_of)
    return {
        "percent": rate.percent,
        "period": rate.period,
        "daily_percent": round(daily(rate), 4),
        "annual_percent": rate.annual_percent,
        "days_until_principal": math.ceil(100 / daily(rate)) if rate.percent else 0,
        "base": rate.base,
        "lpr_percent": lpr.value,
        "lpr_x4_percent": lpr.value * 4,
        "lpr_date": lpr.since.isoformat(),
        **_money(rate, case),
    }


def _money(rate: RateFact, case: Case) -> dict[str, object]:
    """What a day costs, where the sentence or the one sum of the text tells the base."""
    sums = {one.value for one in case.facts.amounts}
    return {"daily_amount": max(sums) * daily(rate) / 100} if len(sums) == 1 else {}


@check("penalty_rate")
def penalty_rate(rule: Rule, case: Case) -> Iterator[Hit]:
    for rate in charges(case):
        if _of_a_monthly_fee(rate, case) and daily(rate) <= Decimal(100) / 30:
            continue  # at most what the fee itself is for a day
        limits = [Decimal(str(case.threshold(rule, f"{name}_daily"))) for name in ("usual", "raised", "high")]
        per_day = daily(rate)
        band = next(
            (
                name
                for limit, name in zip(limits, ("usual", "raised", "high"), strict=True)
                if per_day <= limit
            ),
            "default",
        )
        if rate.period == "year" and rate.annual_percent <= MILD_ANNUAL:
            band = "usual"
        yield Hit(
            spans=((rate.span.start, rate.span.end),),
            outcome=band,
            computed=figures(rate, case),
            fill={"debtor": rate.debtor or "违约方", "period_zh": PERIOD_ZH[rate.period]},
            rewrite=milder(rate, case) if band != "usual" else "",
        )


def milder(rate: RateFact, case: Case) -> str:
    """The sentence with a rate that courts accept, and a cap if it has none."""
    sentence = case.sentence_at(rate.span.start)
    whole, own = case.copy.back(sentence.start, sentence.end), case.copy.back(rate.span.start, rate.span.end)
    given = case.copy.given
    mild = min(rate.percent, (MILD_ANNUAL / PERIODS_A_YEAR[rate.period]).quantize(Decimal("0.01")))
    body = f"{given[whole.start : own.start]}{mild.normalize():f}%{given[own.end : whole.end]}"
    body = (
        re.sub(r"^\s*(?:第[一二三四五六七八九十\d]+条|\d+(?:\.\d+)*[.、]?)\s*", "", body)
        .strip()
        .rstrip("。；;")
    )
    body = re.sub(rf"[，,](?=(?:若|如)(?:{LABEL}))", "；", body)
    return body + ("。" if capped(rate, case) else "，累计违约金不超过合同总金额的10%。")


_APART = re.compile(r"除[^。;,]{0,12}违约金[^。;,]{0,4}外|违约金(?:之|以)?外")
_BESIDE = re.compile(r"预见|料到|想到|违约金(?:之|以)?外")  # damages beside the penalty


def capped(rate: RateFact | Amount, case: Case) -> bool:
    """Whether the sentence, or the next where it goes on about the penalty, sets a limit."""
    sentence = case.sentence_at(rate.span.start)
    place = bisect_right(case.lines, sentence.start, key=lambda one: one.start) - 1
    text = sentence.text
    end = case.section_at(rate.span.start)[1]
    for follower in case.lines[place + 1 : place + 13]:
        if follower.start >= end:
            break
        if _BESIDE.search(follower.text):
            continue
        text += follower.text if _FOLLOWS.match(follower.text) or _limits(follower.text) else ""
    return bool(CAP.search(text)) and not NO_CAP.search(text)


def _limits(text: str) -> bool:
    """A sentence of its own that sets a limit to what was charged before, and charges nothing itself."""
    text = _APART.sub("", text)
    about = len(text) < 40 or re.search(r"违约金|滞纳金|付|额", text)
    if re.search(r"责任|赔偿总", text) and not re.search(r"违约金|滞纳金", text):
        return False  # a limit of all liability is none of the penalty
    return bool(about and CAP.search(text) and not _RUNNING.search(text) and not _BESIDE.search(text))


@check("penalty_cap")
def penalty_cap(rule: Rule, case: Case) -> Iterator[Hit]:
    for rate in charges(case):
        if capped(rate, case) or rate.period in ("year",) or "LPR" in case.around(rate.span.start):
            continue
        yield Hit(
            spans=((rate.span.start, rate.span.end),),
            computed={
                **figures(rate, case),
                "days_30": round(daily(rate) * 30, 2),
                "days_90": round(daily(rate) * 90, 2),
            },
            fill={"period_zh": PERIOD_ZH[rate.period]},
            rewrite=milder(rate, case),
        )
    yield from _sums_a_day(case)


_A_DAY = re.compile(
    r"每\s?(?:逾期|迟延|延迟|延误|拖延|延期|超期|超时|迟|晚|拖|过|误)[^,。;\d]{0,4}?\s?[一1]?\s?(?:个(?:工作)?)?(?:日|天)"
    r"|按(?:逾期|迟延|延误)?(?:日|天)"
)


def _in_capitals(one: Amount, case: Case) -> bool:
    """The same sum once more, in the characters of cheques."""
    return one.in_words and bool(
        re.search(r"[壹贰叁肆伍陆柒捌玖拾佰仟]", case.text[one.span.start : one.span.end])
    )


def _sums_a_day(case: Case) -> Iterator[Hit]:
    """A fixed sum for each day of being late, without an end."""
    if case.contract_type in ("loan", "labour"):
        return
    for one in case.facts.amounts:
        sentence = case.sentence_at(one.span.start)
        before = sentence.text[: one.span.start - sentence.start]
        running = _A_DAY.search(before)
        near = re.split(r"[,;]", before)[-1] + case.text[one.span.end : one.span.end + 10]
        charged = running and LATE.search(before) and re.search(r"违约金|滞纳金|罚|赔", near)
        if not charged or _in_capitals(one, case) or CAP.search(near) or capped(one, case):
            continue
        yield Hit(
            spans=((one.span.start, one.span.end),),
            outcome="sums",
            computed={"daily_amount": one.value, "days_90": one.value * 90},
        )


_FREED = re.compile(
    rf"({LABEL})[^。;]{{0,16}}(?:{LATE.pattern})[^。;]{{0,30}}(?:无需|无须|不需|不必|不(?!影响|免除|妨碍))[^。;]{{0,6}}(?:支付|承担)[^。;]{{0,4}}违约(?:金|责任)"
    rf"|({LABEL})[^。;]{{0,40}}(?:{LATE.pattern})[^。;]{{0,30}}(?:不用|不必|无需|无须|不得据此|不得因此)[^。;]{{0,16}}(?:赔|违约|补偿)"
    rf"|({LABEL})[^。;]{{0,40}}(?:{LATE.pattern})[^。;]{{0,30}}不赔钱?"
    rf"|({LABEL})[^。;]{{0,16}}(?:{LATE.pattern})[^。;]{{0,12}}(?:{LABEL})(?:不得|无权)[^。;]{{0,6}}(?:要求|追究)[^。;]{{0,8}}违约"
    rf"|({LABEL})[^。;]{{0,16}}(?:{LATE.pattern})[^。;,]{{0,10}},?(?:由)?(?:双方|各方)?(?:另行|届时|再行|友好)?协商(?:解决|处理|确定)?(?=[。;,])"
)
_CHARGED = re.compile(r"违约金|滞纳金|[%‰]|[百千万]分之")
_RUNS_LATE = compiled("{late}|每超|违约(?!金)")
_MIRRORED = re.compile(r"任何一方|双方(?:同等|均)|同一比例|同等适用|参照前述|参照上述|同样的?标准|亦按")


@check("penalty_asymmetry")
def penalty_asymmetry(rule: Rule, case: Case) -> Iterator[Hit]:
    """Penalties of two parties that differ by a multiple, or a penalty against an exemption."""
    worst: dict[str, RateFact] = {}
    for rate in charges(case):
        if rate.debtor and rate.debtor not in ("任何一方", "一方", "违约方", "双方"):
            known = worst.get(rate.debtor)
            worst[rate.debtor] = rate if known is None or daily(rate) > daily(known) else known
    ordered = sorted(worst.values(), key=daily, reverse=True)
    if len(ordered) >= 2 and _weight(ordered[0], case) >= daily(ordered[-1]) * Decimal(
        str(case.threshold(rule, "ratio"))
    ):
        yield _unequal(ordered[0], daily(ordered[-1]), ordered[-1], "default")
        return
    sums = _fixed(case)
    if sums:
        yield sums
        return
    if len(ordered) == 1 and not _mirrored(case):
        others = _free(case) - {ordered[0].debtor, "违约方", "一方", "任何一方", "双方"}
        if others:
            yield _unequal(ordered[0], Decimal(0), None, "onesided")


_OWES = re.compile(
    rf"({LABEL})[^。;,]{{0,8}}(?:违反|违约|泄露|不履行|逾期|提前|单方|擅自|未|有(?:同样|相同|类似|前述|上述)(?:的)?(?:情形|行为|情况))[^。;]{{0,40}}?(?:支付|赔付|赔偿|承担)[^。;]{{0,16}}?(?:违约金|赔偿金)"
)


def _fixed(case: Case) -> Hit | None:
    """Fixed penalties for the same breach that differ between the two sides by the same multiple."""
    found: dict[str, tuple[Decimal, tuple[int, int]]] = {}
    for sentence in case.sentences:
        for match in _OWES.finditer(sentence.text):
            place = sentence.start + match.start()
            end = sentence.start + match.end()
            near = [one for one in case.facts.amounts if place <= one.span.start <= end + 14]
            if near and not near[0].in_words:
                found.setdefault(match[1].replace(" ", ""), (near[0].value, (place, near[0].span.end)))
    return _three_times(found) or _three_times(_shares(case))


_OF_THE_PRICE = re.compile(r"(?:合同|总|价)[^。;,%]{0,10}$")


def _shares(case: Case) -> dict[str, tuple[Decimal, tuple[int, int]]]:
    """What share of the price each side pays for a breach, once and not by the day."""
    found: dict[str, tuple[Decimal, tuple[int, int]]] = {}
    for sentence in case.sentences:
        for match in _OWES.finditer(sentence.text):
            share = next(percents(match[0]), None)
            once = not re.search(r"每|按[日天月]|逾期|迟延", match[0])
            if share and once and _OF_THE_PRICE.search(match[0][: share[0]]):
                span = (sentence.start + match.start(), sentence.start + match.end())
                found.setdefault(match[1].replace(" ", ""), (share[2], span))
    return found


def _three_times(found: dict[str, tuple[Decimal, tuple[int, int]]]) -> Hit | None:
    """Two sides, of whom one pays three times what the other pays, or more."""
    if len(found) != 2:
        return None
    (heavy, (most, one)), (_, (least, other)) = sorted(found.items(), key=lambda row: -row[1][0])
    if not least or most < least * 3:
        return None
    return Hit(
        spans=tuple(sorted((one, other))),
        outcome="sums",
        computed={"heavier": most, "lighter": least},
        fill={"burdened": heavy},
    )


def _weight(rate: RateFact, case: Case) -> Decimal:
    """The rate a day; a share of a monthly fee counts for that day's part of the fee."""
    return daily(rate) / 30 if _of_a_monthly_fee(rate, case) else daily(rate)


def _caused_by(text: str) -> str:
    """Whose doing it was, where a sentence says so: who waits for another is not let off."""
    cause = re.search(rf"(?:因|由于)({LABEL}|市政|政府|第三[人方]|运营商)(?!自身)", text)
    return re.sub(r"\s", "", cause[1]) if cause else ""


def _free(case: Case) -> set[str]:
    """Who may be late without a penalty: freed of it, or left to later talks."""
    named = {
        name
        for match in _FREED.finditer(case.text)
        if (name := next((one for one in match.groups() if one), "").replace(" ", ""))
        and (_caused_by(match[0]) or name) == name
    }
    return (named | freed_parties(rule_of("CN-G-02"), case)) - {""}


def _mirrored(case: Case) -> bool:
    """Whether a sentence about being late binds both sides alike."""
    return any(
        _MIRRORED.search(one.text)
        and _RUNS_LATE.search(one.text)
        and _CHARGED.search(_APART.sub("", one.text))
        for one in case.sentences
    )


def _unequal(heavy: RateFact, light: Decimal, other: RateFact | None, outcome: str) -> Hit:
    spans = [(one.span.start, one.span.end) for one in (heavy, other) if one]
    return Hit(
        spans=tuple(spans),
        outcome=outcome,
        computed={"heavier": round(daily(heavy), 4), "lighter": round(light, 4)},
        fill={"burdened": heavy.debtor},
    )
