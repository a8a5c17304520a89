"""Whether a contract is filled in and fits together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.checks.signing import FIRM, signed_by_all
from verticals.contract_review.domain.facts.people import LABEL, SIGN_WORDS, role_of
from verticals.contract_review.domain.facts.time import TERM_WORDS, months_between, ranges
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.shapes import Party
from verticals.contract_review.figures import lengths, number

_BLANK = re.compile(
    r"[\[(【〔]\s?[●○•■□▲*]{1,6}\s?[\])】〕]|●{1,}|_{2,}|\(\s*\)|﹍{2,}|…{3,}|【\s*】|\[\s*\]|〔\s*〕|(?<![A-Za-z])(?<![\dA-Z]{6})[XＸ]{2,}(?![-A-Za-z\d])|[×╳]{2,}|(?<!\d)TBD|【[^】/\n]{1,6}/[^】\n]{1,6}】|(?<=[年月])\s?_(?=\s?[月日])|\d{1,3}_\s?年|待定|后补|(?:后续|日后|以后|随后)补充(?!协议|约定|条款|说明|合同)|待补|(?:价格|单价|数量|规格|租金|方式|时间|标准|金额|费用|期限|地点)[^。;,]{0,6}(?:另行(?:商定|约定|协商确定)|待[^。;,]{0,4}(?:商定|协商确定))|另行商定"
)
_SPACES = re.compile(r"(?<=年)[ 　_]{2,}(?=月)|(?<=[一-鿿：:])[ 　_]{4,}(?=[，,。；;元日月年%％])")
# A line to write on belongs to signing; what was typed to be replaced does not.
_TYPED = re.compile(r"[XＸ×╳]{2,}|【|TBD|待定|\*{2,}")
_SIGNER = re.compile(
    r"(?:法定代表人|授权代表|委托代理人|代表人?|经办人|签约人)(?:或[^:\n]{2,8})?\s?(?:\(?(?:签字|签名|签章|盖章)(?:[或、/]?(?:签字|签名|盖章|签章))?\)?)?\s?:\s?([^\n:]{0,12})"
)
_OPEN = re.compile(r"^\s*(?:_{2,}|【\s*】|\[\s*\]|\(\s*\)|[XＸ×]{2,})")
_NAMED = re.compile(r"[一-鿿·]{2,4}(?![一-鿿]{8})")
_SIGN_LINE = re.compile(
    r"盖章|签章|签字|签名|签订日期|签署日期|公章|法定代表人|授权代表|^\s*日期|年\s*_*\s*月\s*_*\s*日\s*$|合同编号"
)


@check("blanks")
def blanks(rule: Rule, case: Case) -> Iterator[Hit]:
    """Unfilled places outside the signature block."""
    given = case.copy.given
    signed = _half_signed(case)
    places = [case.copy.back(*match.span()) for match in _BLANK.finditer(case.text)]
    found = sorted(
        {(one.start, one.end) for one in places} | {match.span() for match in _SPACES.finditer(given)}
    )
    kept = []
    for start, end in found:
        line = given[given.rfind("\n", 0, start) + 1 : (given.find("\n", end) + 1 or len(given) + 1) - 1]
        if signed or not _SIGN_LINE.search(line) or _TYPED.search(given[start:end]):
            kept.append(_around_blank(case, start, end))
    if kept:
        yield Hit(spans=tuple(kept[:20]), computed={"count": len(kept)})


def _half_signed(case: Case) -> bool:
    """Whether one signature line names who signs and another leaves that open."""
    named = [match[1] for match in _SIGNER.finditer(case.text)]
    return any(_OPEN.search(one) for one in named) and any(_NAMED.match(one) for one in named)


def _around_blank(case: Case, start: int, end: int) -> tuple[int, int]:
    """The place in the copy; blanks that it dropped are shown with the characters beside them."""
    first, last = case.copy.forth(start), case.copy.forth(end)
    if case.text[first:last].strip():
        return first, last
    return max(first - 1, 0), min(last + 1, len(case.text))


def _told(spans: tuple[tuple[int, int], ...], zh: str, en: str) -> Hit:
    return Hit(spans=spans, fill={"detail_zh": zh, "detail_en": en})


_REFERENCE = re.compile(
    r"(?:本合同|按|见|依据|根据|按照|依照|参照)?(?:本合同)?第\s?([一二三四五六七八九十百零〇\d]+)\s?条"
)
_ANNEX = re.compile(r"附[件表录][^\S\n]?([一二三四五六七八九十\d]+)")
_LIST = re.compile(r"附件(?:清单|目录|(?:仅|只)?(?:包括|有|为)|如下)?(?:如下)?\s?[:](.*)", re.DOTALL)


@check("references")
def references(rule: Rule, case: Case) -> Iterator[Hit]:
    """Clauses and annexes that are named and not there, terms that do not match their dates."""
    yield from _clauses_named(case)
    yield from _paragraphs_named(case)
    yield from _paragraphs_of_articles(case)
    yield from _annexes_named(case)
    yield from _annex_titles(case)
    yield from _dates_and_terms(case)


def _clauses_named(case: Case) -> Iterator[Hit]:
    own = {
        int(number(one))
        for one in re.findall(r"(?m)^[^\S\n]*第\s?([一二三四五六七八九十百零〇\d]+)\s?条", case.text)
    }
    own |= {int(number(one)) for one in re.findall(r"(?m)^[^\S\n]*([一二三四五六七八九十]+)、", case.text)}
    own |= {int(one) for one in re.findall(r"(?m)^[^\S\n]*(\d{1,2})[.、](?!\d)", case.text)}
    if len(own) < 2:
        return
    for match in _REFERENCE.finditer(case.text):
        line_start = case.text.rfind("\n", 0, match.start()) + 1
        before = case.text[line_start : match.start(1)]
        if not before.strip(" 第") or re.search(
            r"(?:[法典例释定]|(?:法|典|条例|规定|解释|办法|细则|规则|意见)(?:\([^()》]*\))?》)(?:第[^,。;]{1,8}条(?:第[^,。;]{1,4}[款项])*)*(?:[、和及至,或者与以]*第[^,。;]{1,8}条(?:第[^,。;]{1,4}[款项])*)*[、和及至,或者与以]*\s?第?$",
            before,
        ):
            continue
        target = int(number(match[1]))
        if re.search(
            r"《[^》]{2,30}(?:法|典|条例|规定|解释)》第|(?:合同法|民法典|劳动法)第",
            case.text[
                (case.section_at if case.contract_type == "labour" else case.clause_at)(match.start())[
                    0
                ] : match.start()
            ],
        ):
            continue
        if target not in own and target <= 200:
            yield _told((match.span(),), f"引用的第{match[1]}条不存在", f"clause {target} does not exist")
            return


_PARAGRAPH = re.compile(r"第\s?(\d{1,3}(?:\.\d{1,3})+)\s?[条款项]")
_OWN_PARAGRAPH = re.compile(r"(?m)^[^\S\n]*第?\s?(\d{1,3}(?:\.\d{1,3})+)")


def _paragraphs_named(case: Case) -> Iterator[Hit]:
    """Paragraphs with dotted numbers that are named and not there, in a text that numbers its own so."""
    own = {match[1] for match in _OWN_PARAGRAPH.finditer(case.text)}
    for match in _PARAGRAPH.finditer(case.text) if len(own) >= 2 else ():
        law = re.search(r"[》典法例]第?$", case.text[max(0, match.start() - 3) : match.start()])
        if match[1] not in own and not law:
            yield _told((match.span(),), f"引用的第{match[1]}条不存在", f"clause {match[1]} does not exist")
            return


_PARAGRAPH_OF = re.compile(r"第\s?([一二三四五六七八九十百\d]+)\s?条第\s?([一二三四五六七八九十\d]+)\s?款")


def _paragraphs_of_articles(case: Case) -> Iterator[Hit]:
    """A paragraph named as the so-and-so-manieth of an article whose paragraphs are numbered 9.1, 9.2 …"""
    own = {match[1] for match in _OWN_PARAGRAPH.finditer(case.text)}
    for match in _PARAGRAPH_OF.finditer(case.text):
        article, place = int(number(match[1])), int(number(match[2]))
        numbered = any(one.startswith(f"{article}.") for one in own)
        law = re.search(r"[》典法例释定]$", case.text[max(0, match.start() - 1) : match.start()])
        if numbered and not law and f"{article}.{place}" not in own:
            yield _told(
                (match.span(),), f"引用的{match[0]}不存在", f"clause {article}.{place} does not exist"
            )
            return


_NAMED_RUN = re.compile(
    rf"{_ANNEX.pattern}[^\S\n]?《[^》\n]{{1,40}}》(?:[、,和及与]{{1,2}}{_ANNEX.pattern}[^\S\n]?《[^》\n]{{1,40}}》)+"
)


def _annexes_named(case: Case) -> Iterator[Hit]:
    run = _NAMED_RUN.search(case.text)
    if run:
        attached = {number(one[1]) for one in _ANNEX_LINE.finditer(case.text, run.end())}
        listed = attached or {number(one) for one in _ANNEX.findall(run[0])}
        for match in _ANNEX.finditer(case.text):
            if number(match[1]) not in listed:
                yield _told((match.span(),), f"附件{match[1]}没有列出", f"annex {match[1]} is not listed")
                return
        return
    listing = _LIST.search(case.text)
    if not listing:
        yield from _annex_lines(case)
        return
    listed = set(_ANNEX.findall(listing[1])) | set(
        re.findall(r"(?:^|[\n;,])[^\S\n]*([一二三四五六七八九十\d]+)[、.]", listing[1])
    )
    for match in _ANNEX.finditer(case.text[: listing.start()]):
        if listed and match[1] not in listed:
            yield _told(
                (match.span(),), f"附件{match[1]}不在附件清单中", f"annex {match[1]} is not in the list"
            )
            return


_ANNEX_LINE = re.compile(
    r"(?m)^[^\S\n]*附[件表录]\s?([一二三四五六七八九十\d]+)\s?(?:[:《]|[^。;,\n系是为:]{2,20}:|[^。;,\n系是为]{0,24}$|[^。;,(\n系是为]{0,20}\([^()\n]*\)$)"
)


def _annex_lines(case: Case) -> Iterator[Hit]:
    """Annexes listed line by line at the end; one that is named and not among them is missing."""
    lines = list(_ANNEX_LINE.finditer(case.text))
    defined = {
        number(one) for one in re.findall(rf"(?:作为|列为|列作|即为|是|系){_ANNEX.pattern}", case.text)
    }
    listed = defined | {
        number(one)
        for line in lines
        for one in _ANNEX.findall(case.text[line.start() :].lstrip("\n").split("\n")[0])
    }
    for match in _ANNEX.finditer(case.text[: lines[0].start()] if lines else ""):
        if number(match[1]) not in listed:
            yield _told((match.span(),), f"附件{match[1]}没有列出", f"annex {match[1]} is not listed")
            return


_TITLED = re.compile(rf"{_ANNEX.pattern}\s?[:]?\s?《(?P<title>[^》\n]{{2,30}})》")


def _annex_titles(case: Case) -> Iterator[Hit]:
    """One number of an annex that goes by two titles."""
    titles: dict[object, str] = {}
    for match in _TITLED.finditer(case.text):
        known = titles.setdefault(number(match[1]), match["title"])
        if known not in match["title"] and match["title"] not in known:
            yield _told(
                (match.span(),), f"附件{match[1]}在别处称“{known}”", f"annex {match[1]} is titled otherwise"
            )
            return


_TERM_OF = re.compile(
    rf"{TERM_WORDS}|为期|历时|工期"
    r"|[一-鿿]{2,6}期(?:限|间)?(?:为|是|:|共计?)?(?=\s?[\d一二两三四五六七八九十]+\s?个?(?:年|月))"
)


def _dates_and_terms(case: Case) -> Iterator[Hit]:
    for first, last, start, end in ranges(case.text):
        if last < first:
            yield _told(((start, end),), "结束日期早于开始日期", "the end is before the start")
            return
        sentence = case.sentence_at(start)
        before = sentence.text[: start - sentence.start]
        label = list(_TERM_OF.finditer(before))
        if label and re.search(r"试用|其中|质保|保修|免租|装修|服务期", before[label[-1].end() :]):
            continue  # these dates are of something else
        stated = next(lengths(before[label[-1].end() :]), None) if label else None
        after = re.match(r"\s?止?,?\(?(?:共计?|合计|即|为期|计)\s?([^,。;)]{1,8})", case.text[end:])
        if not stated and after:
            stated = next(lengths(after[1]), None)
        if stated and stated.months >= 1 and abs(stated.months - months_between(first, last)) > 1:
            years = f"{stated.months:f}".rstrip("0").rstrip(".")
            yield _told(
                ((sentence.start + label[-1].start() if label else start, end),),
                f"约定期限为{years}个月，与起止日期不符",
                f"the stated {years} months do not match the dates",
            )
            return


_EMPTY = re.compile(
    r"(?m)^[^\S\n]*(?:甲\s?方|乙\s?方|丙\s?方|出租[方人]|承租[方人]|买\s?方|卖\s?方|用人单位|劳动者|披露方|接收方|委托方|受托方)\s?(?:\((?!盖|签|公|以下)[^()\n]*\))?\s?(?:名称|姓名)?:\s*(?:_+\s*)?$"
)
_PLACEHOLDER = re.compile(r"^(?:某|XX|××|\*\*)|某(?:某)?(?:公司|单位|个人)?$")
_SUFFIX = re.compile(r"\([^()]*\)|有限责任公司|股份有限公司|有限公司|\s|[_:,。;、]")
# "供方（乙方）：…" and "出租人：…（以下称“甲方”）" are two labels of one party.
_ALSO = re.compile(
    rf"({LABEL})\s?(?:(\()({LABEL})\)\s?:|:[^\n(]{{2,40}}\((?:以下)?(?:简|下)?称(?:为)?[“\"]?({LABEL})[”\"]?\))"
)
_AFTER_NAME = re.compile(
    r"(?:法定|授权|签约|委托)(?:代表|代理)人?|代表人?(?=$|[:_(\s\d])|代理人|(?:主要|企业|单位)?负责人|经办人|联系人|签字|签名|签章|盖章|(?:签订|签署|签约)?日期|时间|地址|住所|电话|账号"
    r"|\d{4}\s?年|[〇零一二三四五六七八九]{4}年|[XＸ_]{2,}"
)


_TOLD_LATER = re.compile(
    r"(?:代码|住所|地址|名称|全称|身份证号?|证件号?码?|执照|信息|资料)[^。;\n]{0,10}(?:以后|日后|后续|事后|随后|稍后|嗣后|另行|待|容后|过后)[^。;,\n]{0,4}(?:补|提供|填|报|告)"
)


@check("parties_complete")
def parties_complete(rule: Rule, case: Case) -> Iterator[Hit]:
    """Names that are missing, differ between head and signature, or carry a wrong code."""
    head_end = _head_end(case)
    for match in _EMPTY.finditer(case.text[:head_end]):
        yield _told((match.span(),), "首部没有填写当事人名称", "a party is not named at the head")
        return
    for party in case.facts.parties:
        span = ((party.span.start, party.span.end),)
        if party.span.start < head_end and party.name and _PLACEHOLDER.search(party.name):
            yield _told(span, f"{party.label}的名称是占位", f"the name of {party.label} is a placeholder")
            return
        if party.credit_code_valid is False:
            yield _told(
                span,
                f"{party.label}的统一社会信用代码校验不符",
                f"the credit code of {party.label} fails its check digit",
            )
            return
    later = _TOLD_LATER.search(case.text[:head_end])
    if later:
        yield _told((later.span(),), "当事人信息留待以后补报", "details of a party are left for later")
        return
    hits = [
        *_by_half(case, head_end),
        *_unsigned(case),
        *_one_without_a_signatory(case),
        *_another_represents(case, head_end),
        *_numbers_of_nobody(case),
        *_signed_otherwise(case),
    ]
    yield from hits or signed_by_all(case, head_end)


_IDENTITY = re.compile(
    r"公民身份|身份号码|[,，]住[一-鿿]{2}|代码|住所|地址|住址|身份证|证件|法定代表人|负责人|营业执照|电话|联系"
)


def _by_half(case: Case, head_end: int) -> Iterator[Hit]:
    """Of two parties at the head, one is described and the other has no more than a name."""
    known = [one for one in case.facts.parties if one.span.start < head_end and one.name][:2]
    starts = [one.span.start for one in case.facts.parties] + [head_end]
    told = {
        one.label: len(
            _IDENTITY.findall(case.text[one.span.end : min(at for at in starts if at > one.span.start)])
        )
        for one in known
    }
    yield from _one_lacks(case, known, [*starts])
    for one in known if max(told.values(), default=0) >= 2 else []:
        if not told[one.label]:
            yield _told(
                ((one.span.start, one.span.end),),
                f"{one.label}只有名称，没有代码、住所等身份信息",
                f"{one.label} has a name and nothing that identifies it",
            )
            return


_ITEMS = (
    (r"代码[^\n,。;]{0,6}?[0-9A-Z]{6}", "统一社会信用代码", "credit code"),
    (r"(?:住\s?所\s?地?|地址|住址|注册于|注册地|位于)[^\n,。;]{0,4}?[一-鿿]{3}", "住所或者地址", "address"),
)


def _one_lacks(case: Case, firms: Sequence[Party], starts: Sequence[int]) -> Iterator[Hit]:
    """Of two firms at the head, one has a credit code or an address and the other has none."""
    if len(firms) != 2 or not all(re.search(FIRM, one.name) for one in firms):
        return
    told = [case.text[one.span.end : min(at for at in starts if at > one.span.start)] for one in firms]
    if not any(all(re.search(form, one) for form, _, _ in _ITEMS) for one in told):
        return
    for form, zh, en in _ITEMS:
        there = [bool(re.search(form, one)) for one in told]
        if any(there) and not all(there):
            bare = firms[there.index(False)]
            yield _told(
                ((bare.span.start, bare.span.end),), f"{bare.label}没有写明{zh}", f"{bare.label} has no {en}"
            )
            return


def _unsigned(case: Case) -> Iterator[Hit]:
    """One party's representative is named in the signature block, the other's is left open."""
    if not _half_signed(case):
        return
    for match in _SIGNER.finditer(case.text):
        if _OPEN.search(match[1]):
            yield _told((match.span(),), "签署页有一方没有写明代表人", "one party's signatory is left open")
            return


_FIRM_SIGNS = re.compile(
    rf"(?m)^[^\S\n]*(?:{LABEL})\s?(?:\([^()\n]*\))?\s?:?[^\n]*(?:公司|厂|中心|集团|医院|学校|研究院|合作社)[^\n]*\((?:公章|盖章|签章|章)\)"
    rf"|(?m:^)[^\S\n]*(?:{LABEL})\s?\((?:公章|盖章|签章|章)\)\s?:[^\n]*(?:公司|厂|中心|集团|医院|学校|研究院|合作社)"
)


def _one_without_a_signatory(case: Case) -> Iterator[Hit]:
    """Of two firms that put their seals, one names who signs and the other does not."""
    blocks = list(_FIRM_SIGNS.finditer(case.text, _head_end(case)))
    if len(blocks) != 2:
        return
    ends = [blocks[1].start(), len(case.text)]
    parts = [
        case.text[one.start() : min(end, one.end() + 120)] for one, end in zip(blocks, ends, strict=True)
    ]
    named = [bool(_NAMED_SIGNER.search(part)) for part in parts]
    if named.count(True) == 1 and not _TYPED.search(parts[named.index(False)]):
        bare = blocks[named.index(False)]
        yield _told((bare.span(),), "签署页有一方没有写明代表人", "one party names nobody who signs")


_REPRESENTS = re.compile(
    r"法定代表人(?:\(?(?:签字|签名|签章|盖章)(?:[或、/]?(?:签字|签名|盖章|签章))?\)?)?\s?[:(]?\s?(?:为|是|系)?(?P<name>[一-鿿]{2,4})(?![一-鿿])"
)


def _another_represents(case: Case, head_end: int) -> Iterator[Hit]:
    """As many legal representatives at the head as in the signature block, and one of them is another."""
    head = list(_REPRESENTS.finditer(case.text[:head_end]))
    names = {one["name"] for one in head}
    block = [one for one in _REPRESENTS.finditer(case.text, head_end) if SIGN_WORDS.search(_line(one, case))]
    if len(head) != 2 or len(block) != 2:
        return
    for one in block:
        if one["name"] not in names:
            yield _told(
                (one.span(),),
                f"签署页的法定代表人“{one['name']}”与首部不一致",
                f"the legal representative {one['name']} is not the one at the head",
            )
            return


def _line(match: re.Match[str], case: Case) -> str:
    """The line of a match and the one before it."""
    start = case.text.rfind("\n", 0, max(case.text.rfind("\n", 0, match.start()), 0)) + 1
    return case.text[start : match.end() + 12]


_CODE = re.compile(r"社会信用代码(?:证号)?\s?(?:为|是)?:?\s?(?P<code>[0-9A-Z]{10,24})(?![0-9A-Z])")
_ID = re.compile(r"(?:身份证|证件|身份)(?:号码?)?\s?:?\s?(?P<id>\d{17}[\dXx])(?!\d)")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _numbers_of_nobody(case: Case) -> Iterator[Hit]:
    """Credit codes that have not 18 characters (GB 32100), identity numbers that fail GB 11643."""
    for match in _CODE.finditer(case.text):
        if len(match["code"]) != 18:
            yield _told(
                (match.span(),), "统一社会信用代码不是18位", "a credit code has other than 18 characters"
            )
            return
    for match in _ID.finditer(case.text):
        digits = match["id"].upper()
        check = sum(int(one) * weight for one, weight in zip(digits, _ID_WEIGHTS, strict=False)) % 11
        if "10X98765432"[check] != digits[17]:
            yield _told((match.span(),), "身份证号码校验不符", "an identity number fails its check digit")
            return


_NAMED_SIGNER = re.compile(
    r"(?:法定代表人|负责人|授权代表|委托代理人|代表人?|代理人|经办人)[^:\n]{0,10}:\s?[一-鿿A-Za-z·]{2,}"
)


def _name_in(text: str) -> str:
    """The party's name in what follows its label: nobody's office, no date, no other party."""
    own = re.split(rf"(?:^|\s)(?:{LABEL})\s?(?=[(:]|$)", text)[0]
    return _AFTER_NAME.split(re.sub(r"\([^()]*\)", "", own))[0].strip()


def _label_of(role: str, case: Case) -> str:
    """The label of the party that a role in the signature block stands for."""
    mine = role_of(role)
    return next((one.label for one in case.facts.parties if mine and one.role == mine), "")


def _head_end(case: Case) -> int:
    first = re.search(
        r"(?m)^[^\S\n]*(?:第[一二三四五六七八九十\d]+条|[一二三四五六七八九十]+、|1[.、]|A[.、])", case.text
    )
    return first.start() if first else len(case.text)


def _stands_in(name: str, line: str) -> bool:
    """Whether a line has the whole name, with whatever else stands there, and not a longer one."""
    found = re.search(rf"{re.escape(name)}(?P<more>[一-鿿])?", line)
    return bool(found and (not found["more"] or re.search(r"公司|所|社|店|厂|部|院|中心|集团", name[-2:])))


def _signed_otherwise(case: Case) -> Iterator[Hit]:
    heads = [one for one in case.facts.parties if one.name and one.span.start < _head_end(case)]
    names = {one.label: one.name for one in heads or case.facts.parties if one.name}
    for match in _ALSO.finditer(case.text[: _head_end(case)]):
        both = [re.sub(r"\s", "", label) for label in (match[1], match[3] or match[4])]
        named = next((names[label] for label in both if label in names), "")
        names |= {label: named for label in both if named}
    for line in re.finditer(
        rf"({LABEL})[ \t]?(?:\([^()\n]*\))?[ \t]?:[ \t]?(?=([^\n:]*))",
        case.text[_head_end(case) :],
    ):
        start = _head_end(case) + line.start()
        if not SIGN_WORDS.search(line[0] + line[2]):
            continue
        label, signed = (
            re.sub(r"\s", "", line[1]),
            _name_in(line[2]),
        )
        head = names.get(label, "") or names.get(_label_of(label, case), "")
        if not _SUFFIX.sub("", signed) or not head:
            continue
        before = case.text[max(0, start - 1) : start]
        if label in ("公司", "平台", "客户", "业主") and re.match(r"[㐀-鿿]", before):
            continue  # the end of a name: 澄岸公司
        branch = re.search(r"(?:分公司|分店|分部|营业部|办事处)$", signed)
        if branch and not head.endswith(branch[0]):
            yield _told(
                ((start, start + len(line[0] + line[2].rstrip())),),
                f"签署页是“{signed}”，首部是“{head}”",
                f"signed by a branch, {signed}, while {head} stands at the head",
            )
            return
        if not _stands_in(head, line[2]) and _SUFFIX.sub("", signed) != _SUFFIX.sub("", head):
            yield _told(
                ((start, start + len(line[0] + line[2].rstrip())),),
                f"签署页的“{signed}”与首部的“{head}”不一致",
                f"signed as {signed}, named {head} at the head",
            )
            return
