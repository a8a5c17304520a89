"""How sums of one article hang together: periods, durations, parts, tax, rises, deposits, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit
from verticals.contract_review.domain.shapes import Amount
from verticals.contract_review.figures import NUMBER, number

CENT = Decimal("0.01")
_FIGURE = r"\d+(?:\.\d+)?"


def told(start: int, end: int, zh: str, en: str) -> Hit:
    return Hit(spans=((start, end),), fill={"detail_zh": zh, "detail_en": en})


def plain(text: str) -> Decimal:
    return Decimal(text.replace(",", "").rstrip("."))


def relations(case: Case) -> Iterator[Hit]:
    """The first sum of each kind that does not fit the sums beside it."""
    if case.contract_type == "labour":
        return  # a year's pay is not twelve months' pay
    for start, end in sorted({case.section_at(one.span.start) for one in case.facts.amounts}):
        own = [one for one in case.facts.amounts if start <= one.span.start < end and not one.in_words]
        yield from _periods(own, case)
        yield from _durations(own, case)
        yield from _net_and_gross(own, case)
        yield from _risen(own, case)
        yield from _lists(own, case)
    yield from _deposits(case)
    yield from _each(case)
    yield from _daily(case)
    yield from _tables(case)


def _part(one: Amount, case: Case, reach: int = 24) -> str:
    """The words before a sum in its part of the sentence."""
    before = case.text[max(0, one.span.start - reach) : one.span.start]
    return re.split(r"[。;\n,]", before)[-1]


_MONTHS = {"月": 1, "季": 3, "半": 6, "年": 12}
_OF_PERIOD = re.compile(
    r"(?:每个?(?P<a>半年|季|月|年)|当(?P<b>季|月|年)|(?<![\d一二两三四五六七八九十第半每])(?P<c>半年|季|月|年)(?=度?(?:租|服务|费|管理|金)))[^,。;\d%]{0,14}$"
)
_EACH_TIME = re.compile(r"(?:每[次期]|一次)[^,。;\d]{0,6}$")
_PAID_EVERY = re.compile(r"(?:每|按)(?P<period>半年|季|月|年)度?(?:支付|结算|付|交|缴|预付)")
_OTHER_SUM = re.compile(
    r"违约|押金|保证金|滞纳|赔偿|上限|不超过|最高|最低|不低于|免租|优惠|首(?:年|期|个|次|付)|头|至少|扣|奖|罚|定金|补偿|损失|不含税|税额"
)
_OTHER_YEAR = re.compile(
    r"第[二三四五六七八九十\d]+(?:个?(?:租赁|合同|服务)?年)|次年|递增|上浮|上调|之后|以后|免租"
)
_PER = re.compile(r"\s?(?:/|每)(半年|季|月|年)")
_OF_A_UNIT = re.compile(r"每(?!个?(?:半年|季|月|年|次|期))")
_NUMBERING = re.compile(r"^\s*\d+(?:\.\d+)+\s*")
_NOUN = re.compile(r"租金|房租|服务费|管理费|物业|维护费|运维费|使用费|费")


def _months_of(one: Amount, case: Case) -> int:
    """For how many months a sum is due, 0 where nothing says so."""
    part = _NUMBERING.sub("", _part(one, case))
    if _OTHER_SUM.search(part) or _OF_A_UNIT.search(part):
        return 0
    written = _PER.match(case.text, one.span.end)
    if written:
        return _MONTHS[written[1][0]]
    named = _OF_PERIOD.search(part)
    if named:
        return _MONTHS[(named["a"] or named["b"] or named["c"])[0]]
    sentence = case.sentence_at(one.span.start)
    every = _PAID_EVERY.search(sentence.text[: one.span.start - sentence.start])
    return _MONTHS[every["period"][0]] if every and _EACH_TIME.search(part) else 0


_NEAR = 160  # characters: what is due for a month and for a year stand beside each other


def _noun(one: Amount, case: Case) -> str:
    """What is paid: the last word for it before the sum in its sentence."""
    sentence = case.sentence_at(one.span.start)
    named = _NOUN.findall(sentence.text[: one.span.start - sentence.start])
    return named[-1] if named else ""


def _periods(own: Sequence[Amount], case: Case) -> Iterator[Hit]:
    """What is due for a month, a quarter, half a year, a year: each is so many times the shorter one."""
    found = [(one, _months_of(one, case)) for one in own]
    found = [(one, months) for one, months in found if months]
    for one, months in found:
        shorter = [
            (other, fewer)
            for other, fewer in found
            if fewer < months
            and months % fewer == 0
            and _noun(other, case) == _noun(one, case)
            and abs(other.span.start - one.span.start) < _NEAR
        ]
        beside = any(
            0 <= one.span.start - other.span.end <= 8
            and "。" not in case.text[other.span.end : one.span.start]
            for other, _ in shorter
        )
        later = _OTHER_YEAR.search(case.sentence_at(one.span.start).text)
        if not shorter or (later and not beside):
            continue
        if all(abs(other.value * months / fewer - one.value) > 1 for other, fewer in shorter):
            right = shorter[0][0].value * months / shorter[0][1]
            yield told(one.span.start, one.span.end, f"应为{right:f}元", f"it should be {right:f}")
            return


_ALL = re.compile(r"(?:合计|共计|总计|总价款?|总额|总金额|总款|总租金)[^,。;元\d]{0,8}$")
_LASTS = re.compile(
    rf"(?:服务期限?|合同期限?|租期|租赁期限?|期限|为期|委托期限?)[^。;,\d]{{0,6}}?(?P<n>{NUMBER})\s?(?P<unit>个月|年)(?!\d)"
)
_LASTING = re.compile(
    rf"(?P<n>{NUMBER})\s?(?P<unit>个月|年)(?:的|内)?[^。;,\d]{{0,6}}(?:总额|合计|共计|总计)"
)


def _durations(own: Sequence[Amount], case: Case) -> Iterator[Hit]:
    """What is due for a period, times how long it is due, against the sum of all."""
    spans = {one.value * 12 / months for one in own if (months := _months_of(one, case))}
    if len(spans) != 1:
        return
    yearly = next(iter(spans))
    for one in own:
        if not _ALL.search(_part(one, case)) or _months_of(one, case):
            continue
        sentence = case.sentence_at(one.span.start)
        before = sentence.text[: one.span.start - sentence.start]
        length = _LASTING.search(_part(one, case)) or _LASTS.search(before)
        if not length or _OTHER_YEAR.search(before):
            continue
        right = yearly * number(length["n"]) / (1 if length["unit"] == "年" else 12)
        if abs(right - one.value) > 1:
            yield told(
                one.span.start, one.span.end, f"按期限计应为{right:f}元", f"for the term it is {right:f}"
            )
            return


_NET = re.compile(r"(?:不含(?:增值)?税|税前)[^,。;\d]{0,12}$")
_TAX = re.compile(r"(?:税额|税金|税款|增值税)(?:为|计|共计|合计|人民币|:)*[^,。;\d%税]{0,6}$")
_GROSS = re.compile(r"(?:(?<!不)含税|价税合计|总价款?|总额|总金额|合计)[^,。;\d]{0,12}$")
_RATE = re.compile(r"税率(?:为|是|:)?\s?(?P<rate>\d+(?:\.\d+)?)\s?%|(?P<other>\d+(?:\.\d+)?)\s?%的?增值税")


def _net_and_gross(own: Sequence[Amount], case: Case) -> Iterator[Hit]:
    """The price without tax, the tax, and both together."""
    parts = [(one, _part(one, case)) for one in own]
    net = [one for one, part in parts if _NET.search(part)]
    tax = [one for one, part in parts if _TAX.search(part) and not _NET.search(part)]
    gross = [one for one, part in parts if _GROSS.search(part) and not _NET.search(part) and one not in tax]
    if len(net) != 1 or not (tax or gross):
        return
    section = case.text[slice(*case.section_at(net[0].span.start))]
    rates = {Decimal(one["rate"] or one["other"]) for one in _RATE.finditer(section)}
    if len(tax) == 1 and gross and abs(net[0].value + tax[0].value - gross[0].value) > 1:
        right = net[0].value + tax[0].value
        yield told(
            *_around(net[0], tax[0], gross[0]), f"不含税价与税额合计{right:f}元", f"net and tax are {right:f}"
        )
    elif len(rates) == 1 and (tax or gross):
        rate = next(iter(rates))
        wanted = net[0].value * rate / 100 if len(tax) == 1 else net[0].value * (100 + rate) / 100
        other = tax[0] if len(tax) == 1 else gross[0]
        if abs(wanted - other.value) > 1:
            yield told(
                *_around(net[0], other), f"按该税率应为{wanted:f}元", f"with this rate it is {wanted:f}"
            )


def _around(*sums: Amount) -> tuple[int, int]:
    return min(one.span.start for one in sums), max(one.span.end for one in sums)


_RISE = re.compile(
    r"(?:递增|上浮|上调|增长|提高|增加|涨)(?:幅度)?(?:为|按)?\s?(?P<rate>\d+(?:\.\d+)?)\s?%[^。;\d]{0,12}(?:即|分别为|为)[^。;\d]{0,20}$"
)


def _risen(own: Sequence[Amount], case: Case) -> Iterator[Hit]:
    """A sum that is another one of the article, raised by so many percent."""
    for at, one in enumerate(own):
        sentence = case.sentence_at(one.span.start)
        rise = _RISE.search(sentence.text[: one.span.start - sentence.start])
        if not rise:
            continue
        months = _months_of(one, case)
        before = [other for other in own[:at] if _is_base(other, months, case)]
        if not before:
            continue
        factor = (100 + Decimal(rise["rate"])) / 100
        if all(abs(other.value * factor - one.value) > 1 for other in before):
            right = before[-1].value * factor
            yield told(one.span.start, one.span.end, f"按该幅度应为{right:f}元", f"risen it is {right:f}")
            return


def _is_base(other: Amount, months: int, case: Case) -> bool:
    """Whether a sum may be what is raised: due for the same period, where both say for which."""
    own = _months_of(other, case)
    return own == months if own and months else not _OTHER_SUM.search(_part(other, case))


_LINE_SUM = re.compile(r"(?:金额|小计|^计|计)(?:为|:|人民币|共)*$")
_SUM_OF_LINES = re.compile(
    r"^(?:[\d.]*\s*)?(?:以上|上述|前述)?[^,。;\d]{0,6}(?:合计|共计|总计|总价款?|总额)(?:为|:|人民币)*$"
)


def _lists(own: Sequence[Amount], case: Case) -> Iterator[Hit]:
    """Lines of a list, each with its sum, and the sum of all after them."""
    lines: list[Amount] = []
    for one in own:
        part = _part(one, case).strip()
        if _SUM_OF_LINES.match(part):
            right = sum((line.value for line in lines), Decimal(0))
            if len(lines) >= 2 and abs(right - one.value) > CENT and one.value * 2 > right > 0:
                yield told(
                    lines[0].span.start, one.span.end, f"各项合计应为{right:f}元", f"the lines make {right:f}"
                )
                return
            lines = []
        elif _LINE_SUM.search(part) and not re.search(r"单价|每|税|不超过", part):
            lines.append(one)


_DEPOSIT = re.compile(
    rf"(?:押金|保证金|押租)[^。;\d]{{0,14}}?(?P<n>[一二两三四六\d]{{1,2}})个月(?:的)?(?:租金)?[^。;\d]{{0,12}}(?P<sum>{_FIGURE})\s?元"
    rf"|(?:押金|保证金)(?:为|:|人民币)*\s?(?P<sum2>{_FIGURE})\s?元[^。;\d]{{0,24}}?(?:即|相当于|等于|为)[^。;\d]{{0,4}}(?P<n2>[一二两三四六\d]{{1,2}})个月(?:的)?租金"
)


def _deposits(case: Case) -> Iterator[Hit]:
    """A deposit of so many months' rent, against the rent of a month."""
    months = {
        one.value / due for one in case.facts.amounts if not one.in_words and (due := _months_of(one, case))
    }
    for match in _DEPOSIT.finditer(case.text) if months else ():
        count, stated = number(match["n"] or match["n2"]), plain(match["sum"] or match["sum2"])
        if re.search(r"[及和与]|之和|物业", match[0]):
            continue  # of rent and something else
        if all(abs(one * count - stated) > 1 for one in months):
            right = max(months) * count
            yield told(*match.span(), f"按月租金计应为{right:f}元", f"by the rent of a month it is {right:f}")
            return


_COUNTED = re.compile(
    rf"(?<![\d.第])(?P<q>{_FIGURE})\s?(?P<u>[一-鿿]{{1,3}}?)(?![\d一-鿿]*[期次]支付)[,:(（]?[^。;\d]{{0,12}}?每(?P=u)\s?(?:为|单价)?(?P<p>{_FIGURE})\s?元"
)


def _each(case: Case) -> Iterator[Hit]:
    """So many of a unit, the price of one of that unit, and the sum of all in the same sentence."""
    for match in _COUNTED.finditer(case.text):
        end = case.sentence_at(match.start()).end
        later = [one for one in case.facts.amounts if match.end() <= one.span.start < end]
        whole = next((one for one in later if re.search(r"计|总|金额|款", _part(one, case))), None)
        if (
            not whole
            or re.search(r"[日天年月季]", match["u"])
            or re.search(r"每|违约|罚", _part(whole, case))
            or re.search(r"每[一-鿿]{1,3}\s?\d", case.text[match.end() : whole.span.start])
        ):
            continue
        right = plain(match["q"]) * plain(match["p"])
        if abs(right - whole.value) > CENT:
            yield told(match.start(), whole.span.end, f"单价乘数量应为{right:f}元", f"it makes {right:f}")
            return


_BY_THE_DAY = re.compile(
    rf"(?:日租金|每[日天])[^。;\d]{{0,10}}每(?:平方米|㎡)\s?(?:为)?(?P<a>{_FIGURE})\s?元|每(?:平方米|㎡)每[日天](?:为)?(?P<b>{_FIGURE})\s?元"
)


def _daily(case: Case) -> Iterator[Hit]:
    """Rent of a day for a square metre, where the text says how many days a month has."""
    price = _BY_THE_DAY.search(case.text)
    if not price:
        return
    sentence = case.sentence_at(price.start())
    days = re.search(r"每月(?:按|以)?\s?(\d{2}|三十)\s?[日天]", sentence.text)
    area = re.findall(rf"({_FIGURE})\s?(?:平方米|㎡)", case.text)
    month = [
        one
        for one in case.facts.amounts
        if price.end() <= one.span.start < sentence.end and _months_of(one, case) == 1
    ]
    if days and len(set(area)) == 1 and month:
        right = plain(price["a"] or price["b"]) * plain(area[0]) * number(days[1])
        if abs(right - month[0].value) > 1:
            yield told(price.start(), month[0].span.end, f"月租金应为{right:f}元", f"a month makes {right:f}")


_CELL = re.compile(r"\s*[|｜\t]\s*")
_COLUMNS = {"count": r"数量", "price": r"单价", "total": r"金额|合价|小计|总价|价款"}


def _tables(case: Case) -> Iterator[Hit]:
    """Rows of cells under a heading that names how many, the price of one and the price of all."""
    place, first = 0, 0
    columns: dict[str, int] = {}
    sums: list[Decimal] = []
    for line in case.text.split("\n"):
        start, place = place, place + len(line) + 1
        cells = _CELL.split(line.strip().strip("|｜"))
        if len(cells) >= 3 and re.search("数量", line) and re.search("单价", line):
            columns, sums, first = _columns(cells), [], start
        elif columns and len(cells) > max(columns.values()):
            row = {name: value for name, at in columns.items() if (value := _cell(cells[at])) is not None}
            if len(row) < len(_COLUMNS):
                continue
            right = row["count"] * row["price"]
            sums.append(row["total"])
            if abs(right - row["total"]) > CENT:
                yield told(start, start + len(line), f"单价乘数量应为{right:f}元", f"it makes {right:f}")
                return
        elif len(sums) >= 2:
            whole = _OF_ALL_ROWS.search(line)
            right = sum(sums, Decimal(0))
            if whole and abs(plain(whole["sum"]) - right) > CENT:
                yield told(first, start + whole.end(), f"各行合计应为{right:f}元", f"the rows make {right:f}")
                return
            columns, sums = {}, []


_OF_ALL_ROWS = re.compile(rf"(?:合计|共计|总计|总价|总额)[^\d]{{0,16}}?(?P<sum>{_FIGURE})\s?元?")


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which cell of a heading names what, the first that does."""
    found = {
        name: next((at for at, cell in enumerate(cells) if re.search(form, cell)), -1)
        for name, form in _COLUMNS.items()
    }
    return found if min(found.values()) >= 0 else {}


def _cell(text: str) -> Decimal | None:
    """The one figure of a cell."""
    figures = re.findall(_FIGURE, text)
    return plain(figures[0]) if len(figures) == 1 else None
