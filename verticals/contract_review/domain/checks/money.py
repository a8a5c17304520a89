"""Prices, earnest money, tax, terms of payment and interest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.checks.penalties import CAP, LATE
from verticals.contract_review.domain.checks.sums import relations
from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.shapes import Amount, RateFact
from verticals.contract_review.figures import NUMBER, number, percents

TOTAL = re.compile(
    r"标的额|成交价|总房款|房价款|售价|(?:合同|货款|工程|服务|设备|房屋|交易|设备款)?(?:总价款?|总金额|总额|价款|金额|合计|共计|总计)|货款|设备款"
)
_NOT_EARNEST = re.compile(
    r"(?:不是|并非|不属于|不构成|不视为|不作为|不收取|不设)[^。;]{0,6}定金|定金[^。;]{0,14}(?:随时退|全额退还)"
)
_SHARE = (
    r"\d[\d.]{0,8}\s?%|百分之[零一二三四五六七八九十\d]{1,6}|[一二三四五六七八九]成半?"
    r"|一半|半数|[二三四五]分之[一二三四]"
)
_EARNEST_SHARE = re.compile(
    rf"定金(?!罚则|以?外|之外|抵|冲)[^。;]{{0,20}}?(?P<a>{_SHARE})"
    rf"|(?P<b>{_SHARE})(?:,?[^。;,]{{0,8}}\d[\d,.]*\s?万?元)?[^。;,]{{0,10}},?[^。;,]{{0,4}}(?:性质)?(?:作为|为|的|系|是)?(?:合同)?定金(?!罚则|以?外|之外|抵|冲)"
)


@check("earnest_money")
def earnest_money(rule: Rule, case: Case) -> Iterator[Hit]:
    """Earnest money as a share of the price, as stated or from two sums."""
    limit = Decimal(str(case.threshold(rule, "limit_percent")))
    for match in _EARNEST_SHARE.finditer(case.text):
        if _NOT_EARNEST.search(case.sentence_at(match.start()).text):
            return
        share = _share(match["a"] or match["b"])
        if share > limit:
            yield Hit(spans=(match.span(),), computed={"deposit_percent": share, "limit_percent": limit})
            return
    yield from _earnest_sum(case, limit)


def _share(text: str) -> Decimal:
    return next(percents(f"{text},"))[2]


def _earnest_sum(case: Case, limit: Decimal) -> Iterator[Hit]:
    deposits = [one for one in case.facts.amounts if _earnest_label(one, case)]
    totals = [one for one in case.facts.amounts if TOTAL.search(one.label) and "定金" not in one.label]
    if not deposits or not totals:
        return
    deposit, total = deposits[0], max(totals, key=lambda one: one.value)
    if total.value and deposit.value * 100 > total.value * limit and deposit.value < total.value:
        excess = deposit.value - total.value * limit / 100
        yield Hit(
            spans=((deposit.span.start, deposit.span.end),),
            outcome="sums",
            computed={
                "deposit": deposit.value,
                "total": total.value,
                "deposit_percent": round(deposit.value * 100 / total.value, 2),
                "allowed": total.value * limit / 100,
                "excess": excess,
            },
        )


def _earnest_label(one: Amount, case: Case) -> bool:
    sentence = case.sentence_at(one.span.start)
    after = case.text[one.span.end : one.span.end + 8]
    named = re.search(r"定金[^,;]{0,8}$", one.label) or re.match(r"(?:作为|为|系|是|的)?(?:合同)?定金", after)
    return bool(named) and not _NOT_EARNEST.search(sentence.text)


_PART = re.compile(
    r"首付|首期|[二三四五]期|尾款|余款|预付|第[一二三四五六]期|第[一二三四五六]笔|第[一二三四五六]次|进度款|质保金|剩余|定金|(?:后|内|时|前|日)(?:支付|付)"
)
_LAST_PART = re.compile(
    r"余款|尾款|剩余|质保金|末期|最后|[二三四五六]期|第[二三四五六][期笔次]|(?:后|内|时|前|日)(?:支付|付)"
)
_LINE = re.compile(
    r"(?<![\d.])(?P<q>(?:\d{1,3}(?:,\d{3})+|\d+))\s?(?:台|件|套|个|吨|把|张|只|辆|箱|批|本|米|公斤|千克)(?:(?!\d[\d,]*\s?(?:台|件|套|个|吨|把|张|只|辆|箱|批|本|米|公斤|千克))[^。;\n]){0,20}单价\s?(?:为)?(?P<p>\d[\d,.]*)\s?元"
    r"[^。;\n]{0,12}(?:总价|金额|合计|共计|总额|小计)(?:为)?\s?(?P<t>\d[\d,.]*)\s?元"
    r"|单价\s?(?:为)?(?P<p2>\d[\d,.]*)\s?元[^。;\n]{0,12}?(?:数量)?\s?(?:为)?(?P<q2>(?:\d{1,3}(?:,\d{3})+|\d+))\s?(?:台|件|套|个|吨|把|张|只|辆|箱|批|本|米|公斤|千克)"
    r"[^。;\n]{0,12}(?:总价|金额|合计|共计|总额|小计)(?:为)?\s?(?P<t2>\d[\d,.]*)\s?元"
)
_TAXED = re.compile(
    r"不含税[^。;\n]{0,10}?(?P<net>\d[\d,.]*)\s?(?P<ns>万)?元[^。;\n]{0,16}?(?:税率|税)[^。;\n\d]{0,6}(?P<rate>\d+(?:\.\d+)?)\s?%"
    r"[^。;\n]{0,16}?含税[^。;\n\d]{0,10}(?P<gross>\d[\d,.]*)\s?(?P<gs>万)?元"
)


@check("amounts_agree")
def amounts_agree(rule: Rule, case: Case) -> Iterator[Hit]:
    """Sums in words and figures, instalments, shares, lines and tax."""
    yield from _words_and_figures(case)
    yield from _lines(case)
    yield from _rows(case)
    yield from _counted(case)
    yield from _counted_elsewhere(case)
    yield from _taxed(case)
    yield from _made_of(case)
    yield from _share_sums(case)
    yield from _by_the_year(case)
    yield from _instalments(case)
    yield from _shares(case)
    yield from relations(case)


def _said(start: int, end: int, zh: str, en: str) -> Hit:
    return Hit(spans=((start, end),), fill={"detail_zh": zh, "detail_en": en})


def _words_and_figures(case: Case) -> Iterator[Hit]:
    found = case.facts.amounts
    for one, following in zip(found, found[1:], strict=False):
        if one.in_words != following.in_words and False in (one.agrees, following.agrees):
            if following.span.start - one.span.end > 16:
                continue
            yield _said(
                one.span.start,
                following.span.end,
                f"大小写不一致，分别为{one.value}元和{following.value}元",
                f"words and figures differ: {one.value} and {following.value}",
            )


def _plain(text: str) -> Decimal:
    return Decimal(text.replace(",", "").rstrip("."))


def _lines(case: Case) -> Iterator[Hit]:
    for match in _LINE.finditer(case.text):
        count, price, total = (_plain(match[name] or match[name + "2"]) for name in "qpt")
        if abs(count * price - total) > Decimal("0.01"):
            right = count * price
            yield _said(*match.span(), f"单价乘数量应为{right}元", f"price times quantity is {right}")


_EACH = re.compile(r"单价|每(?:台|件|套|个|吨|把|张|只|辆|箱|批|本|米|公斤|千克|平方米|间|人|次)")
_ALL = re.compile(r"(?:合计|共计|总计|总价|总额|总金额|总款|小计)[^,。;元]{0,8}$|^计$")
_COUNT = re.compile(
    r"(?<![\d.])((?:\d{1,3}(?:,\d{3})+|\d+))\s?(?:台|件|套|个(?!月)|吨|把|张|只|辆|箱|批|本|米|公斤|千克|平方米|间|人|次)(?!之)"
)


_COUNT_IN_WORDS = re.compile(
    r"(?<![第每])([一二两三四五六七八九十]{1,3})(?:台|件|套|吨|把|张|只|辆|箱|批|间)"
)


_ROW = re.compile(
    r"(?<![\d.,])(?P<count>(?:\d{1,3}(?:,\d{3})+|\d+))\s?[一-鿿]{1,3}\s*[/|｜]\s*[¥￥]?(?P<price>\d[\d,]*(?:\.\d+)?)\s?元?"
    r"(?:/[一-鿿]{1,2})?\s*[/|｜]\s*[¥￥]?(?P<total>\d[\d,]*(?:\.\d+)?)\s?(?:元|(?=\s|$))"
)


def _rows(case: Case) -> Iterator[Hit]:
    """A row of a table: how many, the price of one, the price of all, in this order."""
    for row in _ROW.finditer(case.text):
        right = _plain(row["count"]) * _plain(row["price"])
        if abs(right - _plain(row["total"])) > Decimal("0.01"):
            yield _said(*row.span(), f"单价乘数量应为{right:f}元", f"price times quantity is {right:f}")


def _counted(case: Case) -> Iterator[Hit]:
    """A price for one, a count and a sum for all of them in one sentence, in any order."""
    for sentence in case.sentences:
        sums = [one for one in case.facts.amounts if sentence.start <= one.span.start < sentence.end]
        sums = [one for one in sums if not one.in_words]
        said = {id(one): _words_before(one, case) for one in sums}
        each = [one for one in sums if _EACH.search(said[id(one)]) and not _ALL.search(said[id(one)])]
        whole = [one for one in sums if _ALL.search(said[id(one)])]
        counts = {match[1].replace(",", "") for match in _COUNT.finditer(sentence.text)}
        if not counts:
            counts = {str(number(match[1])) for match in _COUNT_IN_WORDS.finditer(sentence.text)}
        if len(each) != 1 or len(whole) != 1 or len(counts) != 1 or each[0].span.start > whole[0].span.start:
            continue
        right = each[0].value * Decimal(next(iter(counts)))
        if abs(right - whole[0].value) > Decimal("0.01") and not _LINE.search(sentence.text):
            yield _said(
                each[0].span.start,
                whole[0].span.end,
                f"单价乘数量应为{right:f}元",
                f"price times quantity is {right:f}",
            )


_UNIT = r"台|件|套|个|吨|把|张|只|辆|箱|批|本|米|公斤|千克|平方米|㎡|间|人|次"
_PRICED = re.compile(
    rf"每(?P<unit>{_UNIT})(?:每(?P<every>月|年|日|天|季度))?[^。;,\d元]{{0,10}}(?P<price>\d[\d,]*(?:\.\d+)?)\s?元"
    rf"|(?P<price2>\d[\d,]*(?:\.\d+)?)\s?元\s?/\s?(?P<unit2>{_UNIT})(?:\s?/\s?(?P<every2>月|年|日|天|季度))?"
)
_PERIOD_OF = {"月": "月", "年": "年", "季度": "季", "日": "日", "天": "日"}


def _counted_elsewhere(case: Case) -> Iterator[Hit]:
    """A price for one and a sum for all in one sentence, how many in another: the one count of that unit."""
    for match in _PRICED.finditer(case.text):
        sentence = case.sentence_at(match.start())
        unit, every = match["unit"] or match["unit2"], match["every"] or match["every2"]
        if re.search(r"(?:每[日天]|日)$", case.text[max(0, match.start() - 2) : match.start()]):
            continue  # a price of the day; how many days a month has is for the parties to say
        form = "平方米|㎡" if unit in ("平方米", "㎡") else unit
        counts = {
            one[1].replace(",", "")
            for one in re.finditer(
                rf"(?<![\d.])((?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)\s?(?:{form})(?![月/每])", case.text
            )
        }
        measured = set(
            re.findall(
                rf"面积(?:共|约|计|为|合计)*\s?((?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?)\s?(?:{form})",
                case.text,
            )
        )
        counts = {one.replace(",", "") for one in measured} if len(counts) > 1 and measured else counts
        here = _COUNT.search(sentence.text)
        after = [one for one in case.facts.amounts if match.end() <= one.span.start < sentence.end]
        whole = [one for one in after if not one.in_words and _sum_of_all(_words_before(one, case), every)]
        if after and not whole and not every and after[0].span.start - match.end() <= 6:
            whole = after[:1] if re.search(r"每?[月年季]", _words_before(after[0], case)) else []
        if here or len(counts) != 1 or len(whole) != 1:
            continue
        right = _plain(match["price"] or match["price2"]) * Decimal(next(iter(counts)))
        if abs(right - whole[0].value) > Decimal("0.5"):
            yield _said(
                match.start(),
                whole[0].span.end,
                f"单价乘数量应为{right:f}元",
                f"price times quantity is {right:f}",
            )


def _sum_of_all(label: str, every: str | None) -> bool:
    """Whether words announce the sum for all: of a period, where the price is one of a period."""
    if every:
        named = _PERIOD_OF[every]
        return bool(
            re.search(rf"{named}(?:租金|服务费|费用?|金额|租)(?:合计|共计|总计)?[^,。;元\d]{{0,8}}$", label)
        )
    return bool(_ALL.search(label) and not re.search(r"每?[月年季](?:租金|费)", label))


def _words_before(one: Amount, case: Case) -> str:
    before = case.text[max(0, one.span.start - 16) : one.span.start]
    return re.split(r"[。;\n]|,(?!\d)", before)[-1]


_MONTH_SUM = re.compile(r"月(?:租金?|服务费|管理费|费用|费)(?:标准)?[^,。;年]{0,8}$")
_YEAR_SUM = re.compile(
    r"(?:全年|每年|年)(?:度)?(?:租金?|服务费|管理费|费用|费)?(?:合计|共计|总计|总额|计|为)?[^,。;月]{0,4}$"
)


_QUARTER_SUM = re.compile(r"每?季度?(?:租金?|服务费|费用|费)?(?:合计|共计|计|为|支付|付)?[^,。;月年]{0,4}$")


def _by_the_year(case: Case) -> Iterator[Hit]:
    """A sum for the month and one for the year, side by side, that are not twelve times each other."""
    figures = [one for one in case.facts.amounts if not one.in_words]
    for month, year in zip(figures, figures[1:], strict=False):
        between = case.text[month.span.end : year.span.start]
        if len(between) > 24 or re.search(r"[。;\n]|第[一二三四五六七八九十\d]+年", between):
            continue
        if _MONTH_SUM.search(_words_before(month, case)) and _QUARTER_SUM.search(_words_before(year, case)):
            if month.value * 3 != year.value:
                yield _said(
                    month.span.start,
                    year.span.end,
                    f"按月计每季应为{month.value * 3:f}元",
                    f"three months make {month.value * 3:f}",
                )
            continue
        paired = _MONTH_SUM.search(_words_before(month, case)) and _YEAR_SUM.search(_words_before(year, case))
        if paired and month.value * 12 != year.value:
            yield _said(
                month.span.start,
                year.span.end,
                f"按月计全年应为{month.value * 12:f}元",
                f"twelve months make {month.value * 12:f}",
            )


_SHARE_SUM = re.compile(
    r"(?P<share>\d+(?:\.\d+)?)\s?%(?:[^。;,%\d]{0,12})?[,(]?\s?(?:即|计|为)(?:人民币)?\s?(?P<sum>\d[\d,]*(?:\.\d+)?)\s?(?P<unit>万)?元"
)


def _share_sums(case: Case) -> Iterator[Hit]:
    """Shares of a price with their sums, one of which does not fit where the others do."""
    found = [
        (match, Decimal(match["share"]), _plain(match["sum"]) * (10000 if match["unit"] else 1))
        for match in _SHARE_SUM.finditer(case.text)
    ]
    totals = {one.value for one in case.facts.amounts if TOTAL.search(one.label)}
    for start, end in sorted({case.section_at(match.start()) for match, _, _ in found}):
        own = [one for one in found if start <= one[0].start() < end]
        for total in sorted(totals):
            wrong = [one for one in own if abs(one[1] * total / 100 - one[2]) > 1]
            if len(own) >= 3 and len(wrong) == 1:
                match, share, _ = wrong[0]
                yield _said(
                    *match.span(),
                    f"总额的{share}%应为{share * total / 100:f}元",
                    f"{share}% of the total is {share * total / 100:f}",
                )
                return


_PARTS_OF = re.compile(r"(?:由|包括|分为)(?P<parts>[^。;]{6,120}?)(?:组成|构成|几部分|部分)")


_AMONG_THEM = re.compile(r"其中(?P<parts>[^。;]{6,120})")


def _made_of(case: Case) -> Iterator[Hit]:
    """A sum that is made of others, which do not add up to it."""
    for sentence in case.sentences:
        parts = _PARTS_OF.search(sentence.text) or _AMONG_THEM.search(sentence.text)
        if not parts:
            continue
        start, end = sentence.start + parts.start("parts"), sentence.start + parts.end("parts")
        figures = [one for one in case.facts.amounts if not one.in_words]
        above = max(case.section_at(sentence.start)[0], sentence.start - 60)
        whole = [one for one in figures if sentence.start <= one.span.start < start]
        if not whole and sentence.text.lstrip().startswith("其中"):
            whole = [one for one in figures if above <= one.span.start < start][:1]
        own = [one for one in figures if start <= one.span.start < end]
        right = sum((one.value for one in own), Decimal(0))
        listed = len(own) >= (2 if parts.re is _PARTS_OF else 3)
        each = re.search(r"每|年度|单价", parts["parts"])
        if parts.re is _AMONG_THEM and whole and (each or right * 10 < whole[-1].value * 7):
            continue  # "among them" names some, and not all
        if listed and whole and abs(right - whole[-1].value) > Decimal("0.01"):
            yield _said(
                whole[-1].span.start,
                own[-1].span.end,
                f"各部分合计{right}元，与{whole[-1].value}元不符",
                f"the parts add up to {right}, not {whole[-1].value}",
            )


def _taxed(case: Case) -> Iterator[Hit]:
    for match in _TAXED.finditer(case.text):
        net = _plain(match["net"]) * (10000 if match["ns"] else 1)
        gross = _plain(match["gross"]) * (10000 if match["gs"] else 1)
        right = net * (100 + Decimal(match["rate"])) / 100
        if abs(right - gross) > Decimal("0.01"):
            yield _said(
                *match.span(), f"按该税率含税价应为{right:f}元", f"with this rate the gross is {right:f}"
            )


def _instalments(case: Case) -> Iterator[Hit]:
    """A stated total followed, in its clause, by parts that do not add up to it."""
    for total in case.facts.amounts:
        if not TOTAL.search(total.label) or _PART.search(total.label):
            continue
        end = case.section_at(total.span.start)[1]
        parts = []
        for one in case.facts.amounts:
            if not total.span.end < one.span.start < end or one.in_words:
                continue
            sentence = case.sentence_at(one.span.start)
            single = re.search(r"违约|赔偿|单价|保险|每", one.label) and not _times(one, case) > 1
            if single or LATE.search(sentence.text):
                continue
            if _PART.search(one.label):
                parts.append(one)
        parts = [one for one in parts for _ in range(_times(one, case))]
        text = case.text[total.span.end : parts[-1].span.end] if parts else ""
        complete = any(_LAST_PART.search(one.label) for one in parts) or len(parts) > 2
        if (
            len(parts) < (3 if "其中" in text else 2)
            or not complete
            or re.search(r"(?:支付|付)[^。;]{0,6}%", text)
        ):
            continue
        right = sum((one.value for one in parts), Decimal(0))
        if abs(right - total.value) > Decimal("0.01"):
            yield _said(
                total.span.start,
                parts[-1].span.end,
                f"各期合计{right}元，与总额{total.value}元不符",
                f"the parts add up to {right}, the total is {total.value}",
            )
            return


_FROM_TO = re.compile(
    rf"第({NUMBER})(?:期|笔|次|年)?(?:至|到|-|—)第?({NUMBER})(?:期|笔|次|年)[^。;,\d]{{0,6}}每(?:期|笔|次|年)[^。;,\d]{{0,8}}$"
)


def _times(one: Amount, case: Case) -> int:
    """How often a part is paid: "the first to the third, 183,000 each" is three parts."""
    found = _FROM_TO.search(case.text[max(0, one.span.start - 30) : one.span.start])
    return max(int(number(found[2]) - number(found[1])) + 1, 1) if found else 1


_REST = r"余款|尾款|质保金|剩余|其余|余下|定金|付清|结清|每|按月|按季"


def _other_shares(body: str, stages: int) -> bool:
    """Whether an article names more shares than its stages, tax left aside."""
    named = [
        place
        for place, end, _ in percents(body)
        if not re.search(r"税", body[max(0, place - 8) : place] + body[end : end + 4])
    ]
    return len(named) > stages


_NO_SHARE = re.compile(r"违约|税|利率|不超过|每(?:日|月|年|逾期)|按日|罚|上限")


def _listed(body: str) -> Iterator[Decimal]:
    """What the shares of each list make that has three or more of them, whatever the stages are called."""
    for sentence in re.split(r"[。\n]", body):
        shares = [
            value
            for place, _, value in percents(sentence)
            if not _NO_SHARE.search(sentence[max(0, place - 12) : place])
        ]
        if len(shares) >= 3:
            yield sum(shares, Decimal(0))


def _shares(case: Case) -> Iterator[Hit]:
    """Shares of the price to be paid in stages that do not make 100 %."""
    if case.contract_type == "labour":
        return  # pay for overtime comes in percents as well
    for start, end in sorted({case.section_at(one.start) for one in case.sentences}):
        body = case.text[start:end]
        stages = [
            (start + s, start + e, value)
            for s, e, value in percents(body)
            if re.search(
                r"(?:付|支付)[^。;,%]{0,14}$|(?:预付款?|首付款?|到货款?|发货款?|进度款|验收款|调试款|质保金|质保款|[一二三四首末]期款?)[^。;,%]{0,4}$|(?:剩余|其余|余下|余|尾款|质保金)[^。;,%]{0,4}$",
                body[max(0, s - 16) : s],
            )
            and not re.search(
                r"违约|定金|税|利率|不超过|每(?:日|月|年|逾期)|按日|罚", body[max(0, s - 16) : s]
            )
            and not LATE.search(case.sentence_at(start + s).text)
        ]
        if re.search(r"(?:付|支付)(?:至|到)[^。;,]{0,12}(?:%|百分之)", body):
            continue  # each stage names what is paid by then in all
        if re.search(
            r"除[^。;,]{0,6}(?:定金|预付款)[^。;,]{0,4}外|其余(?:价款|款项|费用)|余款(?:按|分)", body
        ):
            continue  # stages of what another clause leaves
        total = sum((value for _, _, value in stages), Decimal(0))
        others = [
            value
            for s, _, value in percents(body)
            if start + s not in {stage[0] for stage in stages}
            and re.search(r"(?:付|支付)[^。;]{0,40}(?:即|占|为)[^。;,%]{0,10}$", body[max(0, s - 60) : s])
            and not re.search(r"违约|税|利率|不超过|罚", body[max(0, s - 16) : s])
        ]
        two = len(stages) == 2 and not re.search(_REST, body) and not _other_shares(body, len(stages))
        sums = {total, total + sum(others, Decimal(0)), *_listed(body)}
        if (len(stages) >= 3 or two) and 100 not in sums:
            yield _said(
                stages[0][0],
                stages[-1][1],
                f"各期比例合计{total}%，不等于100%",
                f"the shares add up to {total}%",
            )


@check("tax")
def tax(rule: Rule, case: Case) -> Iterator[Hit]:
    """A rate that does not exist, an invoice refused; in a whole contract, silence about both."""
    lawful = {Decimal(one) for one in ("13", "9", "6", "3", "1", "0")}
    if case.contract_type == "lease":
        lawful.add(Decimal(5))  # the levy on premises acquired before May 2016 that lessors still state
    for start, end, stated in percents(case.text):
        before = re.split(r"[。;,\n]", case.text[max(0, start - 16) : start])[-1]
        named = re.search(r"(?<![含价])税(?!总?[价额款])[^%]{0,10}$", before) or re.match(
            r"\s?的?(?:增值税|税率|税)", case.text[end : end + 6]
        )
        sentence = case.sentence_at(start)
        said = sentence.text[: start - sentence.start]
        if named and stated not in lawful and not re.search(r"个人所得税|违约金[^。;]{0,20}$", said):
            yield Hit(spans=((start, end),), outcome="wrong", computed={"stated": stated})
    for sentence in case.sentences:
        match = rule.find("refused", sentence.text)
        if match and not re.search(r"有权|可以?|顺延|暂缓|拒绝|拒付", sentence.text):
            span = (sentence.start + match.start(), sentence.start + match.end())
            yield Hit(spans=(span,), outcome="refused")
            return
    traders = rule.find("trader", case.text) or not rule.find("person", case.text)
    if case.whole and traders and not rule.find("present", case.provisions) and rule.find("price", case.text):
        yield Hit()


@check("sme_payment")
def sme_payment(rule: Rule, case: Case) -> Iterator[Hit]:
    """Payment after a third party pays, or too late for a small enterprise."""
    for sentence in case.sentences:
        match = rule.find("any", sentence.text)
        if match and not rule.find("unless", sentence.text):
            yield Hit(spans=((sentence.start + match.start(), sentence.start + match.end()),))
    if not rule.find("small", case.text):
        return
    public, large = rule.find("public", case.text), rule.find("large", case.text)
    limit = case.threshold(rule, "public_days" if public else "large_days")
    if not (public or large):
        return
    for deadline in case.facts.deadlines:
        days = deadline.count * {"day": 1, "month": 30, "year": 365, "hour": 0}[deadline.unit]
        said = case.sentence_at(deadline.span.start).text
        if re.search(r"付", said) and not re.search(r"保证(?!金)|担保|质保|保修", said) and days > limit:
            yield Hit(
                spans=((deadline.span.start, deadline.span.end),),
                outcome="days",
                computed={"days": int(days)},
            )
            return
    for match in _DAYS_TO_PAY.finditer(case.text):
        days = number(match[1] or match[3]) * {"月": 30}.get(match[2] or match[4], 1)
        if days > limit and not re.search(r"违约金|逾期", case.sentence_at(match.start()).text):
            yield Hit(spans=(match.span(),), outcome="days", computed={"days": int(days)})
            return


_DAYS_TO_PAY = re.compile(
    rf"({NUMBER})\s?个?(日|天|月)(?:之|以)?内(?!提交|出具|审核)[^。;,]{{0,10}}(?:付|支付|结清|结算(?!审|报告))|账期(?:为)?\s?({NUMBER})\s?个?(日|天|月)"
)


_OF_LPR = re.compile(
    r"(?:LPR|贷款市场报价利率|市场报价利率)(?:\([^()]*\))?的?(\d{1,3}(?:\.\d+)?\s?%|百分之[一二三四五六七八九十]+|一半|半数)"
)


@check("sme_interest")
def sme_interest(rule: Rule, case: Case) -> Iterator[Hit]:
    if not rule.find("small", case.text):
        return
    lpr = case.parameters.lpr_on(case.as_of)
    for share in _OF_LPR.finditer(case.text):
        percent = next(percents(f"{share[1]},"))[2]
        if percent < 100 and LATE.search(case.sentence_at(share.start()).text):
            yield Hit(
                spans=(share.span(),),
                computed={
                    "annual_percent": lpr.value * percent / 100,
                    "lpr_percent": lpr.value,
                    "lpr_date": lpr.since.isoformat(),
                },
            )
            return
    for rate in case.facts.rates:
        sentence = case.sentence_at(rate.span.start)
        before = sentence.text[: rate.span.start - sentence.start]
        mine = LATE.search(before) and re.search(r"付|款|息", sentence.text)
        goods = re.search(r"交货|交付|供货", before) and not re.search(r"付款|欠款|拖欠|货款", before)
        if mine and not goods and not CAP.search(before[-8:]) and rate.annual_percent < lpr.value:
            yield Hit(
                spans=((rate.span.start, rate.span.end),),
                computed={
                    "annual_percent": rate.annual_percent,
                    "lpr_percent": lpr.value,
                    "lpr_date": lpr.since.isoformat(),
                },
            )


@check("prepayment")
def prepayment(rule: Rule, case: Case) -> Iterator[Hit]:
    """Half of the price or more due at signing, performance after it, nothing in return."""
    for sentence in case.sentences:
        text = sentence.text
        early, pay = rule.find("early", text), rule.find("pay", text)
        if not early or not pay:
            continue
        clause = case.around(sentence.start)
        if rule.find("guaranteed", clause):
            continue
        if not re.search(r"[5-9]\d\s?%|100\s?%", text) and rule.find("secured", clause):
            continue
        share = _prepaid(rule, case, sentence.start, text)
        if share is None or share < case.threshold(rule, "share_percent"):
            continue
        payer = next(iter(re.findall(LABEL, text[: pay.start()])), "甲方")
        others = [one for one in re.findall(LABEL, case.text) if one != payer]
        yield Hit(
            spans=(
                (
                    sentence.start + early.start(),
                    sentence.start + _part_end(text, max(early.end(), pay.end())),
                ),
            ),
            computed={"share_percent": share},
            fill={
                "payee": others[0] if others else "收款方",
                "share_zh": "全部" if share == 100 else f"{share:f}%的",
                "share_en": "all" if share == 100 else f"{share:f}%",
            },
        )
        return


def _part_end(text: str, place: int) -> int:
    """The end of the part of a sentence around a place."""
    stop = re.compile(r"[,;。\n]").search(text, place)
    return stop.start() if stop else len(text)


_AT_SIGNING = re.compile(
    r"(?:签订|签署|签约|生效|订立|盖章)[^。;,]{0,14}(?:日|天|时|即|当日|内)[^。;]{0,40}(?:一次性?|全额|全款|全部|合计)[^。;,]{0,16}(?:付清|支付|汇|付讫|付给|缴|转|打)"
)


def _prepaid(rule: Rule, case: Case, start: int, text: str) -> Decimal | None:
    """The share of the price paid first, if performance waits for it."""
    stated = [
        value
        for s, e, value in percents(text)
        if not LATE.search(text[:s][-20:])
        and not re.search(r"税[^,。;]{0,6}$", text[:s])
        and not re.match(r"的?(?:增值)?税|[^,。;]{0,4}税率", text[e:])
    ]
    if stated:
        return stated[0]
    if re.search(r"其余|余款|尾款|剩余|余下", text):
        return None
    following = case.text[start + len(text) : start + len(text) + 80]
    waits = rule.find("later", text) or rule.find("later", following)
    return (
        Decimal(100)
        if rule.find("whole_price", text)
        and (
            waits
            or _AT_SIGNING.search(text)
            or re.search(r"签订合同时|预先|(?:开工|进场|发货|供货|施工|制作|交付)[^。;,]{0,4}前", text)
        )
        else None
    )


@check("loan_rate")
def loan_rate(rule: Rule, case: Case) -> Iterator[Hit]:
    """Loan interest, and all late charges and fees together, against four times the LPR."""
    if not _LENT.search(case.text):
        return
    if re.search(
        r"(?:银行|消费金融公司|小额贷款公司|信托)[^。;]{0,10}(?:贷款|作为贷款人)|贷款人为[^。;]{0,10}银行",
        case.text,
    ):
        return
    lpr = case.parameters.lpr_on(_signed(case))
    stated = [one for one in case.facts.rates if not _capping(one, case) and _of_the_loan(one, case)]
    late = [one for one in stated if LATE.search(_before(one, case))]
    fees = _fees(case)
    usual = [one for one in stated if one not in late]
    charged = [one for one in usual if re.search(r"费[^。;]{0,20}$", _before(one, case))]
    interest = max((one.annual_percent for one in usual if one not in charged), default=Decimal(0))
    fees = max(fees, sum((one.annual_percent for one in charged), Decimal(0)))
    for group, annual in (
        (usual, interest + fees),
        (late, sum((one.annual_percent for one in late), Decimal(0))),
    ):
        if group and annual > lpr.value * 4:
            worst = max(group, key=lambda one: one.annual_percent)
            yield Hit(
                spans=(_all_of_it(worst, stated, case),),
                computed={
                    "annual_percent": annual,
                    "limit_percent": lpr.value * 4,
                    "excess_percent": annual - lpr.value * 4,
                    "safe_percent": lpr.value * 4,
                    "lpr_percent": lpr.value,
                    "lpr_date": lpr.since.isoformat(),
                },
            )
            return


def _all_of_it(worst: RateFact, stated: Sequence[RateFact], case: Case) -> tuple[int, int]:
    """From the first rate to the last rate or fee of the sentence that the gravest one stands in."""
    sentence = case.sentence_at(worst.span.start)
    ends = [one.span for one in stated if sentence.start <= one.span.start < sentence.end]
    fee = _YEARLY_FEE.search(sentence.text)
    last = max(one.end for one in ends)
    return min(one.start for one in ends), max(last, sentence.start + fee.end() if fee else 0)


_LENT = re.compile(
    r"借款|借贷|出借|借期|借条|借支|拆借|今借到|借给|借与|周转(?:资金|金|款)|资金周转|垫(?:付|资|款)[^。;]{0,24}(?:利率|利息|息|占用费)"
)


def _of_the_loan(rate: RateFact, case: Case) -> bool:
    """In a contract about something else only the articles that speak of a loan count."""
    if case.contract_type in ("loan", "general"):
        return True
    said = case.sentence_at(rate.span.start).text
    other = re.search(r"租金|货款|服务费|价款|退押金|工程款", said)
    if other and not re.search(r"借款|本金|利息|利率", said[: other.start()]) and not _LENT.search(said):
        return False
    return bool(_LENT.search(case.text[slice(*case.section_at(rate.span.start))]))


_YEARLY_FEE = re.compile(
    r"另[^。;]{0,6}(?:按年)?收取?[^。;%]{0,10}费\s?(?P<before>\d+(?:\.\d+)?)\s?%"
    r"|另[^。;]{0,16}每年(?:收取|计收|支付|加收)?(?P<yearly>\d+(?:\.\d+)?)\s?%[^。;]{0,20}费"
    r"|另[^。;]{0,6}收取?[^。;,%]{0,12}?(?P<after>\d+(?:\.\d+)?)\s?%的?(?:年|每年)[^。;,]{0,6}费"
)


def _fees(case: Case) -> Decimal:
    """Yearly fees on top of interest, in percent, where they are not among the rates already."""
    found = _YEARLY_FEE.search(case.text)
    if not found:
        return Decimal(0)
    name = found.lastgroup or "before"
    place = found.start(name)
    rate = next((one for one in case.facts.rates if one.span.start <= place < one.span.end), None)
    if rate:
        usual = max(one.annual_percent for one in case.facts.rates)
        return Decimal(0) if rate.annual_percent == usual else rate.annual_percent
    return Decimal(found[name])


def _before(rate: RateFact, case: Case) -> str:
    sentence = case.sentence_at(rate.span.start)
    part = sentence.text[: rate.span.start - sentence.start]
    return part[-40:]


def _capping(rate: RateFact, case: Case) -> bool:
    return bool(re.search(r"不超过|不得超过|上限", _before(rate, case)[-10:]))


def _signed(case: Case) -> date:
    signed = next((one.day for one in case.facts.dates if one.role == "signing"), None)
    return signed if signed and signed <= case.as_of else case.as_of
