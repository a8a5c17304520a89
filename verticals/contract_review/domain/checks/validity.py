"""Courts, arbitration, termination, renewal, guarantees and personal data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.domain.words import compiled
from verticals.contract_review.figures import lengths

_COURT = re.compile(
    r"(?:由|向|提交|提请|约定|均由|选择|在|到|以|诉至|诉诸)[^。;,\n]{0,34}(?:法院|高院)[^。;]{0,10}|(?:省|市)高院|(?:提交|由)[^。;,]{0,12}高院"
)
_LEVEL = re.compile(r"高级人民法院|最高人民法院|最高院|高院")
_ABROAD = re.compile(
    r"(?:新加坡|英国|英格兰|伦敦|美国|纽约|加州|特拉华|开曼|英属维尔京(?:群岛)?|百慕大|德国|法国|日本|东京|韩国|香港|澳门|台湾|外国|境外|国外)[^。;,]{0,8}法院"
)
_UNCLEAR = re.compile(
    r"任[何一意](?:一?[家个地处方])?的?[^。;,]{0,4}(?:人民)?法院|(?:认为|自己|自行)[^。;,]{0,6}(?:方便|合适|有利|选择|选定)的?[^。;,]{0,4}法院|守约方|有利于[^。;,]{0,4}|指定的?[^。;,]{0,6}法院|当地(?:人民)?法院|(?:有关|相关)(?:的)?(?:人民)?法院"
)
_LINKED = re.compile(
    r"住所|(?<!母公司)(?<!集团)(?<!总公司)(?:注册地|营业地)|所在地|签订地|签约地|履行地|标的物|不动产|原告|被告|有管辖权|依法(?:由|向)|项目所在|侵权|经常居住|坐落|用人单位|劳动"
)
_PLACE = re.compile(
    r"([一-鿿]{2,8}?(?:省|自治区))?([一-鿿]{2,6}?市)?([一-鿿]{1,6}?(?:区|县|市))?(?:人民|基层|中级)"
)


_SAID_BEFORE = re.compile(
    r"^(?:由|向|提交|提请|均由|选择|在|到|以|诉至|诉诸|直接|可以?|也|亦|均|依法|另行?)+"
)


@check("court")
def court(rule: Rule, case: Case) -> Iterator[Hit]:
    """Courts at the wrong level, abroad, unclear, or of a place that the contract knows nothing of."""
    for match in _COURT.finditer(case.text):
        sentence = case.sentence_at(match.start())
        if (
            re.search(r"不(?:得|能|可)(?:约定|由)[^。;,]{0,20}法院", sentence.text)
            or not re.search(r"管辖|起诉|诉讼|解决|审理|一审|官司|裁判|提交|纠纷|争议", sentence.text)
            or "执行" in match[0]
        ):
            continue
        outcome = _court_outcome(match[0], case, match.span())
        if outcome:
            yield Hit(spans=(match.span(),), outcome=outcome)
            return


def _court_outcome(words: str, case: Case, span: tuple[int, int]) -> str:
    if _LEVEL.search(words):
        return "level"
    if _ABROAD.search(words):
        return "foreign"
    if re.search(r"(?:没有|无|不具有)(?:任何)?(?:实际)?联系", words):
        return "default"
    if _UNCLEAR.search(words):
        return "unclear"
    named = re.search(r"([一-鿿]{2,})(?:人民|基层|中级)?法院", words)
    if _LINKED.search(words) or not named:
        return ""
    parts = re.findall(
        r"[一-鿿]{2,3}?(?:省|市|区|县|州)",
        _SAID_BEFORE.sub("", named[1]),
    )
    rest = case.text[: span[0]] + case.text[span[1] :]
    if not parts:
        return ""
    stems = [part[:-1] for part in parts]
    if any(len(stem) >= 2 and stem in rest for stem in stems):
        return ""
    known = re.search(r"住所|地址|签订于|签订地|在[一-鿿]{2,4}签订|位于|履行地", rest)
    return "default" if known else "unlinked"


_INSTITUTION = re.compile(
    r"([一-鿿（）()]{2,24}?(?:仲裁委员会|仲裁委|仲裁院|仲裁中心|国际仲裁))|贸仲(?:委)?|CIETAC|HKIAC|SIAC"
)
_EITHER = re.compile(
    r"仲裁[^。;]{0,30}(?:或者?|也可以?|亦可|还可以?)[^。;]{0,20}(?:起诉|诉讼|法院)"
    r"|(?:起诉|诉讼|法院)[^。;]{0,20}(?:或者?|也可以?|亦可)[^。;]{0,20}仲裁|仲裁[^。]{0,24}不(?:服|满意?|认可|接受)[^。;]{0,8}(?:可以?)?[^。;]{0,6}(?:起诉|诉讼|法院)"
    r"|仲裁[^。]{0,30}(?:或者?|也可以?|亦可|均可|还可以?|另可|可选择|仍可|同时可|有权选择)[^。;]{0,20}(?:起诉|诉讼|诉诸|法院(?!申请|强制|执行|保全))"
)
_TWO = re.compile(
    r"(?:贸仲|北仲|上仲|国仲)委?(?:或者?|、|和|及)[^。;,]{0,20}仲裁|仲裁(?:委员会|院|中心|委)(?:\([^)]*\))?(?:或者?|、|和|及)[^。;,]{0,20}仲裁(?:委员会|院|中心|委)"
)
_GENERIC = re.compile(
    r"^(?:由|向|提交|提请|交由|应|均|可以?|申请|至|或者?|的|当地|该地|甲方|乙方|双方|一方|任何|有关|相关|合同|本|住所地?|所在地"
    r"|签订地|履行地|项目|有管辖权|争议|发生|因|,|协商|不成|各自|原告|被告|守约方|指定)*(?:劳动(?:人事)?争议)?"
    r"仲裁(?:委员会|机构|院|委|中心)?$"
)
DEFECTS = {
    "either": ("既约定仲裁又约定可以起诉", "both arbitration and a court are open"),
    "two": ("约定了两个以上仲裁机构", "two institutions are named"),
    "none": ("没有选定具体的仲裁机构", "no institution is chosen"),
    "unlisted": ("机构名称不在已维护的名单中，请核实", "the name is not on the maintained list"),
}


@check("arbitration")
def arbitration(rule: Rule, case: Case) -> Iterator[Hit]:
    """Arbitrate or sue, two institutions, none, or one that nobody knows."""
    if re.search(r"劳动(?:人事)?争议|劳动仲裁", case.text) or case.contract_type == "labour":
        return
    for sentence in case.statements:
        text = sentence.text
        match = re.search(r"仲裁", text)
        if not match or re.search(
            r"不(?:采用|采取|选择|适用|通过|进行|设)[^。;,]{0,4}仲裁|不约定仲裁|不(?:得|能|再)?申请仲裁|不提交仲裁",
            text,
        ):
            continue
        if re.search(r"违约金|调[低高整减]|酌减|酌定|酌情|裁量|保全|难以证明", text) and not re.search(
            r"争议|纠纷", text
        ):
            continue  # whom to ask for a reduction, not where to settle disputes
        kind = _defect(text, case)
        if kind:
            zh, en = DEFECTS[kind]
            bare = text.rstrip("\n")
            yield Hit(
                spans=((sentence.start, sentence.start + len(bare)),),
                outcome="unlisted" if kind == "unlisted" else "default",
                fill={"detail_zh": zh, "detail_en": en},
            )
            return


def _defect(text: str, case: Case) -> str:
    choosing = re.search(
        r"(?:提交|申请|通过|由|提请|向|适用|按照|依照|依据|进行|可以?|以|用|采[用取]|选择|约定)[^。;]{0,40}仲裁|仲裁(?:的)?(?:方式|途径|程序)?[^。;,]{0,12}(?:解决|处理|裁决|了结)",
        text,
    )
    if _EITHER.search(text):
        return "either"
    if _TWO.search(text):
        return "two"
    if not choosing:
        return ""
    named = [one[0] for one in _INSTITUTION.finditer(text)]
    proper = [one for one in named if not _GENERIC.match(one)]
    if not proper:
        known = [one for one in _INSTITUTION.finditer(case.text) if not _GENERIC.match(one[0])]
        settled = re.search(r"仲裁(?:期间|裁决|费|地|庭|员|协议)", text)
        chooses = re.search(r"提交|申请|由", text) or (
            re.search(r"争议|纠纷", text) and re.search(r"解决|处理|了结", text)
        )
        return "" if known or (settled and not chooses) else "none"
    listed = case.parameters.institutions
    clean = [re.sub(r"^.*?(?:提交|提请|由|向|申请|交由|至)", "", one) for one in proper]
    if listed and not any(_listed(one, listed) for one in clean):
        return "unlisted"
    return ""


def _listed(name: str, listed: tuple[str, ...]) -> bool:
    return any(known in name or name in known for known in listed) or "贸仲" in name


_OF_ITSELF = re.compile(r"自动|自行|当然|即(?:告|行)?(?:解除|终止|失效)")


def _of_late_rent(words: str) -> bool:
    return bool(re.search(r"租金|房租|欠租|付租|交租", words)) or not _OF_ITSELF.search(words)


@check("termination")
def termination(rule: Rule, case: Case) -> Iterator[Hit]:
    """No word on termination, or termination for anything."""
    for sentence in case.sentences:
        match = rule.find("hair", sentence.text)
        if match and case.contract_type == "lease" and _of_late_rent(match[0]):
            continue  # late rent has a rule of its own
        if match and not rule.find("soft", rule.without("denied", sentence.text)):
            yield Hit(
                spans=((sentence.start + match.start(), sentence.start + match.end()),),
                outcome="hair_trigger",
            )
            return
    if not any(_ends_in_general(rule, one, case) for one in case.statements):
        yield Hit()


_ANY_SIDE = re.compile(r"(?:任何一|任一|一|对|守约|他|违约|各|双)方|彼此")
_ANY_LAPSE = compiled(
    r"违约|违反|(?:不|未|未能)(?:履行|改|纠正|付|交)|{late}|根本|过错|一致|协商|提前[^。;,]{1,8}(?:日|天|个月)"
)
_RENT_LATE = compiled("租.*(?:催|{late})|(?:{late}).*租")
_BRIEF = 20  # sentences: what so short a text says of one lapse is all it means to say
_OF_ONE_MATTER = re.compile(r"不可抗力|转租|随时|持续(?:超过)?[^。;,]{0,6}(?:日|天)")


def _ends_in_general(rule: Rule, sentence: Sentence, case: Case) -> bool:
    """Whether a sentence says how the contract may be ended, and not only for one lapse of one side."""
    if not rule.find("present", sentence.text):
        return False
    if not case.whole or re.search(r"解除|终止|解约|退出", case.heading_at(sentence.start)):
        return True
    if _OF_ONE_MATTER.search(sentence.text):
        return False
    if len(case.sentences) < _BRIEF and re.search(r"催|整改", sentence.text):
        return True
    if case.contract_type == "lease" and _RENT_LATE.search(sentence.text):
        return True
    return bool(_ANY_SIDE.search(sentence.text) and _ANY_LAPSE.search(sentence.text))


_RENEWS = re.compile(
    r"(?:没有|未|无)[^。;,]{0,10}(?:不续|不再续|异议|终止|反对|书面表示)[^。;,]{0,10},?[^。;,]{0,8}(?:接着|继续|照旧|原样|顺延|延展|续)(?:履行|执行|有效|进行|[一二三四五]年|期)?|(?:未|没有|均未)[^。;,]{0,6}(?:异议|反对|通知)的?,[^。;]{0,16}(?:延展|延续|延长|续期|续租)[^。;]{0,6}|(?:期满|届满|到期|满期|满了|期限|不续)[^。;]{0,40}按原(?:样|条件|合同)[^。;,]{0,4}(?:接着|继续)?(?:履行|执行)[^。;]{0,16}"
    r"|(?:未|没有)[^。;,]{0,8}(?:异议|反对)的?,[^。;]{0,10}(?:按|依)[^。;,]{0,8}条件[^。;,]{0,6}(?:延展|延长|续|顺延)"
    r"|自动(?:扣[款费]续[费期]|续[约期签展费订]?|展期|顺延|续展|延续|延长|延期|转入|进入|滚动)[^。;]{0,16}|视为[^。;,]{0,8}续[约期签订展一]"
    r"|(?:期满|届满|到期|满期|终止日|有效期满)[^。;]{0,40}(?:顺延|续展|延续|展期|再续|续[约期订签]|继续有效|继续履行|滚动)[^。;]{0,6}(?:[一二三\d]+年|[一二三\d]+个月|同等期限|相同期限|一期|类推|$|[,。])"
)
_FOREVER = re.compile(
    r"(?:本(?:合同|协议)|有效期)[^。;]{0,10}(?:至|到)(?:双方|一方|任何一方)[^。;,]{0,6}(?:终止|解除|结束|停止)[^。;,]{0,6}(?:合作|合同|协议|关系)?(?:之日)?(?:为)?止"
    r"|(?:本(?:合同|协议)|有效期)[^。;]{0,16}(?:长期有效|永久有效|永久|无固定终止(?:日期|期限)|持续有效|一直有效|始终有效|不设(?:终止|期限)|无期限)"
    r"|(?:本(?:合同|协议)|有效期)[^。;]{0,20}直至?双方(?:协商)?(?:一致)?(?:终止|解除)"
    r"|(?:租约|合同|协议)(?:即|便|就)?(?:持续|一直|长期)(?:存在|有效)"
    r"|(?:一直|长期|永远|无限期)[^。;,]{0,6}(?:租用|履行|合作|使用|执行|服务|有效|延续|继续|进行|持续|租|做|干)下去"
)


@check("renewal")
def renewal(rule: Rule, case: Case) -> Iterator[Hit]:
    """Renewal by silence with a short window, or a contract without an end."""
    forever = next((one for one in _FOREVER.finditer(case.text) if not _surety(one, case)), None)
    if forever and not re.search(r"提前[^。;]{0,12}(?:通知)?[^。;]{0,8}(?:终止|解除)", case.text):
        yield Hit(
            spans=(forever.span(),),
            fill={
                "detail_zh": "没有终止期限，任何一方可在合理期限前通知解除",
                "detail_en": "there is no end; either side may end it on reasonable notice",
            },
        )
        return
    for sentence in case.sentences:
        match = _RENEWS.search(sentence.text)
        if not match or re.search(
            r"不(?:得|再|会)?自动(?:续|顺|延|展)|不定期|不视为续|自动续费功能|可随时取消"
            r"|(?:可以?|需要?|如需|协商|另行|优先|是否|申请|要求|工期|履行期)[^。;,]{0,10}(?:续|顺延|延)|(?<!无须)(?<!无需)(?<!不必)(?<!不再)(?<!不)另行签订|协商",
            sentence.text,
        ):
            continue
        window = _window(case.around(sentence.start))
        if window is not None and window >= case.threshold(rule, "notice_days"):
            continue
        zh, en = (
            (f"通知不续约的窗口只有{window}日", f"the window for notice is only {window} days")
            if window is not None
            else ("自动续约而没有事先通知退出的约定", "it renews by itself, without a way out on notice")
        )
        yield Hit(
            spans=((sentence.start + match.start(), sentence.start + match.end()),),
            fill={"detail_zh": zh, "detail_en": en},
        )
        return


def _surety(match: re.Match[str], case: Case) -> bool:
    """Whether the words speak of how long somebody stands surety."""
    return bool(re.search(r"保证(?!金)|担保", case.sentence_at(match.start()).text))


def _window(text: str) -> int | None:
    """Days before the end in which notice may be given."""
    found = re.search(r"(?:前|提前|满前|届满前|到期前)[^。;,]{0,12}", text)
    near = re.search(r"(?:提前|前)\s?([^。;,]{1,8}?(?:日|天|个月|月))", text)
    early = re.search(
        r"(?:期满|届满|到期|满期)[^。;,]{0,2}?([\d一二两三四五六七八九十]{1,4}个?(?:日|天|月))(?:之|以)?前",
        text,
    )
    if early:
        near = early
    elif not found or not near:
        return None
    length = next(lengths(near[1]), None) if near else None
    return int(length.months * 30) if length else None


_SURETY = re.compile(
    r"(?:同意|愿意|自愿|承诺)?为[^。;,]{1,10}(?:履约|付款|还款|债务)[^。;,]{0,4}担保(?![金品物函密])|(?:作|提供)(?:个人|连带|全额|无限)?(?:责任)?担保(?![金品物函密])|代(?:其|为|[甲乙]方|债务人|借款人)?(?:清偿|偿还|还款|偿付|支付欠款)|(?:担任|作为|充当)[^。;]{0,10}(?:保证人|担保人)|(?:代为|代)(?:清偿|偿还)|(?:保证人|担保人)[^。;]{0,30}(?:责任|保证|清偿|担保|偿还|还款|代还)|(?:作|具)保(?=[,。;]|$)|(?:提供(?![方商者人])|信用)(?:[^,。;]{0,6})?(?:连带)?(?:责任)?(?:保证|担保)(?![金品密])|作为保证人|(?:不能|无力|未能|不)(?:履行|清偿|偿还|支付|付款)[^。;]{0,16}(?:代为|代其|由其代)(?:承担|履行|支付|清偿|偿还)|承担(?:连带|一般)?(?:责任)?(?:保证|担保)责任|连带责任保证|一般(?:责任)?保证"
)
_NO_SURETY = re.compile(
    r"要求[^。;,]{0,6}提供(?:适当|相应)?的?担保|中止(?:履行|付款|供货|发货|服务|支付)|(?:未|不|没有|拒绝|拒不)提供(?:适当|相应)?的?担保|(?:另行|重新|补充)提供担保|适当担保|恢复(?:履行|供货)|(?:不|未|没有)(?:设|约定)(?:置|定|立)?(?:保证|担保)人|一致表决|同意本公司|不因[^。;,]{0,8}消灭|身份信息|个人信息|担保责任消灭|追偿|抵押|质押|保证金|保函|质量|保证所|履约担保|银行担保|预付款担保|真实|不侵犯|保证(?:有权|其|所|该|系|不)|国家标准|担保期限未定|劳动者|员工|乙方不(?:需|须)提供担保|等额|决议"
)
_PERIOD = compiled(
    r"保证期间(?:为|自|是|:)|保证期限(?:为|自)|(?:届满|到期|期满)之?日?(?:起|后)[^。;]{0,6}(?:年|个月|月)"
    r"|(?:保证|担保)(?:责任)?的?(?:期间|期限|期)[^。;]{0,30}?[\d一二两三四五六七八九十]\s?(?:年|个月)"
)
_UNTIL = re.compile(
    r"(?:直至|至)[^。;]{0,20}(?:还清|清偿|结清)[^。;]{0,6}(?:止|为止)|期间?与主债务[^。;]{0,10}一致"
)


@check("guarantee")
def guarantee(rule: Rule, case: Case) -> Iterator[Hit]:
    if case.contract_type == "labour":
        return
    for sentence in case.sentences:
        match = _SURETY.search(sentence.text)
        if not match or _NO_SURETY.search(sentence.text):
            continue
        clause = "\n".join(
            case.text[slice(*case.section_at(one.start))]
            for one in case.sentences
            if _SURETY.search(one.text)
        )
        mode = re.search(r"一般(?:责任)?保证|连带(?:责任|保证|清偿|担保|偿还)", clause)
        until = _UNTIL.search(sentence.text) or any(
            _UNTIL.search(one.text) for one in case.sentences if re.search(r"保证|担保", one.text)
        )
        period = _PERIOD.search(clause) and not until
        if mode and period:
            continue
        lacks = [("保证方式", "the mode")] * (not mode) + [("保证期间", "the period")] * (not period)
        yield Hit(
            spans=((sentence.start + match.start(), sentence.start + match.end()),),
            fill={
                "detail_zh": "没有明确" + "和".join(zh for zh, _ in lacks),
                "detail_en": "not clear: " + " and ".join(en for _, en in lacks),
            },
        )
        return


_DATA = re.compile(
    r"(?:患者|受试者|租户|家长|乘客|居民|村民|会员|学员|学生|业主|住户|老人|病人|消费者|求职者)的?(?:个人|身份|健康|基本)?(?:信息)?(?:档案|名册|台账)"
    r"|个人信息|个人数据|用户(?:数据|信息)|会员(?:数据库|信息|数据)|客户(?:信息|名单)|通讯录|身份证(?:信息|号码)?|手机号(?:码)?(?:库)?|人脸|病历|会员的?(?:姓名|电话)|住址等"
    r"|(?:名册|名单|花名册|台账|清册|明细|数据|资料|档案|信息)[^。;,]{0,4}(?:含|包括|载有|涉及|\()[^。;)]{0,16}(?:姓名|身份证|证件号|电话|手机|住址|出生日期)"
    r"|(?:患者|受试者|租户|家长|乘客|居民|村民|客户|用户|会员|员工|学员|学生|业主|住户|投保人|消费者|求职者|病人|车主)的?[^。;]{0,16}(?:姓名|电话|手机|证件|病历|住址|照片|联系方式)"
    r"|姓名[、及和与][^。;,]{0,12}(?:电话|手机号|住址|身份证|证件号)"
)
_HANDED = re.compile(
    r"接触|同步|推送|传给|发给|交给|开通|导入|上传|下载|留作|拷贝|复制|提供给?|交由|委托|获取|采集|收集|存储|共享|传输|用于|供乙方|接收|处理|群发|保存|保管|交付|移交|开放|导出|调用|营销|授权[^。;]{0,6}使用"
)
_PROTECTED = re.compile(
    r"不(?:得|能|涉及|收集|向)[^。;]{0,16}(?:个人信息|收集|使用)|(?:另行|先行|事先|另|应)签[订署][^。;]{0,14}协议|依法保护|负有保密|(?:自行|依法)[^。;,]{0,4}处理,[^。;,]{0,4}不(?:接触|接收|获取)|经办人|对接人|联络人|双方留存|互相(?:留|交换)|联系人|身份证号\s?(?:码)?\s?:|手机号\s?(?:码)?\s?:|身份证件?号\s?[:为]"
)
TERMS = (
    (
        r"目的|用来|用于|仅为|只为|仅供|为(?:了)?[^,。;]{2,12}(?:安全|管理|目的|需要|之需|服务)",
        "处理目的",
        "purpose",
    ),
    (r"期限|期间|终止后|服务期|有效期", "处理期限", "period"),
    (
        r"种类|类型|范围|(?:姓名|号码?|电话|住址|信息)[^。;,]{0,8}[两二三四五六七八\d]\s?(?:类|项|种)|限于|只(?:处理|收集|采集|登记|查看)|仅(?:处理|收集|采集)"
        r"|(?:姓名|电话|手机号?码?|证件号?码?|住址)[、和及与][^。;]{0,12}(?:姓名|电话|手机|证件|车牌|住址|账号)",
        "信息种类",
        "kinds of data",
    ),
    (
        r"保护措施|加密|安全措施|脱敏|专人|访问控制|权限|单独存放|本地(?:服务器|存储)",
        "保护措施",
        "protection",
    ),
    (
        r"返还|交还|删除|删净|删掉|销毁|清除|保存\s?[\d一二三四五六七八九十]+",
        "终止后的返还或者删除",
        "return or deletion",
    ),
    (
        r"转委托|转托|再委托|转(?:给|交)[^。;,]{0,6}(?:单位|他人|别人|第三)|分包处理|第三方处理|交(?:给|由)第三|向第三",
        "转委托的限制",
        "sub-processing",
    ),
)


_BOUNDLESS = re.compile(
    r"概括(?:同意|认可|授权)|一切使用|往来单位|(?:任何|一切|各种|认为(?:合适|必要)的?)[^。;,]{0,4}(?:用途|目的|方式)|(?:自行|随意|自由)[^。;,]{0,6}(?:使用|处理|掌握|决定)"
    r"|(?:手机号|电话|名单|信息|资料)[^。;]{0,24}(?:长期|永久)(?:留用|保存|使用|留存)|推荐给[^。;,]{0,8}(?:商家|机构|单位)"
    r"|(?:提供|交|转|传|共享)给[^。;]{0,24}(?:境外|营销|合作|关联|第三)[^。;]{0,24}(?:使用|处理|用于)"
)


def _boundless_use(case: Case) -> Iterator[Hit]:
    """An employer needs personal data; whoever may use them for anything does not."""
    for sentence in case.sentences:
        data, free = _OF_STAFF.search(sentence.text), _BOUNDLESS.search(sentence.text)
        if data and free and not re.search(r"不得|不(?:向|会|将)", sentence.text):
            yield Hit(
                spans=((sentence.start, sentence.start + len(sentence.text.rstrip())),),
                fill={"missing_zh": "处理目的和范围", "missing_en": "purpose and scope"},
            )
            return


_OF_DATA = re.compile(r"个人信息|数据保护|隐私|资料保护|信息保护|信息安全")
_PAPERS = re.compile(r"复印件|出示")


def _is_harmless(text: str) -> bool:
    """Copies of papers that are shown to prove who somebody is, or data that stay where they are."""
    papers = _PAPERS.search(text) and not re.search(r"手机|电话|照片|人脸|刷脸|住址", text)
    return bool(papers or _PROTECTED.search(text))


_OF_STAFF = re.compile(
    r"个人信息|身份证|证件|面部|人脸|指纹|家庭成员|社交账号|健康(?:信息|资料|状况)|(?:员工|乙方)的?[^。;,]{0,8}(?:资料|信息|数据)"
)


_OWN_USE = re.compile(
    r"用于[^。;,]{0,10}(?:自己|自身|其自有|其他项目|其他业务|其他客户)|(?:自己|自身|自行)的?[^。;,]{0,4}(?:营销|推广|业务)|推荐给[^。;,]{0,8}(?:商家|机构|单位)"
    r"|(?:长期|永久)(?:留用|保存|留存|使用)"
)


def _own_use(text: str) -> bool:
    """Whoever is handed data may keep them for itself, whatever else is agreed about them."""
    lawful = re.search(r"不得|不(?:会|将|予|可|能|应|再)|无权|同意|授权|匿名|脱敏", text)
    return bool(_OWN_USE.search(text)) and not lawful


@check("personal_data")
def personal_data(rule: Rule, case: Case) -> Iterator[Hit]:
    """Personal data go to the other side without what the law wants agreed."""
    if case.contract_type == "labour":
        yield from _boundless_use(case)
        return
    for sentence in case.sentences:
        match = _DATA.search(sentence.text)
        denied = re.search(
            r"(?:不|无|未)[^。;,]{0,16}个人信息|(?:不|无须|未)(?:采集|收集|使用|记录|留存|处理)[^。;,]{0,10}(?:人脸|指纹|姓名|电话|身份)|(?:保密信息|秘密)[^。;]{0,4}(?:指|包括|是)|^\s*\S{0,4}[“\"][^”\"]{2,12}[”\"](?:系|是)?指",
            sentence.text,
        )
        if match and not denied and _own_use(sentence.text):
            whole = (sentence.start, sentence.start + len(sentence.text.rstrip()))
            yield Hit(
                spans=(whole,),
                fill={"missing_zh": "处理目的和范围", "missing_en": "purpose and scope"},
                edit=(*whole, rule.outcomes["default"].rewrite),
            )
            return
        if not match or denied or not _HANDED.search(sentence.text) or _is_harmless(sentence.text):
            continue
        said = "\n".join(
            case.text[slice(*case.section_at(one.start))]
            for one in case.sentences
            if one is sentence or _OF_DATA.search(case.text[case.section_at(one.start)[0] :][:30])
        )
        missing = [(zh, en) for form, zh, en in TERMS if not re.search(form, said)]
        if len(missing) >= 2:
            yield Hit(
                spans=((sentence.start + match.start(), sentence.start + match.end()),),
                computed={"missing": [zh for zh, _ in missing]},
                fill={
                    "missing_zh": "、".join(zh for zh, _ in missing),
                    "missing_en": ", ".join(en for _, en in missing),
                },
            )
            return
