"""Checks of sale contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.checks.liability import ANCHOR
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.figures import NUMBER, number

_INSPECTS = re.compile(
    r"看完|试完|书面提出|开箱|验看|认定合格|书面意见|认为[^。;]{0,8}符合|检验|验收|异议|反馈|认可|验货|抽检|测试|核对|查验|检测|签收即视为|试运行"
)
_PERIOD = re.compile(rf"({NUMBER})\s?个?(工作日|小时|日|天|个月|月|年)")
_IN_DAYS = {
    "小": Decimal(1) / 24,
    "日": Decimal(1),
    "天": Decimal(1),
    "工": Decimal(1),
    "月": Decimal(30),
    "个": Decimal(30),
    "年": Decimal(365),
}
_AT_ONCE = re.compile(
    r"次日|离开(?:以|之)?前|离开现场前|当面|当时|现场一次性|一次性(?:检验|验收)|开箱时|卸车时|(?:一经|经)[^,。;]{0,6}(?:签字|签收|接收)[^,。;]{0,4}(?:即|就|便|视为)|当日|当场|当天|即时|(?:签收|货到|到货|收货|交付|收到)(?:后)?即|立即"
)
_VISIBLE = re.compile(r"数量|外观|清点")
_WHOLE = re.compile(r"质量|性能|全部|合格|瑕疵|缺陷|成分|指标|参数|精度|化验|含量")
_LATER = re.compile(r"内在质量|隐蔽瑕疵|质量(?:问题|检验|异议)?[^。;]{0,8}(?:另|期间|个月|三十日|30日)")


@check("inspection")
def inspection(rule: Rule, case: Case) -> Iterator[Hit]:
    """No time to inspect, or less than goods of this kind need."""
    sentences = [one for one in case.sentences if _INSPECTS.search(ANCHOR.sub("", one.text))]
    if not sentences or (case.whole and not any(_gives_time(one, case) for one in case.sentences)):
        if case.whole:
            yield Hit()
        return
    least = case.threshold(rule, "days")
    for sentence in sentences:
        short = _short(sentence.text, least)
        if short and not (_VISIBLE.search(sentence.text) and _later(sentence, case)):
            yield Hit(
                spans=((sentence.start + short.start(), sentence.start + short.end()),), outcome="short"
            )
            return


_TIME = re.compile(r"(?:日|天|小时|月)(?:之)?内|当[日天场面]|次日|期限|隐蔽|及时|逾期|离开")


# By when what failed is set right is no time to inspect.
_FAILED = re.compile(r"(?:检验|验收|查验|检测|抽检)[^。;,]{0,6}不(?:合格|符合|符)[^。;]{0,60}")


def _gives_time(sentence: Sentence, case: Case) -> bool:
    """Whether a sentence about inspection, or under a heading of that name, says by when."""
    bare = _FAILED.sub("", ANCHOR.sub("", sentence.text))
    about = re.search(
        r"检验|验收|查验|验货|验(?:质量|机|料|车|完|看)|异议|开箱|点验|测试|抽检|试烧|试运行", bare
    )
    headed = re.search(r"检验|验收|验货|查验|验(?!证|资|算)", case.heading_at(sentence.start))
    paying = re.search(r"支付|付款|付清|结清|发票|开票", bare)
    return bool((about or headed) and _TIME.search(bare) and not paying)


def _later(sentence: Sentence, case: Case) -> bool:
    """Whether another sentence of the clause, or a later part of this one, leaves more time for quality."""
    others = case.around(sentence.start).replace(sentence.text, "")
    return bool(_LATER.search(others) or re.search(r"隐蔽瑕疵|内在质量[^。;]{0,10}另", sentence.text))


def _short(text: str, least: float) -> re.Match[str] | None:
    """The words for a period below the least, if quality as a whole hangs on it."""
    if not _WHOLE.search(text):
        return None
    at_once = _AT_ONCE.search(text)
    for match in _PERIOD.finditer(text):
        days = number(match[1]) * _IN_DAYS[match[2][0]]
        context = text[max(0, match.start() - 10) : match.end() + 14]
        if re.search(r"付款|支付|质保|发货|保修", text[match.end() : match.end() + 8]):
            continue
        if days >= least:
            return None
        if re.search(r"内|检验|验收|异议|反馈|视为", context):
            return match
    return at_once


_DELIVERY = (
    (
        r"送货(?:至|到)|发往|运往|卸货|交至|交货地|交付地|交付地点|送至|送到|运输至|工地|厂区|送达(?=[^。;,]{0,6}(?:买方|需方|现场|指定))|运至|运到|运抵|(?:在|至)[^。;,]{2,20}(?:交付|交货)|提货地点|自提|到货地点|FOB|CIF|送货上门|提货",
        "交付地点",
        "the place of delivery",
    ),
    (
        r"风险|在途损失|毁损|灭失|(?:损坏|丢失|短少|破损)[^。;]{0,10}(?:由|归)[^。;,]{1,8}(?:负|承担|负责)",
        "风险转移",
        "the passing of risk",
    ),
    (
        r"运费|自费(?:运|送)|运输[^。;,]{0,10}(?:费|由|自理)|负责(?:运输|运送|送货)|(?:运输|配送|装卸|卸货)[^。;]{0,14}(?:费用|含在|包含)|(?:承担|负担)[^。;,]{0,6}运输|运杂费|物流费|装车费|FOB|CIF|送货上门",
        "运费承担",
        "freight",
    ),
)


@check("delivery_terms")
def delivery_terms(rule: Rule, case: Case) -> Iterator[Hit]:
    missing = [(zh, en) for form, zh, en in _DELIVERY if not re.search(form, case.provisions)]
    if missing:
        yield Hit(
            computed={"missing": [zh for zh, _ in missing]},
            fill={
                "missing_zh": "、".join(zh for zh, _ in missing),
                "missing_en": ", ".join(en for _, en in missing),
            },
        )
