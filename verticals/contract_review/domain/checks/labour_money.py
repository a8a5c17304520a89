"""Checks of labour contracts: pay, penalties, compensation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.domain.shapes import Amount
from verticals.contract_review.figures import NUMBER, lengths, number, percents

_TRIAL_PAY = re.compile(
    rf"试用(?:期|阶段)?(?!期?(?:满|届满|结束|合格))(?:间|内)?[^。;,]{{0,14}}?(?:为|发放|每月|月薪|工资|按)?(?:人民币)?\s?(?<![\d,])({NUMBER})\s?(万|千)?元"
)
_PAY = re.compile(
    rf"(?:月工资|正式工资|(?:转正|期满)(?:之?后)?的?(?:工资|月薪|薪资)?|基本工资|约定工资|月薪|工资标准|正式月薪|劳动报酬)(?:为|是|:)?(?:每月|月薪|标准为)?(?:税前|税后)?(?:人民币)?\s?({NUMBER})\s?(万|千)?(?:元|(?=[,。;]))"
)
_SHARE = re.compile(
    r"(?:试用(?:期|阶段)|转正之?前|见习期)[^。;]{0,30}?(?P<p>\d+(?:\.\d+)?\s?%|百分之[一二三四五六七八九十]+|[一二三四五六七八九][一二三四五六七八九]?(?:折|成)|一半|半数)"
)
_SHARE_OF_LATER = re.compile(
    r"(?:转正|正式|约定)(?:之?后)?的?(?:月)?(?:工资|月薪|薪资)(?:标准)?(?:的|打|按)?(?P<p>\d+(?:\.\d+)?\s?%|百分之[一二三四五六七八九十]+|[一二三四五六七八九][一二三四五六七八九]?(?:折|成)|一半|半数)"
)
_NO_PAY = re.compile(
    r"(?:试用|见习|培训|转正前|首月|第一个月|头一个月|前[一二两三]个?月)[^。;,]{0,8}(?:无薪|零工资|不计薪|不带薪|不发|没有工资|无工资)"
    r"|试用(?:期|阶段)(?:间|内)?[^。;,]{0,6}(?:不(?:支付|领取|计发|发放|享有|享受)(?:任何)?(?:工资|薪|报酬)|不支付工资|无工资|不发工资|没有工资)"
)


_BELOW = re.compile(r"(?:试用|见习)[^。;]{0,20}(?<!不)(?<!不得)(?<!不能)(?<!不应)低于[^。;,]{0,8}最低工资")


@check("probation_pay")
def probation_pay(rule: Rule, case: Case) -> Iterator[Hit]:
    least = Decimal(str(case.threshold(rule, "percent")))
    none = _NO_PAY.search(case.text) or _BELOW.search(case.text)
    if none:
        yield Hit(spans=(none.span(),), computed={"percent": 0})
        return
    share = _SHARE.search(case.text) or _SHARE_OF_LATER.search(case.text)
    if share and not re.search(r"奖金[^。;,]{0,8}$|绩效", case.text[share.start() : share.start("p")]):
        percent = _percent(share["p"])
        if percent < least and not re.search(r"不低于", share[0]):
            yield Hit(spans=(share.span(),), computed={"percent": percent})
            return
    trial = _TRIAL_PAY.search(case.text) or _in_trial_sentence(case)
    agreed = [one for one in _PAY.finditer(case.text) if not trial or one.end(1) != trial.end(1)]
    if not trial:
        return
    paid = _sum(trial)
    whole = max(map(_sum, agreed), default=Decimal(0))  # the wage, not a part of it
    if whole and paid * 100 < whole * least:
        percent = round(paid * 100 / whole, 1)
        yield Hit(spans=(trial.span(),), computed={"percent": percent, "paid": paid, "agreed": whole})
        return
    yield from _against_minimum(case, trial, paid)


_EARLY = re.compile(r"试用(?:期|阶段)(?:间|内)?|转正(?:以|之)?前|见习期(?:间|内)?")
_EACH_MONTH = re.compile(
    rf"(?:每月|月)(?:先|只|各|均)?(?:合计|计发|发放?|支付|实发|共计?|领取?)[^。;,\d]{{0,12}}?\s?({NUMBER})\s?(万|千)?元"
)


def _in_trial_sentence(case: Case) -> re.Match[str] | None:
    """What a month of the probation brings, told further on in the sentence that names it."""
    for sentence in case.sentences:
        early = _EARLY.search(sentence.text)
        found = early and _EACH_MONTH.search(case.text, sentence.start + early.end(), sentence.end)
        if found and not re.search(
            r"转正(?:之?后|的)|期满(?:之?后|的)|合格后",
            sentence.text[early.end() if early else 0 : found.start() - sentence.start],
        ):
            return found
    return None


def _against_minimum(case: Case, trial: re.Match[str], paid: Decimal) -> Iterator[Hit]:
    place = " ".join(party.address for party in case.facts.parties) + " ".join(
        re.findall(r"工作地点[^。;]{0,16}", case.text)
    )
    row = case.parameters.minimum_wage(place, case.as_of)
    if row is None:
        yield Hit(spans=(trial.span(),), outcome="unchecked")
    elif paid < row.value:
        yield Hit(
            spans=(trial.span(),),
            outcome="minimum",
            computed={"paid": paid, "minimum": row.value},
            fill={"place": place.strip()[:20], "since": row.since.isoformat()},
        )


def _percent(text: str) -> Decimal:
    if text in ("一半", "半数"):
        return Decimal(50)
    if text[-1] in "折成":
        return number(text[:-1]) * (10 if len(text) == 2 else 1)
    return next(percents(text))[2]


def _sum(match: re.Match[str]) -> Decimal:
    return number(match[1]) * {"万": 10000, "千": 1000}.get(match[2] or "", 1)


_MULTIPLE = re.compile(
    r"(?:培训费用?|培训费)[^。;,]{0,8}(?:的)?([二两三四五]|\d(?:\.\d)?)倍|培训费用?的?(1[0-9]\d|[2-9]\d\d)\s?%"
)
_FLAT = re.compile(
    r"(?:不论|无论|不管)(?!是否)[^。;]{0,12}(?:还剩|干了|服务|履行|何时|什么时候|工作|做)|服务期[^。;]{0,10}不(?:予|再|得)?(?:抵扣|扣减|扣除|折算|计算)|(?:哪怕|即使|即便|纵使)[^。;]{0,10}(?:一|1)(?:个月|天|日)[^。;]{0,24}(?:全额|全数|全部)|另[加付][^。;]{0,14}(?:罚|违约)|全额(?:返还|退还|赔偿|承担)[^。;,]{0,6}培训费|一律[^。;]{0,6}(?:全额|赔偿)|不按[^。;]{0,12}(?:扣减|递减|分摊)|除返还[^。;]{0,12}外"
)
_LAWFUL = re.compile(r"不(?:得)?超过|未履行[^。;]{0,10}分摊|分摊的?培训费|递减|为限|不支付服务期违约金")


@check("service_period")
def service_period(rule: Rule, case: Case) -> Iterator[Hit]:
    """A penalty above the training cost, or not reduced by what was served."""
    for sentence in _about_training(case):
        text = sentence.text
        multiple = _MULTIPLE.search(text)
        flat = _FLAT.search(text) if re.search(r"培训", case.text) else None
        if (multiple or flat) and not re.search(r"不得?超过", text):
            match = multiple or flat
            if match:
                yield _training(
                    sentence,
                    match.span(),
                    "超过培训费用或者不按已履行期间扣减",
                    "above the cost, or not reduced by what was served",
                )
                return
    yield from _a_year_short(case)
    yield from _sums(case)


_YEAR_SHORT = re.compile(
    rf"每(?:少|差|缺|提前)(?:服务|干|做|履行|离职|工作)?(?:满)?\s?[一1]\s?年[^。;,]{{0,10}}?\s?({NUMBER})\s?(万|千)?元"
)


def _a_year_short(case: Case) -> Iterator[Hit]:
    """A sum for each year not served, which all years together make more than the training cost."""
    each = _YEAR_SHORT.search(case.text)
    cost = next(
        (one for one in case.facts.amounts if re.search(r"培训|出资|进修|学费|深造|研修", one.label)), None
    )
    years = re.search(rf"服务期(?:为|限|共|是)?[^。;,\d]{{0,4}}({NUMBER})年|服务满?({NUMBER})年", case.text)
    if not (each and cost and years):
        return
    whole = _sum(each) * number(years[1] or years[2])
    if whole > cost.value:
        yield Hit(
            spans=(each.span(),),
            computed={"penalty": whole, "cost": cost.value},
            fill={
                "detail_zh": f"各年合计{whole:f}元，培训费用为{cost.value:f}元",
                "detail_en": f"all years make {whole:f}, the training cost {cost.value:f}",
            },
        )


def _as_penalty(one: Amount, case: Case) -> bool:
    """A sum that whoever leaves early has to pay."""
    sentence = case.sentence_at(one.span.start)
    before = sentence.text[: one.span.start - sentence.start]
    after = case.text[one.span.end : one.span.end + 6]
    if re.search(r"(?:员工|乙方|劳动者)违反的?[,，]?[^。;]{0,4}$", before):
        return False  # of what the sentences before agree on
    leaving = re.search(r"离职|辞职|离开|未满|没干满|没做满|要走|提前|解除|违反", before)
    paying = re.search(r"(?:赔偿|返还|支付|赔付|退还|赔)[^,。;]{0,6}$", before)
    return bool(re.search(r"违约金", one.label + after) or (leaving and paying)) and "培训费" not in one.label


def _of_competing(one: Amount, case: Case) -> bool:
    """Whether the article of a sum is about not competing, and not about training."""
    article = case.text[slice(*case.section_at(one.span.start))]
    return bool(re.search(r"竞业|竞争", article)) and not re.search(r"培训|服务期|进修|深造", article)


def _about_training(case: Case) -> list[Sentence]:
    return [one for one in case.sentences if re.search(r"服务期|培训|进修|研修|深造", one.text)]


def _training(sentence: Sentence, span: tuple[int, int], zh: str, en: str) -> Hit:
    start, end = sentence.start + span[0], sentence.start + span[1]
    return Hit(spans=((start, end),), fill={"detail_zh": zh, "detail_en": en})


def _cost_and_penalty(case: Case, start: int, end: int) -> tuple[Amount | None, Amount | None]:
    """What a training costs, and what whoever leaves early pays, within a part of the text."""
    amounts = [one for one in case.facts.amounts if start <= one.span.start < end]
    trained = r"培训|出资|进修|学费|深造|研修"
    cost = next((one for one in amounts if re.search(trained, one.label)), None) or next(
        (
            one
            for one in amounts
            if re.search(trained, case.text[max(0, one.span.start - 8) : one.span.end + 4])
        ),
        None,
    )
    penalty = next(
        (
            one
            for one in amounts
            if one is not cost and _as_penalty(one, case) and not _of_competing(one, case)
        ),
        None,
    )
    return cost, penalty


def _sums(case: Case) -> Iterator[Hit]:
    places = {case.section_at(one.start) for one in _about_training(case)}
    found = [_cost_and_penalty(case, *place) for place in sorted(places)]
    both = next((one for one in found if all(one)), None)
    cost, penalty = both or _cost_and_penalty(case, 0, len(case.text))
    if not cost or not penalty or not re.search(r"服务期|进修|培训|研修|深造", case.text):
        return
    sentence = case.sentence_at(penalty.span.start)
    if _LAWFUL.search(sentence.text):
        return
    served = re.search(
        rf"(?:服务|履行)(?:满)?\s?({NUMBER})年(?:\([^)]*\))?后|服务满\s?({NUMBER})年", case.text
    )
    period = re.search(rf"服务期(?:为|限|共)?\s?({NUMBER})年", case.text)
    due = cost.value
    if served and period and number(period[1]):
        left = number(period[1]) - number(served[1] or served[2])
        due = cost.value * left / number(period[1])
    if penalty.value > due:
        yield Hit(
            spans=((penalty.span.start, penalty.span.end),),
            computed={"penalty": penalty.value, "cost": cost.value, "due": round(due, 2)},
            fill={
                "detail_zh": f"违约金{penalty.value:f}元，应分摊的培训费用为{due:.0f}元",
                "detail_en": f"the penalty is {penalty.value:f}, the cost to be borne {due:.0f}",
            },
        )


_COMPETE = re.compile(
    r"竞业期|竞品|竞业限制|竞业禁止|不得(?:到|在|入职|加入|受雇|任职)[^。;]{0,16}(?:企业|公司|单位|行业|机构|同行)[^。;,]{0,8}(?:工作|任职|就业|上班|服务|兼职)|竞争(?:者|方|单位)|同行|自营|加入同业|同(?:行业|类)[^。;]{0,8}(?:任职|入职|门店)|竞争(?:业务|企业|单位|关系)|到同行业|同类(?:业务|岗位|工作|企业|产品|行业)|竞争对手|同业|竞争性|其他[^。;]{0,10}(?:从事|任职|工作)|不得[^。;]{0,20}从事[^。;]{0,8}(?:工作|业务|行业)|与(?:甲方|公司|用人单位)(?:相同|类似|相近|同类|有竞争|存在竞争)|与甲方竞争|与公司竞争"
)
_AFTER = re.compile(
    r"竞业期|离职(?!前)|离开(?:公司|甲方)后|离职之日|解除(?:劳动)?合同后|竞业限制|终身|终止后"
)
_SENIOR = re.compile(
    r"全体(?:员工|职工|人员)|所有(?:员工|职工|人员)|每[一位名]*(?:员工|职工)|前台|文员|实习生|食堂|后勤|门卫|搬运|操作工|流水线|保洁|保安|收银员|服务员|普工|骑手|快递员|店员|配送员|清洁"
)
_UNPAID = re.compile(
    r"不支付(?:任何)?费用|补偿[^。;]{0,8}(?:体现|并入|折入|包括)在|(?:不(?:再|予)?支付|无须支付|无需支付|无|没有|不给予|不另行支付|不享有)[^。;]{0,8}(?:经济)?补偿|补偿[^。;]{0,8}(?:已)?(?:包含|含|计入)[^。;]{0,8}(?:工资|薪|报酬)"
    r"|(?:工资|薪酬|薪资|报酬|收入)[^。;]{0,10}(?:包含|包括|含有|考虑)[^。;]{0,14}(?:补偿|对价)|不(?:再|另|另行)付"
)


_FORBIDS = re.compile(r"不(?:得|能|可|许)[^。;]{0,40}(?:任职|工作|从事|经营|入职|就业|自营|受雇|加入)")


@check("non_compete")
def non_compete(rule: Rule, case: Case) -> Iterator[Hit]:
    """Longer than two years, unpaid, or for staff who know no secrets."""
    for sentence in case.sentences:
        text = sentence.text
        match = _COMPETE.search(text)
        if (
            not match
            or not _AFTER.search(text)
            or re.search(
                r"在职期间(?!的?(?:工资|薪|报酬|收入))|(?:无需|无须|不)(?:再)?(?:承担|负有?|受|约定|设定?|适用|存在)[^。;,]{0,14}竞业|(?:未|没有|不)(?:对|与|给|就|向)[^。;,]{0,14}竞业|解除竞业限制|保守商业秘密",
                text,
            )
            or ("违约金" in text and not _FORBIDS.search(text))
        ):
            continue
        detail = _against(
            text, case.text[slice(*case.section_at(sentence.start))], case.threshold(rule, "months")
        )
        if detail:
            yield Hit(
                spans=((sentence.start, sentence.start + len(text.rstrip())),),
                fill={
                    "detail_zh": "、".join(zh for zh, _ in detail),
                    "detail_en": ", ".join(en for _, en in detail),
                },
            )
            return


def _against(text: str, clause: str, limit: float) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    spoken = re.sub(r"离职前[^。;,]{0,10}月", "", text)
    long = [one.months for one in lengths(spoken) if one.months < 1000]
    if "终身" in text or (long and max(long) > Decimal(str(limit))):
        found.append(("期限超过24个月", "longer than 24 months"))
    if _UNPAID.search(clause) or not re.search(r"补偿|按月(?:支付|给付|发放|付)", clause):
        found.append(("没有按月补偿", "no monthly pay"))
    elif re.search(r"一次性|一次(?:给付|支付|发放|付)|期满后[^。;,]{0,6}(?:支付|给付|付)", clause):
        found.append(("补偿不是按月支付", "not paid monthly"))
    if _SENIOR.search(text):
        found.append(("人员不属于可以约定的范围", "staff outside the permitted circle"))
    return found


_SEVERANCE = re.compile(
    r"补偿|赔偿|补给|补发|了结|遣散费|安置费|辞退费|代通知金|(?:发|给|付)[^,。;]{0,8}(?:月|天|日)的?[^,。;]{0,6}工资"
)
_CASE = re.compile(
    r"续签|解除|裁员|裁减|离职|终止|不续|辞退|走人|经济补偿|到期|期满|届满|结束[^,。;]{0,6}关系|解聘|解雇|辞掉|优化|撤岗|劝退|停产|关[停闭]|搬迁|工龄"
)
_LOW = (
    (
        r"半个月(?:的)?[^。;,]{0,4}工资|每满[一1]年[^。;,]{0,8}半个月",
        "低于每满一年一个月工资",
        "below a month per year",
    ),
    (
        r"(?:工龄|年限)[^。;,]{0,4}(?:不论|无论)?长短|(?:无论|不论)[^。;]{0,10}(?:年限|工龄)[^。;]{0,12}(?:一律|均)",
        "不按工作年限计算",
        "not by years of work",
    ),
    (
        r"(?:不(?:再|予)?(?:支付|付|承担|给予)|放弃|无需支付|无须支付|不要|不主张|不要求|不索要|不(?:向[^,。;]{1,6})?(?:索要|要求|主张)|(?:无权|不得)(?:再)?(?:向[^,。;]{1,6})?(?:主张|要求|索要))[^。;]{0,8}(?:任何)?(?:经济)?补偿(?:金|责任)?",
        "排除经济补偿",
        "severance is excluded",
    ),
    (
        r"(?:仅|只|最多|至多|不超过)(?:按|支付|补偿|给付|给予|发放)?[^。;]{0,4}[一二两三1-3]个月(?:的)?工资",
        "低于法定标准",
        "below the law",
    ),
    (r"最低工资[^。;]{0,6}(?:一个月|标准|计)?", "以最低工资为基数", "reckoned on the minimum wage"),
    (
        r"每(?:工作|服务|满)*[二两三四五](?:个)?年[^。;]{0,10}(?:[一半1]个?月|一份月薪)",
        "低于每满一年一个月工资",
        "below a month per year",
    ),
    (r"违法解除[^。;]{0,16}(?:一倍|1倍)", "违法解除应为二倍", "unlawful termination costs twice that"),
    (
        r"(?:裁员|裁减|解除|终止|到期|期满)[^。;]{0,14}(?:不(?:予|再|作|做|给予?)|无|没有|概不)[^。;,]{0,6}(?:补偿|赔偿)",
        "排除经济补偿",
        "severance is excluded",
    ),
    (
        r"(?:统一|一律|均|固定)(?:补偿|支付|给予|发放)[^。;,]{0,6}(?:一|1|半)个月",
        "不按工作年限计算",
        "not by years of work",
    ),
    (r"全部补偿", "一次性补偿低于法定标准", "a lump sum below the law"),
    (
        r"每(?:工作|服务|满)*(?:一|1)?年[^。;,]{0,8}?(?:给|付|发|补|按|为)[^。;,]{0,6}?[\d,一二三四五六七八九十百千两]+\s?元",
        "定额补偿不按月工资计算",
        "a flat sum, not a month's pay",
    ),
    (
        r"(?:之前|以前|此前|过去|原)的?(?:工龄|工作年限|年限)[^。;,]{0,6}(?:不(?:再|予|得)?(?:计|算|累计|合并|计入|计算)|归零|清零)",
        "不计以前的工作年限",
        "earlier years are left out",
    ),
    (
        r"(?:只|仅|均|一律|统一|一概|最多)[^。;,]{0,8}(?:发|给|付|补)[^。;,]{0,10}?[\d一二三四五六七八九十两半]+\s?(?:日|天|周)的?[^。;,]{0,6}工资",
        "低于每满一年一个月工资",
        "below a month per year",
    ),
    (
        r"(?:以|按|一次性|统一|固定|定额)[^。;,]{0,10}[\d,一二三四五六七八九十百千万]+\s?元[^。;,]{0,10}(?:了结|结清|买断|补偿|终结|作(?:为)?补偿)",
        "定额补偿不按工作年限计算",
        "a flat sum, not by years of work",
    ),
    (
        r"不再享有[^。;]{0,8}补偿|(?:不得|无权)(?:再)?(?:要求|主张|索要)[^。;]{0,6}(?:其他|任何)?(?:补偿|赔偿)",
        "排除经济补偿",
        "severance is excluded",
    ),
)
_OWN_FAULT = re.compile(
    r"离职后[^。;]{0,12}不得|维持(?:或者?|、|和)?提高[^。;]{0,20}(?:续订|续签)|个人原因|主动辞职|乙方(?:单方)?(?:提出)?辞职|严重违纪|严重违反|虚假|欺诈|伪造|第三十九条|追究刑事|不符合录用条件|过失|竞业|不(?:满|足)(?:六|6)个月|六个月以上|刑事责任|保密"
)


# "Not below the minimum wage" is a floor, not a base.
_FLOOR = re.compile(
    r"(?:不(?:得|应|能)?(?:低于|少于)|高于)[^。;,]{0,16}最低工资(?:标准)?|低于[^。;,]{0,8}最低工资(?:标准)?的?,?按[^。;,]{0,8}最低工资(?:标准)?"
)


@check("severance")
def severance(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = _FLOOR.sub(lambda floor: " " * len(floor[0]), sentence.text)
        if not _SEVERANCE.search(text) or not _CASE.search(text) or _OWN_FAULT.search(text):
            continue
        for form, zh, en in _LOW:
            match = re.search(form, text)
            if match:
                yield Hit(
                    spans=((sentence.start + match.start(), sentence.start + match.end()),),
                    fill={"detail_zh": zh, "detail_en": en},
                )
                return
        found = _by_years(text)
        if found:
            yield Hit(
                spans=((sentence.start, sentence.start + len(text.rstrip())),),
                computed={"due": found[1], "agreed": found[0]},
                fill={"detail_zh": f"按法定标准应为{found[2]}", "detail_en": f"by law it is {found[1]:f}"},
            )
            return


def _by_years(text: str) -> tuple[Decimal, Decimal, str] | None:
    years = re.search(rf"(?:工作|工龄|服务|入职)?(?:满|达到?|已满|工作|工龄)\s?({NUMBER})年", text)
    if not years or "每满" in text:
        return None
    count = number(years[1])
    months = re.search(rf"(?:补偿|赔偿)[^。;]{{0,8}}?({NUMBER})个月(?:的)?工资", text) or re.search(
        rf"({NUMBER})个月(?:的)?工资[^。;,]{{0,6}}(?:补偿|赔偿)", text
    )
    if months and number(months[1]) < count:
        return number(months[1]), count, f"{count}个月工资"
    pay = re.search(rf"月工资\s?({NUMBER})元", text)
    paid = re.search(rf"(?:补偿金?|赔偿金?)(?:为)?\s?({NUMBER})元", text)
    if pay and paid and number(paid[1]) < number(pay[1]) * count:
        return number(paid[1]), number(pay[1]) * count, f"{number(pay[1]) * count:f}元"
    return None
