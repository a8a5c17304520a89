"""Who is freed of what, and whether work is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.domain.words import compiled, spelt

_OTHER = {
    "甲方": "乙方", "乙方": "甲方", "买方": "卖方", "卖方": "买方", "供方": "需方", "需方": "供方",
    "出租方": "承租方", "承租方": "出租方", "委托方": "受托方", "受托方": "委托方", "承揽人": "定作人",
    "定作人": "承揽人", "出租人": "承租人", "承租人": "出租人", "服务商": "客户", "供应商": "买方",
}  # fmt: skip
_LAPSE = (
    rf"({LABEL}|服务商)(?:(?!{LABEL})[^。;])*?(逾期|迟延|延迟|延期|延误|未能|未按|未|违约)(?:交付|"
    r"交货|付款|支付|供货|提交|完成)?"
)


def counterparty(party: str, case: Case) -> str:
    if party in _OTHER:
        return _OTHER[party]
    others = [one for one in re.findall(LABEL, case.text) if one != party]
    return others[0] if others else "对方"


def ours(party: str, case: Case) -> bool:
    """Whether a label stands for the side that is reviewed for."""
    if case.side == "neutral" or not party:
        return False
    named = {one.label: one for one in case.facts.parties}
    if party == case.side:
        return True
    mine = named.get(case.side)
    return bool(mine and mine.role and party in _names(mine.role))


def _names(role: str) -> str:
    from_roles = {
        "buyer": "买方买受人需方", "seller": "卖方出卖人供方供应商", "landlord": "出租方出租人",
        "tenant": "承租方承租人", "client": "委托方委托人定作人发包方客户",
        "provider": "受托方受托人承揽人承包方服务商",
    }  # fmt: skip
    return from_roles.get(role, "")


# Who is hurt, or by what degree of fault, is the matter of the rule on exclusion of liability.
_INJURY = re.compile(
    r"人身|伤亡|伤残|受伤|伤害|死亡|身故|工伤|(?:身体|健康|生命)[^,。;]{0,8}(?:损害|受损)|安全事故|意外事故"
)


@check("exempt_party")
def exempt_party(rule: Rule, case: Case) -> Iterator[Hit]:
    """A duty of performance whose breach has no consequence for one party."""
    for sentence in case.sentences:
        text = sentence.text
        match = rule.find("any", text)
        if (
            not match
            or rule.find("beyond", text)
            or (_INJURY.search(text) and "违约" not in text)
            or _others_lapse(text)
            or _others_doing(text, match)
            or _MORE_LATER.match(case.text, sentence.end)
            or (rule.find("unless", rule.without("denied", text)) and not _own_fault(text))
        ):
            continue
        before = text[: match.start()]
        if not rule.find("lapse", before) and not (rule.find("lapse", text) and rule.find("duty", before)):
            continue
        yield _freed(rule, case, sentence.start, text, match)
    for sentence, match in _loss_left_alone(case):
        yield _freed(rule, case, sentence.start, sentence.text, match)


# What goes wrong in the sphere of whoever hands over, keeps, works or lets, and hurts the other.
_SPHERE = (
    r"漏水|渗水|渗漏|漏雨|爆裂|爆管|脱落|坍塌|(?:系统|服务器|平台|软件|网络|线路|机器)[^。;,]{0,4}(?:故障|宕机|瘫痪|中断|崩溃)"
    r"|(?:工作|操作|技术|人员|管理|作业)?(?:失误|疏忽|差错)"
    r"|(?:保养|维修|检修|安装|施工|运输|装卸|搬运|清洗|清洁|保管|养护|调试)(?:作业|服务|操作)?(?:过程|期间)?中"
)
_HURT = r"损失|损坏|受损|毁损|损毁|丢失|灭失|毁坏|浸泡|泡水|后果"
_SUFFERS = re.compile(
    rf"(?:{_SPHERE})[^。;]{{0,20}}?(?:{_HURT})[^。;]{{0,24}}?(?:"
    rf"({LABEL})(?:均|一律|概)?(?:不(?:予|作|做|承担|负|负责)(?:任何)?(?:赔偿|赔付|补偿)|概?不(?:赔偿|赔付|管|负责))"
    rf"|({LABEL})(?:同意|承诺)?(?:不予|不得|放弃|不再?)(?:向(?:{LABEL}))?(?:索赔|追偿|追究|要求赔偿))"
)
_SUFFERS_ALONE = re.compile(
    rf"(?:{_SPHERE})[^。;]{{0,20}}?({LABEL})[^。;,]{{0,10}}(?:{_HURT})的?,?(?:全部|一律|均)?由\1(?:自行|自己)?(?:承担|负责|解决|消化)"
    rf"|({LABEL})(?:工作|操作|管理|人员)?(?:失误|疏忽|差错)[^。;,]{{0,10}}(?:{_HURT})的?,?(?:全部|一律|均)?由(?!\2)(?:{LABEL})(?:自行|自己)?(?:承担|负责|解决|消化)"
)
_NOT_THEIRS = re.compile(
    rf"不可抗力|非因|第三[人方]|因(?:{LABEL})|(?:{LABEL})(?:使用|操作|保管|管理)不(?:当|善)|擅自|未按|故意|重大过失|除外|除非|但|投保|保险|贵重|现金"
    r"|外部|市政|电信|运营商|供电|自然|雷击|黑客|超(?:过|出)|间接|限额|上限|正常(?:磨损|损耗)|不能预见|各自|双方|互不|一方"
)


def _loss_left_alone(case: Case) -> Iterator[tuple[Sentence, re.Match[str]]]:
    """A loss that comes out of one side's own work or premises and stays with the other."""
    for sentence in case.sentences:
        text = sentence.text
        match = _SUFFERS.search(text) or _SUFFERS_ALONE.search(text)
        if match and not _NOT_THEIRS.search(text) and not _INJURY.search(text):
            yield sentence, match


def freed_parties(rule: Rule, case: Case) -> set[str]:
    """Who may be late without consequence."""
    return {hit.fill["party"] for hit in exempt_party(rule, case)}


_OWN_AFFAIRS = re.compile(
    rf"({LABEL})(?:因|由于)(?!{LABEL}|不可抗力|政府|国家|法律|第三|天气|自然|战争|疫情|对方|客户)[^,。;]{{0,24}}"
    r"(?:未能|未按|不能|逾期|延误|延期|迟延|延迟|无法)"
)
_CAUSE = re.compile(rf"因({LABEL})[^。;,]{{0,12}}(?:原因|过错|流程|审批|内部|资金|安排)")
_BARRED = re.compile(
    rf"({LABEL})(?:(?:应予|应当|表示|予以)(?:理解|谅解|体谅),)?[^。;,]{{0,4}}(?:不得|无权|放弃|不予)[^。;,]{{0,8}}(?:要求|追究|主张|索赔|追偿)"
)


_CAUSED_BY = re.compile(rf"(?:因|由于)({LABEL})[^。;,]{{0,20}}(?:导致|致使|造成|未能?|不能|无法|延误|不足)")


def _own_fault(text: str) -> bool:
    """The cause is the party's own that goes free: its own affairs, or the other one may not claim."""
    cause, barred = _CAUSE.search(text), _BARRED.search(text)
    own = _CAUSED_BY.search(text)
    if own and re.sub(r"\s", "", own[1]) == _who_goes_free(text):
        return True
    return bool(_OWN_AFFAIRS.search(text) or (cause and barred and cause[1] != barred[1]))


_PAYS_NOTHING = re.compile(
    rf"({LABEL})(?:也|亦|均|都|则|就|便|即)?(?:{spelt('{need_not}')}|不)(?:再|会)?(?:就此|因此|对此|为此|据此)?(?:支付|承担|负|付)[^,。;]{{0,6}}(?:违约|责任|赔偿|后果)"
)


def _who_goes_free(text: str) -> str:
    """The party that a sentence names right before it is let off."""
    named = _PAYS_NOTHING.search(text)
    return re.sub(r"\s", "", named[1]) if named else ""


_LAPSES = compiled(
    rf"({LABEL})(?:(?!{LABEL})[^。;,])*?(?:{{late}}|未能|未按|未在|不按|不履行|拒绝|违反|违约)"
)


def _others_lapse(text: str) -> bool:
    """The one that goes free is not the one that failed: who is kept waiting answers for nothing."""
    free = _who_goes_free(text)
    failed = {re.sub(r"\s", "", one[1]) for one in _LAPSES.finditer(text)}
    return bool(free and failed and free not in failed)


_THEIR_DOING = compiled(
    rf"({LABEL})(?:单方|自行|临时|另行)?(?:提出|要求|作出)?(?:变更|调整|修改|增加|指定|指示|加急|提供的|自备的?|第三方|的?(?:变更|调整|原因|指示|指令))"
    rf"|({LABEL})(?:{{late}}|未能|未按|未在|未及时|不按|拒绝|违反)"
)
_WAIVES = re.compile(r"追究|主张|谅解|要求|索|收取|计收|放弃|计较|异议|扣减|拒付|不构成违约[^。;]*不")
_MORE_LATER = re.compile(
    r"\s*(?:超过|超出|逾期超过|再次|仍不|仍未)[^。;]{1,80}(?:违约金|赔偿|责任|计算|解除)"
)


def _others_doing(text: str, match: re.Match[str]) -> bool:
    """What keeps one side from performing is the other's doing: its changes, its instructions, its delay."""
    if _WAIVES.search(match[0]):
        return False  # who is named beside it gives up, and is not let off
    part = text.rfind(",", 0, match.start()) + 1
    free = re.findall(LABEL, text[part : match.start()]) or re.findall(LABEL, match[0])
    done = _THEIR_DOING.search(text, 0, part) or (
        re.search(rf"(?:因|由于)({LABEL})(?!自身|内部)", text[: match.start()])
    )
    who = re.sub(r"\s", "", next((one for one in done.groups() if one), "")) if done else ""
    accused = {re.sub(r"\s", "", one[1]) for one in _LAPSES.finditer(text, 0, part)} - {who}
    freed = re.sub(r"\s", "", free[-1]) if free else ""
    return bool(who and freed and who != freed and freed not in accused)


def _freed(rule: Rule, case: Case, start: int, text: str, match: re.Match[str]) -> Hit:
    before = text[: match.start()]
    lapse = re.search(_LAPSE, before) or re.search(_LAPSE, text)
    party = _who_goes_free(text) or (
        re.sub(r"\s", "", lapse[1]) if lapse else next(iter(re.findall(LABEL, before)), "违约方")
    )
    other = counterparty(party, case)
    own = ours(party, case)
    mirrored = any(rate.debtor == other for rate in case.facts.rates)
    paying = re.search(r"付款|支付|货款|租金|费用", before) and not re.search(
        r"交付|交货|供货|完成|服务(?!费)", before
    )
    remedy = (
        f"每逾期1日，按逾期金额的0.05%支付违约金，逾期超过15日的，{other}有权暂停履行或者解除合同"
        if paying
        else f"每逾期1日，按合同总金额的0.05%支付违约金，逾期超过15日的，"
        f"{other}有权解除合同并要求{party}退还已付款项"
    )
    if own:
        remedy = remedy.replace("支付违约金，", "支付违约金，累计不超过合同总金额的10%，")
    whole = case.copy.back(start, start + len(text))
    head = case.copy.given[whole.start : case.copy.back(start + match.start(), start + match.end()).start]
    head = re.sub(rf"[，,](?=(?:若|如)(?:{LABEL}))", "；", head.strip())
    return Hit(
        spans=((start + match.start(), start + match.end()),),
        outcome="own" if own else "default",
        computed={"asymmetric": mirrored},
        fill={
            "party": party,
            "other": other,
            "lapse": _lapse_words(lapse),
            "asymmetry_zh": "对方逾期却须支付违约金，双方后果不对等。" if mirrored else "",
            "asymmetry_en": " The other side owes a penalty when late, so that the two are unequal."
            if mirrored
            else "",
        },
        rewrite=f"{head}{remedy}。"
        if head.endswith(("，", ",", "的")) or not head
        else f"{head}，{remedy}。",
    )


def _lapse_words(lapse: re.Match[str] | None) -> str:
    if not lapse:
        return "违约"
    tail = re.search(r"(?:逾期|迟延|延迟|延期|延误)(?:交付|交货|付款|支付|供货|提交|完成)?", lapse[0])
    return tail[0] if tail else "违约"


# "Payable after acceptance" tells when to pay, not how anything is accepted.
ANCHOR = re.compile(
    r"(?<!视为)(?<!视同)(?:最终|初步|终|初)?(?:验收|评审|检验|查验|考核|审核|验)"
    r"(?:(?:合格|通过)(?:之日|之?后|[之以]?前|起|时|且|并|证明)*|(?:完成|完毕)?(?:满|之日|之?后|[之以]?前|时)起?|证明|报告|单|款)"
)
_ACCEPTS = re.compile(
    r"验收|检验(?!检查|科|项目|结果)|评审|验货|查验|试运行|试[模机车产]|验交|抽样|抽检|达标率|检测(?!系统|设备|平台)|考核|审核(?:意见|通过)|清点|异议期|签收确认|测试通过"
    r"|质量标准|不达标|接收单|评估意见|书面意见,(?:未|逾期)|书面异议|逾期未(?:回复|答复|提出)|审校|初稿"
)
_HOW = re.compile(
    r"标准|依据|指标|规范|附件|样[品本]|图纸|逐项|抽样|清单|要求|数量|外观|视为|当[日场天]|整改|不合格|不符|合格率|通过率"
    r"|[\d一二两三四五六七八九十]+\s?个?(?:工作)?(?:日|天|小时|周|月)"
)


def _accepted_how(rule: Rule, case: Case) -> bool:
    """Whether something says how, or by when, what is handed over is accepted."""
    if not case.whole:
        return bool(rule.find("present", ANCHOR.sub("", case.provisions)))
    return any(_says_how(one, case) for one in case.sentences)


_OTHER_MATTER = re.compile(
    r"支付|付款|付清|质保|保修|违约金|发票|对账|账单|结算单|(?:终止|解除|解约)(?:之?后|时|前)|赔偿|法院|仲裁|起诉|[”\"](?:系|是)?指"
)


def _says_how(sentence: Sentence, case: Case) -> bool:
    """Whether a sentence about acceptance, or under a heading of that name, gives a standard or a period."""
    if case.is_annex_list(sentence.text):
        return False
    bare = ANCHOR.sub("", sentence.text)
    headed = re.search(r"验收|检验|交付与确认|审核|评审|验货", case.heading_at(sentence.start))
    about = _ACCEPTS.search(bare) and not _OTHER_MATTER.search(bare)
    said = (about and _HOW.search(bare)) or (
        headed and _MEASURE.search(bare) and not _OTHER_MATTER.search(bare)
    )
    return bool(said and not _AS_ONE_LIKES.search(bare))


_MEASURE = re.compile(
    r"标准|指标|规范|样[品本]|合格率|通过率|[\d一二两三四五六七八九十]+\s?个?(?:工作)?(?:日|天|小时|周|月)内"
)


# Nothing to hold on to: what satisfies whoever accepts is accepted.
_AS_ONE_LIKES = re.compile(
    r"^(?![^。;]*(?:标准|指标|附件|工作日|\d\s?[日天])).*(?:满意|认可)"
    rf"|(?:标准|要求|办法)[^。;,]{{0,6}}(?:由|以)(?:{LABEL})(?:届时|单方|自行|另行|随时|的)?[^。;,]{{0,6}}(?:确定|决定|认定|掌握|制定|为准)"
)


@check("acceptance")
def acceptance(rule: Rule, case: Case) -> Iterator[Hit]:
    """Something is to be handed over, and nothing says how it is accepted."""
    if _accepted_how(rule, case):
        return
    for sentence in case.sentences:
        for match in rule.find_all("any", sentence.text):
            duty = re.search(
                r"分|每|应|须|需|负责|交付|提交|将|于|在|把|向|即|完成|[日月]前",
                sentence.text[: match.start()],
            ) or re.match(r":\d{4}年", sentence.text[match.end() :])
            if not duty or rule.find("unless", sentence.text[: match.end() + 4]):
                continue
            named = list(re.findall(LABEL, sentence.text[: match.start()]))
            provider = named[0] if named else "乙方"
            yield Hit(
                spans=((sentence.start + match.start(), sentence.start + match.end()),),
                outcome="provider" if ours(provider, case) else "default",
                fill={
                    "object": match[0].removeprefix("完成"),
                    "provider": provider,
                    "client": counterparty(provider, case),
                },
            )
            return


_FAIR_CAP = "责任方的赔偿责任以合同总价为限，但因故意或者重大过失造成的财产损失以及造成的人身损害除外。"


# Whoever did it on purpose goes free; where the other did, the rule has nothing to say.
_OWN_GROSS_FAULT = re.compile(
    rf"(?:因|由于)({LABEL})(?:自身|人员|员工|工作人员)?的?(?:故意|重大过失|严重失职)[^。;]{{0,30}}?\1(?:均|概|也|亦)?(?:不(?:予|承担|负|赔)|无需|无须|免)"
)


@check("exclusion")
def exclusion(rule: Rule, case: Case) -> Iterator[Hit]:
    """Liability for injury, intent or gross negligence is excluded, or capped without an exception."""
    for sentence in case.sentences:
        match = rule.find("any", sentence.text)
        following = case.text[sentence.end : sentence.end + 60].lstrip()
        read = sentence.text + following if following.startswith("但") else sentence.text
        knowing = rule.find("regardless", sentence.text) or _OWN_GROSS_FAULT.search(sentence.text)
        lawful = rule.find("unless", read) and not knowing
        if match and not lawful:
            spans = ((sentence.start + match.start(), sentence.start + match.end()),)
            boundless = knowing or rule.find("cap", sentence.text)
            whole = (sentence.start, sentence.start + len(sentence.text.rstrip()), _FAIR_CAP)
            yield Hit(spans=spans, edit=whole if boundless else None)
            continue
        limit = rule.find("cap", sentence.text)
        penalty = re.search(r"违约金", sentence.text[: limit.end()]) if limit else None
        following = case.text[sentence.end : max(case.section_at(sentence.start)[1], sentence.end + 40)]
        if limit and not penalty and not rule.find("carve", sentence.text + following):
            yield Hit(spans=((sentence.start + limit.start(), sentence.start + limit.end()),), outcome="cap")


_TRUE_EVENT = re.compile("疫情|自然灾害|地震|台风|洪水|战争|政府行为|天灾")
_BUSINESS = re.compile("涨价|短缺|断供|缺货|资金|停工|价格")


def _called_so_above(rule: Rule, case: Case, sentence: Sentence) -> Iterator[Hit]:
    """Under a heading of force majeure, or beside what truly is, business risks that free a party."""
    section = case.text[slice(*case.section_at(sentence.start))]
    heading = section.lstrip().split("\n")[0][:20]
    wide = rule.find("wide", sentence.text)
    frees = re.search(r"免责|免除|不(?:再)?承担|不负|不构成违约|不视为违约", sentence.text)
    beside = _TRUE_EVENT.search(sentence.text) and _BUSINESS.search(sentence.text)
    if ("不可抗力" in heading or beside) and wide and frees and not rule.find("test", sentence.text):
        yield Hit(spans=((sentence.start + wide.start(), sentence.start + wide.end()),))


@check("force_majeure")
def force_majeure(rule: Rule, case: Case) -> Iterator[Hit]:
    """Business risks called force majeure, or relief without notice and proof."""
    for sentence in case.sentences:
        text = sentence.text
        if "不可抗力" not in text:
            yield from _called_so_above(rule, case, sentence)
            continue
        clause = " ".join(
            case.text[slice(*case.section_at(one.start))]
            for one in case.sentences
            if re.search(r"不可抗力|不能预见", one.text)
        )
        wide = rule.find("wide", text)
        if wide and not rule.find("test", text) and not re.search(r"符合[^。;,]{0,8}条件[^。;]{0,8}方", text):
            yield Hit(spans=((sentence.start + wide.start(), sentence.start + wide.end()),))
        elif (
            rule.find("relief", text)
            and not re.search(r"不(?:属于?|构成|视为|作为|算作?)不可抗力", text)
            and not rule.find("notice", rule.without("denied", clause))
            and not rule.find("except_only", text)
        ):
            match = rule.find("relief", text)
            if match:
                yield Hit(
                    spans=((sentence.start + match.start(), sentence.start + match.end()),),
                    outcome="no_notice",
                )
