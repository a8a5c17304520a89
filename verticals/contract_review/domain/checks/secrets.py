"""Checks of confidentiality agreements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.playbook import Rule

_DEFINED = re.compile(
    (
        r"(?:秘密|机密|保密)(?:资料|内容|事项|信息)[^。;\n]{0,8}(?:指|限于|包括|为|系"
        r"|:)|(?:confidential information|保密(?:信息|资料|内容|范围|事项)|秘密)[^。\n]{0,10}(?:含义"
        r"|定义|的?范围|[:])|保密范围|(?:哪些|什么)(?:要|算|是)?(?:保密|秘密)|标[有注明][^。;]{0,14}(?:保密|机密|秘密|confidential"
        r"|内部)|(?:保密|秘密)(?:信息|资料|内容)(?:为|即|限于|系|涵盖)|(?:保密|秘密)信息[”\"]?,?(?:是指"
        r"|系指|指|包括|范围|的范围|不包括|不含|以下)|[“\"](?:保密|秘密)信息[”\"]|(?:保密"
        r"|秘密)信息\s*\n\s*[\d.]*\s*(?:系|是)?指|除外信息|定义(?:和例外)?(?:见|:|如下)"
    ),
    re.IGNORECASE,
)
EXCEPTIONS = (
    (
        r"大家都?(?:已经)?知道|众所周知|公众[^。;,]{0,3}可|公开|公知|公众所知|公有领域|公众知悉|进入公有",
        "公开信息",
        "public information",
    ),
    (
        r"在先|先知|事先(?:就|已)有|所知|先前|掌握|已知|已知悉|已合法|事先|在先|此前|原已|原有|(?:原来|本来|早就?)(?:就)?(?:知道|有|会|掌握)|已为(?:接[收受]方|乙方|其)|(?:接[收受]方|乙方)[^。;]{0,8}(?:掌握|已有|知悉前)|先前",
        "已知信息",
        "what was known",
    ),
    (
        r"自主研|自研|自创|独立[^。;,]{0,4}(?:开发|研发|研究|形成|完成|研制|取得)|自行[^。;,]{0,4}(?:研发|开发|研究|创作|研制|形成)|不依赖保密信息|自己(?:做|想|研究|摸索|琢磨)出?来|没(?:有)?用[^。;,]{0,10}资料",
        "独立开发",
        "independent development",
    ),
    (
        r"第三人那里|他人[^。;,]{0,6}(?:转让|受让)|(?:自|从|由)[^。;,]{0,14}(?:他人|第三[人方]|别人)(?:处|那里|手中)?[^。;,]{0,6}(?:取得|获得|得来|得到)|(?:别人|旁人)(?:那里|处|手里)|合法得来|他人处|合法来源|合法来自|第三[方人](?:合法)?告知|第三[方人][^。;]{0,6}合法[^。;]{0,6}(?:取得|获得|获取|提供|披露)|第三[方人](?:正当)?(?:取得|获得|获取|提供)的?|无保密义务的第三|(?:自|从)[^。;]{0,10}第三[方人]|第三[方人]的信息|第三[方人]合法",
        "第三方合法来源",
        "lawful third-party source",
    ),
)
_WHOLE_NONE = re.compile(
    r"任何(?!一方|人|理由|情|时|机构|第三)[^。;,]{0,14}(?:信息|资料|消息)|所有(?:的)?(?:事情?|内容|东西)|不论来源|无论来源|(?:没有|无|不设|不存在)(?:任何)?(?:除外|例外)|不作列举|不作限定|不限(?:于)?范围"
    r"|(?:即使|纵使|哪怕|即便|纵然)[^。;]{0,10}(?:已|此前|事先|早|本来)[^。;]{0,10}(?:掌握|知悉|公开|知道|获知)|第三[方人]合法[^。;]{0,14}(?:亦|也|仍|同样)(?:应|须)?(?:视为|属于|按|作为)|(?:外界|公众|他人)[^。;,]{0,4}(?:已经?)?(?:知晓|知悉|知道)[^。;,]{0,6}(?:亦|也|仍)|(?:所有|全部|一切|任何)(?:信息|资料|内容)|无任何例外|无论是否(?:已)?公开|(?:不论|无论)[^。;]{0,8}是否[^。;]{0,8}(?:公开|知悉|公知)|(?<!不)包括已经?公开|认为(?:应当?|需要|应)保密|(?:不论|不管|无论)[^。;]{0,8}公众"
    r"|不得以[^。;]{0,30}(?:公众|公开|公知|掌握|知悉|来源)[^。;]{0,24}(?:理由|为由)"
)


# What is secret is what one side says is secret.
_AS_ONE_LIKES = re.compile(
    rf"(?:保密|秘密)[^。;]{{0,12}}范围[^。;]{{0,6}}由(?:{LABEL})[^。;,]{{0,10}}(?:掌握|确定|认定|决定|判断|解释)"
    rf"|(?:{LABEL})[^。;,]{{0,8}}(?:认为|认定)[^。;,]{{0,8}}(?:归入|列入|纳入|属于)?[^。;,]{{0,6}}(?:保密|秘密)[^。;,]{{0,10}}(?:一切|所有|任何|全部)"
)


_EXCEPTS = re.compile(
    r"不(?:属(?!实)|包括|包含|含|算|视为|构成|列入|作为|认定为|是|在|受|适用|负)|除外|例外|之外|不及于|免于|豁免"
)
_NO_EXCEPTION = re.compile(r"不得(?:以|主张|对外)|无例外|不影响|不论|无论|不管")


def _excepting(case: Case) -> str:
    """The articles that say what is not secret; "known" and "published" stand in others too."""
    places = {
        case.section_at(one.start)
        for one in case.sentences
        if _EXCEPTS.search(one.text) and not _NO_EXCEPTION.search(one.text)
    }
    return "\n".join(case.text[start:end] for start, end in sorted(places))


_EVEN_KNOWN = re.compile(r"(?<!不)包括已经?公开|(?:不论|无论)[^。;]{0,8}是否|不得以")


@check("nda_definition")
def nda_definition(rule: Rule, case: Case) -> Iterator[Hit]:
    """Everything is secret, or nothing says what is and what is not."""
    said = _excepting(case)
    known = [(zh, en) for form, zh, en in EXCEPTIONS if not re.search(form, said)]
    referred = re.search(r"(?:定义|例外)[^。;]{0,10}见", case.text)
    drawn = next((one for one in case.sentences if _AS_ONE_LIKES.search(one.text)), None)
    if drawn and (match := _AS_ONE_LIKES.search(drawn.text)):
        yield Hit(
            spans=((drawn.start + match.start(), drawn.start + match.end()),),
            fill={"missing_zh": "确定的范围", "missing_en": "a definite scope"},
        )
        return
    wide = [
        one
        for one in case.sentences
        if _WHOLE_NONE.search(one.text)
        and re.search(r"保密|秘密|机密|透露|泄露|外泄|泄漏|不能说|守口", one.text)
    ]
    plain = next((one for one in wide if _EVEN_KNOWN.search(one.text)), None)
    boundless = plain or next(iter(wide), None)
    if boundless and (len(known) >= 2 or plain):
        match = _WHOLE_NONE.search(boundless.text)
        if match:
            yield Hit(
                spans=((boundless.start + match.start(), boundless.start + match.end()),),
                fill={"missing_zh": "除外情形", "missing_en": "exclusions"},
            )
        return
    if not case.whole or referred:
        return
    missing = ([] if _DEFINED.search(case.text) else [("定义", "a definition")]) + (
        known if len(known) >= 2 else []
    )
    if missing:
        yield Hit(
            computed={"missing": [zh for zh, _ in missing]},
            fill={
                "missing_zh": "、".join(zh for zh, _ in missing),
                "missing_en": ", ".join(en for _, en in missing),
            },
        )


_FOREVER = re.compile(
    r"无(?:任何)?时间(?:上的?)?限制|不设(?:终止|截止)(?:日期|期限)|持续有效|永久|永远|无期限|终身|无限期|永不|长期有效|不设期限|不受期限|没有时间限制|始终有效|不受时间限制|长期持续|没有期限|没有(?:截止|终止|终点|尽头)|始终存续|一辈子|世世代代|世界末日|期限不作约定|不(?:约定|规定|限定|设定)(?:保密)?期限|终生|直至永远|持续存在|不因时间|不因任何原因解除"
)
_TERM = re.compile(
    r"保密(?:期限?|义务|责任)?[^。;]{0,24}(?:[\d一二两三四五六七八九十]+\s?(?:个月|年|日|月)|之日止|时止)|(?:后|内)[^。;]{0,4}[\d一二两三四五六七八九十]+\s?(?:个月|年)?[^。;]{0,10}(?:保密|有效)|[\d一二两三四五六七八九十]+\s?(?:个月|年)内?[^。;]{0,8}保密"
    r"|至(?:其|该秘密|保密信息)[^。;]{0,8}公开|期限(?:为)?[^。;]{0,6}[\d一二两三四五六七八九十]+\s?年"
)


_LENGTH = re.compile(
    r"[\d一二两三四五六七八九十]+\s?(?:个月|年)|至(?:其|该)?[^。;]{0,12}公开|永久|长期|期限(?:为|自|至)|满[一二两三四五]年"
)
_NO_LENGTH = re.compile(r"不受[^。;,]{0,6}(?:有效期|期限)的?限制|\d{4}\s?年|名单|除外|不属于|日内")


def _lasts(text: str) -> bool:
    """Whether a sentence says how long something is kept secret."""
    return bool(
        re.search(r"保密|秘密|守密|不外传", text) and _LENGTH.search(text) and not _NO_LENGTH.search(text)
    )


@check("nda_term")
def nda_term(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = _FOREVER.search(sentence.text)
        secret = re.search(r"(?<!是否构成)(?<!是否属于)(?<!是否为)商业秘密", sentence.text)
        if (
            match
            and re.search(r"保密|保守|秘密|守口|泄露|透露", sentence.text)
            and not re.search(
                r"(?:并非|不是|并不|不承担|不负|不作|不约定|不再)[^。;,]{0,4}$",
                sentence.text[: match.start()],
            )
            and not secret
            and not re.search(r"但最长|不超过", sentence.text)
        ):
            yield Hit(
                spans=((sentence.start + match.start(), sentence.start + match.end()),), outcome="perpetual"
            )
            return
    if case.whole and not any(_lasts(one.text) for one in case.sentences):
        yield Hit()


_BOTH = re.compile(
    r"互相|互换|互访|双向|相互|(?i:each\sparty)|(?:甲方|乙方)也(?:会|将|可能|要|应|须)?[^。;,]{0,6}(?:提供|披露|交付|交给|出示|开放|收到|接触|获得|取得|知悉)|甲方[^。;]{0,10}(?:提供|披露|交付)[^。;]{0,16}乙方[^。;]{0,4}(?:提供|披露|交付)|乙方[^。;]{0,10}(?:提供|披露|交付)[^。;]{0,16}甲方[^。;]{0,4}(?:提供|披露|交付)|(?:双方|甲乙双方|各方|甲方、乙方)[^。;]{0,14}(?:相互|互相|互为|互换|交换|各自|都|均)(?!可|有约束|有法律|具有|同意|确认|已|盖|签|知悉本)[^。;]{0,14}(?:提供|披露|交换|资料|信息|数据|样品|技术|计划|提供方|客户|秘密|配方|接触|知悉|获得|取得|收到|掌握)(?<!对方返还资料)"
)
_ALL_BOUND = re.compile(
    r"任何一方[^。;]{0,30}(?:应|均|须)[^。;]{0,24}(?:保密|泄露)|任何一方[^。;,]{0,10}不得(?:泄露|披露)|双方(?:均|应|都)?[^。;]{0,22}(?:保密|同等)|互为披露方和接收方|双方均(?:承担|负有|应)[^。;]{0,8}(?:义务|责任)|一方作为接收方|接收的一方|彼此负有|互负|各方均"
)
_ALIKE = re.compile(r"对(?:两边|两家|双方)(?:都|均)?(?:一样|同样|同等)")
_ONE_BOUND = re.compile(
    rf"(?:仅|只有|仅指)?({LABEL})(?:及其[^。;,]{{1,8}}|作为接[收受]方,?)?(?:应|须|不得|负有|承担|单方|承诺|保证)[^。;]{{0,14}}(?:保密|泄露|约束)?|由({LABEL})单方|仅({LABEL})(?:受|负)|({LABEL})[^。;]{{0,10}}(?:不承担|不受)[^。;]{{0,6}}(?:保密|限制)|披露方仅指|保密责任由"
)


# Who discloses and who receives is written down once for all, though both do both.
_ROLES = re.compile(
    rf"(?:披露的?一?方|提供方|接[收受]的?一?方)[”\"]?[^。;,]{{0,8}}(?:是|为|指|系|即)(?:{LABEL})"
    rf"|(?:{LABEL})(?:是|为|系|即)[^。;,]{{0,6}}(?:披露的?一?方|提供方|接[收受]的?一?方)"
)


def _given_both_ways(case: Case) -> bool:
    """Whether each side shows the other something, told in two places."""
    ways = {
        (one["a"], one["b"])
        for one in re.finditer(
            rf"(?P<a>{LABEL})(?:(?!{LABEL})[^。;]){{0,30}}(?:给|向|让|供)(?P<b>{LABEL})(?:(?!{LABEL})[^。;,]){{0,8}}(?:看|听|披露|提供|交|使用|参观)?",
            case.text,
        )
        if one["a"] != one["b"]
    }
    return any((b, a) in ways for a, b in ways)


_GIVEN = re.compile(
    rf"(?P<gives>{LABEL})[^,。;]{{0,4}}(?:交给|提供给|披露给|交予|交付|告知|向)(?P<has>{LABEL})[^。;]{{0,16}}"
    rf"(?P=has)(?:可以?|有权|得)[^,。;]{{0,6}}(?:自由|任意|自行|随意|不受限制)"
)
_UNPROTECTED = re.compile(
    rf"(?:{LABEL})[^。;]{{0,16}}(?:交给|提供给|披露给|交予|交付给|告知)(?:{LABEL})的[^。;]{{0,14}}"
    r"(?:不在|不属于|不受|不适用|不列入|不纳入|不作为|不视为)[^。;]{0,12}(?:保护|保密|秘密|约束|限制)"
    rf"|(?:{LABEL})[^。;,]{{0,16}}(?:提交|提供|披露|交付|出示|交来)的[^。;]{{0,44}}不在(?:本协议|本合同)?[^。;,]{{0,6}}(?:规范|保护|保密|约束)(?:之列|范围)"
    rf"|(?:{LABEL})对(?:该等|上述|前述|这些|所收)?[^。;,]{{0,6}}(?:资料|信息)[^。;,]{{0,14}}由其[^。;,]{{0,10}}(?:决定|掌握|安排|自定)"
    rf"|(?:{LABEL})(?:从|自|由|向)(?:{LABEL})(?:处)?(?:获得|取得|收到|得到|获取|获悉|知悉|了解到?)的[^。;]{{0,48}}"
    r"(?:不负|不承担|无须承担|不受|不在|不适用|不属于|不列入|不纳入|不视为)[^。;]{0,12}(?:保护|保密|秘密|约束|限制|协议)"
)
_GIVEN_BY = re.compile(
    rf"(?P<gives>{LABEL})(?:提交|提供|披露|交付|交来|送交)的[^。;]{{0,60}}(?P<has>{LABEL})(?:可以?|有权|得)[^,。;]{{0,6}}(?:自由|任意|自行|随意)"
    rf"|(?P<a>{LABEL})[^。;]{{0,14}}向(?P<b>{LABEL})(?:出示|提交|提供|披露|交付|或者?)+的[^。;]{{0,60}}(?P=b)(?:可以?|有权|得)[^。;]{{0,14}}(?:参考|使用|利用)"
)
_FREE_USE = re.compile(
    rf"({LABEL})(?:对|就|可|可以|有权)[^。;]{{0,12}}(?:从|自)?({LABEL})[^。;]{{0,24}}"
    r"(?:(?:自由|任意|自行|随意|适当的?范围内?|自身[^。;,]{0,8}需要)[^。;]{0,6}(?:使用|披露|利用|处置)|不受[^。;]{0,10}(?:约束|拘束|限制)|不(?:承担|负)[^。;]{0,6}(?:保密|义务))"
    rf"|({LABEL})(?:可以?|有权)[^。;]{{0,16}}(?:使用|利用|披露|公开)({LABEL})(?:提供|披露|交付|交来|出示)的[^。;]{{0,20}}(?:无需|无须|不需|不必|不受|不承担|不负)"
)


def _gives_and_alone_is_bound(case: Case) -> Iterator[Hit]:
    """One side's information may be used freely while it must itself keep the other's."""
    for sentence in case.sentences:
        bare = _UNPROTECTED.search(sentence.text)
        if bare:
            yield Hit(spans=((sentence.start + bare.start(), sentence.start + bare.end()),))
            return
        given = _GIVEN.search(sentence.text) or _GIVEN_BY.search(sentence.text)
        free = given or _FREE_USE.search(sentence.text)
        if not free:
            continue
        if re.search(r"反馈|意见|建议", free[0]):
            continue  # what one side says of the other's information is no information of its own
        names = [name for name in free.groups() if name]
        giver, user = (names[0], names[1]) if given else (names[1], names[0])
        if giver == user:
            continue
        bound = re.search(rf"{giver}[^。;]{{0,24}}(?:保密|不得|严守|保守)", case.text)
        if bound:
            yield Hit(spans=((sentence.start + free.start(), sentence.start + free.end()),))
            return


def _mutual(bound: list[re.Match[str]], case: Case) -> tuple[int, int, str]:
    """What binds one side alone, in one clause, becomes what binds both."""
    first = case.sentence_at(bound[0].start())
    end = max(
        case.sentence_at(one.start()).end
        for one in bound
        if case.clause_at(one.start()) == case.clause_at(first.start)
    )
    head = re.match(
        r"\s*(?:第[一二三四五六七八九十百\d]+条|[一二三四五六七八九十]+、|\d+(?:\.\d+)*[.、])?\s*", first.text
    )
    return first.start + (head.end() if head else 0), end - (case.text[end - 1] == "\n"), _MUTUAL


_MUTUAL = "任何一方作为接收方，均应对另一方披露的保密信息承担本协议约定的保密义务。"


_ONLY_ONE = re.compile(
    rf"(?:仅|只|唯独|单方面?|(?i:only))(?:是|有|由|为|对|约束|限制|要求|限于)*\s?(?:{LABEL})(?!(?:向|员工|内部|可|的))|(?:保密|义务)[^。;,]{{0,6}}(?:仅|只|单方面?)[^。;,]{{0,6}}(?:{LABEL})"
    rf"|(?:{LABEL})[^。;,]{{0,14}}(?:不受此限|无对等|没有对等|无须承担|不(?:因[^。;,]{{1,6}})?(?:对[^。;,]{{1,6}})?承担(?:同等|对等|保密)|不负任何责任)"
    rf"|(?:{LABEL})(?:提供|披露|交付|所见)的?[^。;,]{{0,10}}(?:不属于?|不视为|均?视为非|不作为)[^。;,]{{0,6}}保密"
    rf"|(?:{LABEL})(?:泄露|披露)[^。;,]{{0,12}}的?,[^。;,]{{0,6}}(?:不(?:负|承担)|无须承担)(?:任何)?责任"
    rf"|(?:{LABEL})可以?(?:自由|任意)?(?:使用|公开|披露)[^。;,]{{0,12}}(?:{LABEL})(?:提供|披露|交付)的"
)


def _says_not(match: re.Match[str], case: Case) -> bool:
    """Whether the sentence says that one side gives nothing."""
    sentence = case.sentence_at(match.start()).text
    return bool(re.search(rf"(?:不|无须|无需|并不)向(?:{LABEL})(?:提供|披露|交付)", sentence))


@check("nda_one_way")
def nda_one_way(rule: Rule, case: Case) -> Iterator[Hit]:
    alone = next(_gives_and_alone_is_bound(case), None)
    if alone:
        yield alone
        return
    roles = _ROLES.search(case.text)
    if (
        roles
        and not _ALIKE.search(case.text)
        and not _ALL_BOUND.search(case.text)
        and (_BOTH.search(case.text) or _given_both_ways(case))
    ):
        yield Hit(spans=(roles.span(),))
        return
    only = next(
        (
            (one, match)
            for one in case.sentences
            if (match := _ONLY_ONE.search(one.text))
            and re.search(r"保密|泄露|泄密|披露|秘密|confidential", one.text)
        ),
        None,
    )
    both = next((one for one in _BOTH.finditer(case.text) if not _says_not(one, case)), None)
    if both and only:
        sentence, match = only
        yield Hit(spans=((sentence.start + match.start(), sentence.start + match.end()),))
        return
    if not both or _ALIKE.search(case.text) or _ALL_BOUND.search(case.text.replace(both[0], "", 1)):
        return
    bound = [
        match
        for match in _ONE_BOUND.finditer(case.text)
        if re.search(r"保密|泄露|约束|披露|限制", case.sentence_at(match.start()).text)
        and not re.match(r"接[收受]方|信息|披露方(?:保证|承诺)[^。;,]{0,6}(?:有权|权利)", match[0])
    ]
    if bound:
        yield Hit(
            spans=(both.span(), bound[0].span()) if both.end() <= bound[0].start() else (bound[0].span(),),
            edit=_mutual(bound, case),
        )


def _part_end(text: str, place: int) -> int:
    """The end of the part between commas, or ten characters on where that is nearer."""
    stop = re.compile(r"[,;。\n]").search(text, place)
    return max(place + 10, min(stop.start() if stop else len(text), place + 30))


@check("nda_compelled")
def nda_compelled(rule: Rule, case: Case) -> Iterator[Hit]:
    """Nothing says what happens where a law, a court or an authority asks for what is secret."""
    if case.whole and not any(_may_be_compelled(rule, one.text) for one in case.statements):
        yield Hit()


def _may_be_compelled(rule: Rule, text: str) -> bool:
    """Whether a sentence lets what the law asks for be given, or says how; who must refuse gives nothing."""
    if rule.find("other_matter", text):
        return False
    told = all(rule.find(part, text) for part in ("law", "asked", "allowed"))
    return told and not rule.find("refused", rule.without("harmless", text))


@check("nda_penalty")
def nda_penalty(rule: Rule, case: Case) -> Iterator[Hit]:
    """A fixed penalty above the threshold, or above what the contract is worth."""
    limit = Decimal(str(case.threshold(rule, "amount")))
    worth = [
        one.value
        for one in case.facts.amounts
        if re.search(
            r"(?:合同|合作|项目|费用|交易)[^,。;]{0,8}(?:价款|总价|费用|总额|金额|报酬)[^,。;]{0,4}$",
            one.label,
        )
    ]
    for one in case.facts.amounts:
        sentence = case.sentence_at(one.span.start)
        near = case.text[max(sentence.start, one.span.start - 22) : _part_end(case.text, one.span.end)]
        if (
            one.value in worth
            or not (
                re.search(r"违约金|赔偿|惩罚|罚|赔付|违约责任|泄密|赔", near)
                or (
                    re.search(r"违反|泄露|违约", sentence.text)
                    and re.search(r"每(?:发生)?(?:一次|一起|次|起)", near)
                )
            )
            or re.search(r"不超过|以内|上限", case.text[one.span.start - 6 : one.span.start])
            or re.match(r"(?:为限|为上限|封顶|以内)", case.text[one.span.end : one.span.end + 4])
        ):
            continue
        part = (
            re.split(r"[,;。]", case.text[sentence.start : one.span.start])[-1]
            + case.text[one.span.end : _part_end(case.text, one.span.end)]
        )
        if not re.search(
            r"违约金|合计不少于|支付|赔偿|赔付|罚|承担|每(?:次|起|一次|一起|项|件)|付(?:给)?[^,。;]{0,6}$",
            part,
        ):
            continue
        cap = min([limit, *worth]) if worth and max(worth) != one.value else limit
        if one.value > cap:
            yield Hit(spans=((one.span.start, one.span.end),), computed={"penalty": one.value, "limit": cap})
            return
