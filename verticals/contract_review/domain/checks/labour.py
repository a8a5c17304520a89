"""Checks of labour contracts: time, notice, what must be said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.facts.time import DAY, months_between, ranges, read_day
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.figures import NUMBER, lengths, number

STEPS = ((3, 0), (12, 1), (36, 2))  # a term below so many months allows so many
_TASK = re.compile(r"(?:完成|以)[^。;,]{1,16}(?:工作|任务|项目)[^。;,]{0,4}为期限")
_OPEN = re.compile(r"无固定期限")
_TRIAL = re.compile(
    rf"试用(?:期|阶段|期间)?(?:限)?(?:为|是|:)?[^。;,\n\d一二两三四五六七八九十]{{0,10}}?(?:共|计)?\s?({NUMBER})\s?(个月|月|天|日|年)(?!薪|工资|\s?\d)"
    rf"|[前头首]\s?({NUMBER})\s?个?(月|天|日)[^。;,]{{0,4}}(?:为|是|系|作为|算|属)[^。;,]{{0,8}}试用"
    r"|(?P<half>[前头首]半年[^。;,]{0,4}(?:为|是|系|作为|算|属)[^。;,]{0,8}试用|试用期?(?:为|是)?半年)"
    r"|(?P<first>第一个月|首月|首个月|第1个月|头一个月)[^。;,]{0,4}(?:为|是|系|作为|算)[^。;,]{0,4}试用"
)
_TRIAL_LABEL = re.compile(r"试用(?:期|阶段)(?:限|间)?(?:为|是|:|自|从)*\s?$")
_ABOUT_TRIAL = re.compile(
    r"[^,一-鿿]{0,8}(?:其中|双方约定)?试用(?:期|阶段)?(?:包含在|包括在|含于)[^。;]{0,12}(?:合同)?期限(?:以|之)?内,(?:[^。;,]{1,10},)?(?:自|从)?\s?$"
)
_TRIAL_UNTIL = re.compile(r"试用期?(?:限)?(?:截?至|到|截止(?:于|到)?)\s?" + DAY.pattern)
_NOT_TRIAL = re.compile(r"提前|通知|工资|薪|届满|考核|期满|内|解除|每月")
_AGAIN = re.compile(
    r"再(?:给予|安排|进行|约定|设|加|经历|经过|接受)[^。;,]{0,10}试用|重新(?:进行|约定|计算|起算|设定|适用|开始|履行|经过)?[^。;,]{0,4}试用"
    r"|试用期?(?:满|届满|结束|到期)[^。;]{0,24}(?:再|可|可以|予以)(?:再|予以)?(?:延长|顺延|延后|续)"
    r"|试用期[^。;]{0,50}(?:可以?|有权)(?:再|适当|予以|单方)*延长(?:至|[\d一二三]|不超过)"
    r"|(?:续签|续订|调岗|转岗|换岗|晋升|返聘|重新入职|再次入职)[^。;]{0,16}(?:须|应|需|再|重新|另)[^。;]{0,10}试用|(?:再|可|可以|得)延长[^。;,]{0,6}试用|延长试用期|(?:不合格|未通过|届满)[^。;,]{0,12}(?:再|可|可以|予以)(?:再)?延长|试用(?:期|考察|考核|期限|期间)*(?:可以?|予以|再|得|将|相应|自动|均)*(?:顺延|延长|延展|续延)|试用期[^。;]{0,10}(?:再次约定|第二次|重新约定)|第二(?:个|次)试用期|(?:延续|顺延|延长)期间?[^。;,]{0,6}(?:适用|视为)[^。;,]{0,4}试用|(?:考察|考核|试用)[^。;,]{0,4}(?:延续|延长|顺延)至"
)
_ALONE = re.compile(
    r"仅(?:约定|签订)[^。;]{0,4}试用期|试用期满[^。;,]{0,8}后?(?:再|另行)?签订[^。;,]{0,8}(?:正式|劳动)(?:劳动)?合同|试用期?(?:合同|协议)"
)
_CONTRACT = re.compile(r"(?:劳动)?合同(?:的)?期限?|(?<!试用)为期|期限|合同期|聘期")


def contract_term(text: str) -> Decimal | None:
    """Months of the labour contract, not of its probation."""
    for label in _CONTRACT.finditer(text):
        before, gap = text[max(0, label.start() - 6) : label.start()], text[label.end() : label.end() + 14]
        gap = re.split(r"[。;\n]|试用", gap)[0]
        if DAY.search(text[label.end() : label.end() + 20]):
            continue
        found = next(iter(lengths(gap)), None)
        if (
            found
            and "试用" not in before
            and not re.search(r"竞业|保密|脱密|服务", before)
            and found.start <= 6
            and not re.search(r"内|前|头|首|最初|后", gap[: found.start])
            and found.months < 1000
        ):
            return found.months
    named = re.search(
        rf"({NUMBER})\s?(年|个月)期?的?(?:固定期限)?(?:的)?劳动合同|合同(?:为|是|系)\s?({NUMBER})\s?(年|个月)期",
        text,
    )
    if named:
        return number(named[1] or named[3]) * (12 if (named[2] or named[4]) == "年" else 1)
    spans = [
        months_between(first, last)
        for first, last, start, _ in ranges(text)
        if not _TRIAL_LABEL.search(text[max(0, start - 12) : start])
    ]
    return max(spans, default=None)


def allowed_probation(text: str) -> tuple[int, Decimal | None]:
    term = contract_term(text)
    if _TASK.search(text):
        return 0, None
    if _OPEN.search(text) or term is None:
        return 6, term
    return next((limit for below, limit in STEPS if term < below), 6), term


# A first phase after which the employee is taken on, or not, is a probation whatever it is called.
_OTHER_NAMES = re.compile(
    r"(?:考察|考核|适应|见习|试岗|试工|试任|磨合|观察|评估)(?P<end>期间|阶段|期)(?!满?一年以上)"
)
_TAKEN_ON = re.compile(r"转正|录用条件|正式(?:录用|员工|聘用|留用)|予以(?:录用|留用)|试用|试岗|试工")


def _as_probation(case: Case) -> str:
    """The text with other names of the probation replaced by that word, place by place."""

    def named(match: re.Match[str]) -> str:
        if not _TAKEN_ON.search(case.text[slice(*case.section_at(match.start()))]):
            return match[0]
        return "试用" + match["end"]

    return _OTHER_NAMES.sub(named, case.text)


@check("probation")
def probation(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        odd = _AGAIN.search(sentence.text) or _ALONE.search(sentence.text)
        if odd and not re.search(
            r"不得(?:再|另|重新)?(?:延长|约定|设|试用)|(?:不|无需|无须)(?:再|另|重新)*(?:延长|约定|设|试用|经历|安排)|只能约定一次|不得",
            sentence.text,
        ):
            yield Hit(spans=((sentence.start + odd.start(), sentence.start + odd.end()),), outcome="twice")
            return
    text = _as_probation(case)
    trial = _trial(text)
    if not trial:
        return
    (start, end), months = trial
    limit, term = allowed_probation(text)
    if months > limit + Decimal("0.02"):
        yield Hit(
            spans=((start, end),),
            outcome="default" if limit else "none",
            computed={"probation_months": round(months, 2), "max_months": limit, "term_months": term or 0},
            fill={
                "term_zh": f"{term:.0f}个月" if term else ("为完成任务" if not limit else "未定"),
                "term_en": f"{term:.0f} months" if term else "a task or no fixed term",
            },
        )


def _trial(text: str) -> tuple[tuple[int, int], Decimal] | None:
    """Where the probation stands and its months, in words or as two days."""
    for first, last, start, end in ranges(text):
        told = re.split(r"[。;\n]", text[:start])[-1]
        if _TRIAL_LABEL.search(text[max(0, start - 12) : start]) or _ABOUT_TRIAL.match(told):
            return (start, end), months_between(first, last)
    until = _TRIAL_UNTIL.search(text)
    began = next((first for first, _, _, _ in ranges(text)), None)
    ended = read_day(until) if until else None
    if until and ended and began and began < ended:
        return until.span(), months_between(began, ended)
    for match in _TRIAL.finditer(text):
        if DAY.match(text, match.start(1)) if match[1] else False:
            continue
        if match[1] and _NOT_TRIAL.search(text[match.start() : match.start(1)]):
            continue
        count, unit = (match[1] or match[3], match[2] or match[4])
        if match["first"] or match["half"]:
            count, unit = ("1" if match["first"] else "6"), "月"
        scale = {"个": Decimal(1), "月": Decimal(1), "年": Decimal(12)}.get(unit[0], Decimal(1) / 30)
        return match.span(), number(count) * scale
    return None


_EXEMPT = re.compile(r"综合计算工时|不定时工作制|经批准|已经[^。;]{0,8}批准")
_HOURS_DAY = re.compile(
    rf"(?:每日|每天|日均|一天|每班|单班|每个班次|每工作日)(?:工作|上班)?(?:时间)?[^。;,\d一二三四五六七八九十]{{0,10}}({NUMBER})(?:个)?(?:小时|钟头)"
)
_HOURS_WEEK = re.compile(rf"每周(?:工作)?(?:时间)?[^。;,\d一二三四五六七八九十]{{0,8}}({NUMBER})(?:个)?小时")
_OVERTIME = re.compile(
    rf"(?:标准时间之外|加班|延长)[^。;]{{0,14}}每月(?:以|累计|合计|最多|至多|不超过|可达)*({NUMBER})(?:个)?小时(?:为度|为限|以内)?|每?月[^。;,]{{0,8}}(?:加班|延长工作时间|延时|加点)[^。;,\d一二三四五六七八九十]{{0,8}}({NUMBER})(?:个)?小时|加班[^。;,]{{0,6}}每月[^。;,\d一二三四五六七八九十]{{0,6}}({NUMBER})(?:个)?小时"
)
_CLOCK = re.compile(
    rf"(?:早上?|上午|清晨)\s?({NUMBER})\s?[点:时](?:\d\d|半)?[^。;\d]{{0,10}}?\s?(?:晚上?|下午|晚间|夜间|夜里)\s?({NUMBER})\s?[点:时]"
)
_NO_REST = re.compile(r"(?:每?月|月)休(?:息)?\s?[一二两三123]\s?[天日]|全月无休")
_DAYS = re.compile(
    r"每周[^。;,]{0,6}(?:六|七|6|7)天|[做上]六休一|(?:每?月|月)休(?:息)?\s?[四4]\s?[天日]|六天工作制|单休"
)
_PAID_IN = re.compile(
    r"(?:延时|超时|加点|超点|超出部分|夜班|周末)[^。;]{0,18}不(?:再|另|予|作|做|计)*(?:计|算|付|支付|发|给|视为)[^。;,]{0,4}(?:报酬|工资|费|加班|薪|钱)|(?<!\d)(?:996|997|007)(?!\d)|大小周|白加黑|(?:工资|月薪|薪酬|薪资|报酬|年薪|底薪)[^。;]{0,10}(?:已|中)?(?:包含|含|包括|计入|涵盖)[^。;]{0,16}加班|(?:超时|超出)[^。;]{0,14}不(?:另)?(?:计|付|支付)|视为自愿|加班(?:费|工资)[^。;]{0,12}(?:均|已)?(?:计入|包含|含在)[^。;]{0,8}|不支付加班|加班[^。;]{0,8}不(?:另)?(?:支付|计|付)|不(?:再)?(?:另行?|另外|额外)?(?:计|支付|付|计发|计付|发放|给)[^。;,]{0,4}加班|超时工作不另|加班[^。;]{0,6}按正常工资"
)


@check("working_time")
def working_time(rule: Rule, case: Case) -> Iterator[Hit]:
    """Hours above eight and forty, overtime above thirty-six a month or unpaid."""
    for sentence in case.sentences:
        text = sentence.text
        found = (
            None
            if re.search(
                r"不包含加班|不得强迫|不(?:实行|采用|执行|适用|安排)[^。;,]{0,4}(?:996|997|007|大小周)", text
            )
            else _too_long(rule, case, text)
        )
        if found and not _EXEMPT.search(case.around(sentence.start)):
            match, zh, en = found
            yield Hit(
                spans=((sentence.start + match.start(), sentence.start + match.end()),),
                fill={"detail_zh": zh, "detail_en": en},
            )
            return


def _too_long(rule: Rule, case: Case, text: str) -> tuple[re.Match[str], str, str] | None:
    if "服务" not in text[: text.find("小时")]:
        for pattern, name, zh, en in (
            (_HOURS_DAY, "day_hours", "每日工作超过8小时", "more than eight hours a day"),
            (_HOURS_WEEK, "week_hours", "每周工作超过40小时", "more than forty hours a week"),
        ):
            match = pattern.search(text)
            if (
                match
                and number(match[1]) > Decimal(str(case.threshold(rule, name)))
                and "加班" not in match[0]
                and not (number(match[1]) <= 44 and re.search(r"不(?:得)?超过|不高于|至多|最多", match[0]))
            ):
                return match, zh, en
    rest = _NO_REST.search(text)
    if rest:
        return rest, "每周不足一日休息", "less than a day of rest a week"
    week = _DAYS.search(text)
    if week and re.search(r"(?:每日|每天|日)[^。;]{0,8}(?:8|八|9|九)(?:个)?小时", text):
        return week, "每周工作超过40小时", "more than forty hours a week"
    match = _OVERTIME.search(text)
    if match and number(match[1] or match[2] or match[3]) > Decimal(
        str(case.threshold(rule, "month_overtime"))
    ):
        return match, "每月加班超过36小时", "more than 36 hours of overtime a month"
    match = _CLOCK.search(text)
    if match and number(match[2]) + 12 - number(match[1]) > 9:
        return match, "每日工作时间过长", "the day is too long"
    match = _PAID_IN.search(text)
    return (match, "加班工资未另行支付", "overtime is not paid") if match else None


_LEAVE = re.compile(r"(?i:resign)|辞职|离职|辞工|辞去|要走|离开|解除(?:劳动)?合同|提出辞职|离岗")
_EMPLOYEE = re.compile(r"雇员|人员|乙方|劳动者|员工|职工|骑手|试用期内|辞职")
_NOTICE = re.compile(
    rf"(?:提前|通知期(?:限)?(?:为|是|:)?(?:不少于|至少)?|不少于)\s?(?P<a>{NUMBER})\s?(?:个)?(?P<u>日|天|个月|月|周)"
    rf"|(?:离职|辞职)前\s?(?P<b>{NUMBER})\s?(?:个)?(?P<v>日|天|个月|月|周)[^。;,]{{0,8}}(?:递交|通知|提出|告知|申请)"
)
_APPROVAL = re.compile(
    r"(?:审核|审批|批准|同意)(?:不|未)(?:予)?(?:通过|批准|同意)[^。;]{0,14}(?:继续|不得|不能|应|须)|不(?:予)?(?:批准|批)[^。;]{0,8}(?:不得|不能|继续)|不享有[^。;,]{0,10}(?:辞职|解除|离职)[^。;,]{0,4}权|没有[^。;,]{0,8}(?:辞职|离职)[^。;,]{0,4}(?:权|自由)|放弃[^。;,]{0,10}(?:辞职|解除)[^。;,]{0,4}权|(?:经|取得|获得?|须有|征得)(?!双方|乙方|员工|劳动者|本人|其)[^。;,]{0,16}(?:批准|同意|审批|许可|核准|签字)[^。;,]{0,4}(?=[,。]?(?:否则|方可|才|后方|$|。))|不得[^。;,]{0,6}辞|(?:待|等|直至)[^。;,]{0,8}(?:招到|招聘到|找到|有人)[^。;,]{0,8}(?:替|接|顶|新)[^。;]{0,10}(?:才|方|后)|(?:经|取得)(?!双方|乙方|员工|劳动者|本人|其)[^。;,]{0,8}(?:批准|同意|审批)[^。;]{0,10}(?:方可|后|才|否则|生效)|(?:辞职|离职|解除合同)[^。;,]{0,4}(?:应当?|须|需|必须)(?:经|取得|征得)[^。;,]{0,10}(?:批准|同意|审批)|(?:未经|未获|未得|未取得)[^。;,]{0,10}(?:批准|同意|签批|审批|许可)[^。;]{0,10}不(?:得|能|可|准)以?[^。;]{0,8}(?:离|解除|辞)|(?:经|需)[^。;,]{0,8}审批(?:通过)?|不(?:得|能|可)(?:主动|自行|单方|提前|提出)?(?:辞职|离职|离开|解除)|无权(?:单方)?解除|(?:找到|觅得|物色到|招到)[^。;,]{0,4}(?:接替|替代|接手|顶替)"
)


@check("resignation")
def resignation(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.statements:
        text = sentence.text
        if not _LEAVE.search(text) or not _EMPLOYEE.search(text):
            continue
        if re.search(r"^[^。;]{0,8}甲方(?!同意)[^。;]{0,30}(?:解除|不续签|通知)", text) or re.search(
            r"不得[^。;]{0,10}任职|竞业", text
        ):
            continue
        approval = _APPROVAL.search(text)
        if approval and not re.search(
            r"请假|旷工|协商一致|(?:甲方|公司|单位|雇主)[^。;]{0,24}(?:不得|无权|不能)[^。;]{0,8}解除|(?:甲方|公司|单位|雇主)(?:均)?(?:不得|无权|不能)|(?:无需|无须|不需要?|不必|不以|毋须)[^。;,]{0,10}(?:批准|同意|审批|许可|核准)",
            text,
        ):
            yield Hit(spans=((sentence.start + approval.start(), sentence.start + approval.end()),))
            return
        told = 0
        for notice in _NOTICE.finditer(text):
            early = "试用期" in text[told : notice.start()]
            limit = case.threshold(rule, "probation_days" if early else "days")
            told = notice.end()
            unit = {"日": 1, "天": 1, "个": 30, "月": 30, "周": 7}[(notice["u"] or notice["v"])[0]]
            if number(notice["a"] or notice["b"]) * unit > limit:
                yield Hit(spans=((sentence.start + notice.start(), sentence.start + notice.end()),))
                return


MANDATORY = (
    (
        r"(?:甲方|用人单位)[^。\n]{0,60}(?:住所|地址|法定代表人|负责人)|住所|法定代表人|法人代表|经营者|负责人|注册地址",
        "用人单位的名称、住所和负责人",
        "employer",
    ),
    (r"身份证|有效证件|证件号|身份号码|(?<!\d)\d{17}[\dXx]", "劳动者的姓名、住址和证件号码", "employee"),
    (
        r"期限|固定期限|以完成[^。;]{0,12}为期限|合同期|合同[一二两三四五六\d]+年|\d{4}[.年]\d{1,2}[.月]\d{1,2}日?\s?[-—至到]|[做干聘][^。;,]{1,10}[一二两三四五\d]+年",
        "合同期限",
        "term",
    ),
    (
        r"工作内容|岗位|担任|职务|工种|从事|(?<!主)(?<!责)(?<!信)任[一-鿿]{2,6}|[聘雇][^。;]{0,30}[为任做][一-鿿]{2,6}|[一-鿿]{1,5}(?:员|师|工|助理|经理|主管)(?=[,;。、])",
        "工作内容",
        "work",
    ),
    (
        r"工作地点|地点|在[^。;,]{2,24}(?:工作|任职|上班)|在[一-鿿]{2,6}任|工作场所|工作地|厂区|[一-鿿]{2,4}(?:本店|总部|分店|门店)|(?:师|员|工|助理|经理)[,、][一-鿿]{2,6}[;。]",
        "工作地点",
        "place",
    ),
    (
        r"工作时间|工时|不定时|作息|班次|轮班|到岗|离岗|上下班|[早晚上下]午?\s?\d{1,2}\s?[点:时]|每日工作|每天[^。;]{0,6}小时|每周工作|小时|朝[八九十]晚",
        "工作时间",
        "hours",
    ),
    (r"休息|休假|假|无休|[单双轮]休", "休息休假", "rest"),
    (r"工资|劳动报酬|[月年日时]薪|薪酬|报酬|工钱|月酬|元/月", "劳动报酬", "pay"),
    (
        r"(?:社会保险|社保|五险|养老(?:保险)?[、,])(?!关系)[^。;]{0,30}(?:缴|交|办|参加|登记|参保|承担|扣|执行|补贴|补助|放弃|自愿|自行|自理|折)"
        r"|(?:缴|交|办|参加|登记|享受|上|放弃|自愿)[^。;]{0,20}(?:社会保险|社保|五险)(?!关系)|参保|各项保险|社会保险和福利|社会保险(?=[、。])",
        "社会保险",
        "social insurance",
    ),
    (
        r"劳动保护|劳动条件|(?:安全|卫生|合格)的?(?:办公|工作|劳动|作业)(?:条件|环境|场所)|职业危害|安全卫生|职业病(?:危害|防)|劳动防护|劳动安全|防护用品|防护设施|安全防护|防[一-鿿]{1,4}设施|劳保用品|通风除尘|危害因素|强令冒险|违章指挥|配备[^。;,]{0,24}(?:背心|用品|工作服|防护服|鞋|帽|护目镜|手套)|(?:发|配|戴|给)[^。;,]{0,8}(?:口罩|手套|安全帽|护目镜|工作鞋|耳塞)|(?:上岗|在岗|离岗)[^。;,]{0,12}体检",
        "劳动保护、劳动条件和职业危害防护",
        "labour protection",
    ),
)


_CHANGED_LATER = re.compile(r"(?:变更|调整|调动|变动)[^。;,]{0,14}(?:地点|时间)(?![^。;,]{0,3}(?:为|:|在))")


# What the employer told before hiring (art. 8 of the Labour Contract Law) is not yet agreed.
_TOLD_AT_HIRING = re.compile(r"如实告知[^。;,]{0,40}(?:职业病?危害|安全生产状况|劳动条件)[^。;,]{0,20}")


@check("mandatory_items")
def mandatory_items(rule: Rule, case: Case) -> Iterator[Hit]:
    agreed = _TOLD_AT_HIRING.sub("", _CHANGED_LATER.sub("", case.provisions))
    missing = [(zh, en) for form, zh, en in MANDATORY if not re.search(form, agreed)]
    if missing:
        yield Hit(
            computed={"missing": [zh for zh, _ in missing]},
            fill={
                "missing_zh": "、".join(zh for zh, _ in missing),
                "missing_en": ", ".join(en for _, en in missing),
            },
        )


_STARTED = re.compile(
    r"(?:到岗|入职|用工|上岗)[^。;,\d〇一二三四五六七八九]{0,12}"
    + DAY.pattern
    + r"|[自于]\s?"
    + DAY.pattern.replace("?P<", "?P<b_")
    + r"[^。;,]{0,4}(?:到岗|入职|用工|上岗)"
)
_SIGNED = re.compile(
    r"(?<!未)(?:签订|签约|签署|补签|订立)[^。;,\n\d〇一二三四五六七八九]{0,8}"
    + DAY.pattern
    + r"|于\s?"
    + DAY.pattern.replace("?P<", "?P<b_")
    + r"\s?(?:补签|签订|签署|订立)"
)
_SIGNED_ON = re.compile(DAY.pattern + r"[^。;,\n\d]{0,6}(?:才|方|补)?(?:签订|签约|签署|补签|订立|签)")
_DOES = "从事|承担|参与|工作|任职|跟班|劳动|值班|带班|顶岗|履职|领取(?:报酬|工资)"
_BEGAN = re.compile(
    rf"{DAY.pattern}(?:[^。;,]{{0,4}}(?:起)?[^。;,]{{0,6}}(?:到岗|入职|上班|上岗|报到|开始工作|用工|进厂|到厂|做工|干活|上工|进入[^。;,]{{0,8}}工作)"
    rf"|(?:之?日?起|开始|以来|便|即|就)[^。;,]{{0,4}}(?:已|便|即|就|一直|先行|实际|持续)?[^。;,]{{0,24}}(?:{_DOES}))"
)
_THIRD = re.compile(
    r"第[三四五](?:份|个|期)[^。;]{0,10}(?:固定|合同)|(?:两|二|2)次(?:签订|订立|签署)?(?:了)?固定期限[^$]{0,120}?(?:不(?:得|能|可|同意|予)[^。;,]{0,8}|拒绝[^。;,]{0,8})无固定期限|(?:连续)?(?:签|订)[^。;,]{0,4}(?:两|二|2)次固定期限[^。;]{0,24}(?:仍|又|再|继续)[^。;]{0,10}固定|(?:仍|只|继续|再次)[^。;,]{0,6}第三(?:个|次|份)[^。;,]{0,4}固定|(?:续签|续订|签订?|订立)(?:为)?第[三四五](?:个|份|次|期)?固定|第[三四五]次[^。;]{0,4}(?:续签|续订|签订|订立)|已连续订立两次"
    r"|(?:先后|连续|曾)[^$。]{0,20}(?:两次|二次|两份|二份|[、和及]\d{4}年)[^$]{0,140}?(?:本次|此次|本合同|现)[^。;]{0,4}(?:仍|继续|再|又|依旧)[^。;]{0,16}(?:固定期限|终止日|终止时间|有期限|[一二两三四五\d]年期)"
)
_LATER = re.compile(
    rf"用工(?:之日)?起满?\s?({NUMBER})个月(?:后|再)[^。;]{{0,10}}(?:订立|签订)"
    r"|试用期?(?:[^。;,]{0,6})?(?:满|结束|合格|通过)(?:之?后)?[^。;]{0,14}(?:再|才|方可?|后)[^。;]{0,4}(?:签订?|订立|补签)[^。;]{0,8}合同"
    r"|(?:全年|先行|先)(?:用工|上岗|到岗|上班)[^。;]{0,20}(?:再|后|才|年底)[^。;]{0,10}(?:签|订立)|(?:年底|年终)[^。;]{0,24}(?:签约|签订|签)"
    r"|(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})月份?[^。;,\d]{0,4}(?:上班|入职|到岗|上岗)[^。;]{0,10}?(?P<n>\d{1,2}|[一二三四五六七八九十]{1,2})月份?[^。;,]{0,4}(?:签|订)"
    r"|先试(?:工|用)[^。;]{0,8}(?:再|后)签订"
)


_SO_LONG = re.compile(
    rf"(?:入职|用工|上岗|到岗|上班|工作|报到)[^。;,\d]{{0,6}}?(?:满|后|起|超过|达到?)?\s?(?P<c>半|{NUMBER})\s?个?(?P<u>月|天|日|年)[^。;]{{0,12}}?(?:后|才|方可?|再|时|起|的)"
    r"[^。;]{0,14}?(?:补签|签|订立)"
)


def _after_so_long(text: str) -> re.Match[str] | None:
    """Work for more than a month before anything is signed."""
    for match in _SO_LONG.finditer(text):
        count = Decimal("0.5") if match["c"] == "半" else number(match["c"])
        days = count * {"月": 30, "年": 365}.get(match["u"], 1)
        if days > 31 and not re.search(r"不得|有权|要求|无固定期限|补偿|续签|续订", match[0]):
            return match
    return None


@check("written_late")
def written_late(rule: Rule, case: Case) -> Iterator[Hit]:
    third = _THIRD.search(case.text)
    if third and (third[0].endswith("无固定期限") or "订立无固定期限" not in case.text):
        yield Hit(spans=(third.span(),), outcome="third")
        return
    started = _of_this(_STARTED, case) or _of_this(_BEGAN, case)
    signed = _of_this(_SIGNED, case) or _of_this(_SIGNED_ON, case)
    first, last = _day(started), _day(signed)
    if started and signed and first and last and (last - first).days > 31:
        yield Hit(
            spans=tuple(sorted((started.span(), signed.span()))),
            computed={"days": (last - first).days},
            fill={
                "detail_zh": f"用工{(last - first).days}日后才签订",
                "detail_en": f"signed {(last - first).days} days after the start of work",
            },
        )
        return
    late = _signed_after_start(case)
    if late:
        yield late
        return
    later = _LATER.search(case.text) or _after_so_long(case.text)
    if later and later.groupdict().get("m") and number(later["n"]) - number(later["m"]) < 2:
        later = None
    if later:
        yield Hit(
            spans=(later.span(),),
            fill={"detail_zh": "约定用工一个月以后再签订", "detail_en": "signing is put off beyond a month"},
        )


_EARLIER = re.compile(r"曾于|曾经|前一份|首份|上一份|第一份|第一次(?=签|订)|首次|原(?:劳动)?合同|上一期|前次")


def _earlier(place: int, case: Case) -> bool:
    """Whether a sentence speaks of a contract before this one."""
    said = case.sentence_at(place).text
    return bool(_EARLIER.search(said)) and not re.search(r"本(?:劳动)?合同(?:于|系|为|是)", said)


def _of_this(form: re.Pattern[str], case: Case) -> re.Match[str] | None:
    return next((one for one in form.finditer(case.text) if not _earlier(one.start(), case)), None)


def _signed_after_start(case: Case) -> Hit | None:
    """The day in the signature block against the first day of work, or of the term."""
    signing = [one for one in case.clauses if one.kind == "sign"]
    if not signing:
        return None
    place = case.copy.forth(signing[0].start)
    days = [(day, match.span()) for match in DAY.finditer(case.text, place) if (day := read_day(match))]
    began = [
        (day, match.span())
        for match in _BEGAN.finditer(case.text)
        if (day := read_day(match)) and not _earlier(match.start(), case)
    ]
    began = began or [
        (first, (start, end))
        for first, _, start, end in ranges(case.text)
        if end <= place and not _earlier(start, case)
    ]
    if not days or not began:
        return None
    (first, where), (last, signed) = min(began), max(days)
    if (last - first).days <= 31:
        return None
    return Hit(
        spans=tuple(sorted((where, signed))),
        computed={"days": (last - first).days},
        fill={
            "detail_zh": f"用工{(last - first).days}日后才签订",
            "detail_en": f"signed {(last - first).days} days after the start of work",
        },
    )


def _day(match: re.Match[str] | None) -> date | None:
    if not match:
        return None
    return read_day(match, "" if match["y"] else "b_")
