"""Checks of English contracts: results, forum, audit, insurance, data, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.checks.english import CARVED, LENGTH, at, days_of, told
from verticals.contract_review.domain.playbook import Rule

I = re.IGNORECASE  # noqa: E741  as in re
_MADE = re.compile(
    r"\bdevelop|\bdeliverables?\b|\bwork product\b|\bdesigns?\b|\bcreative materials|"
    r"\bcustom (?:code|reports)|\bwebsite\b|\binvention",
    I,
)
_OWNED = re.compile(
    r"\b(?:vest|vests|assigns?|owned by|shall own|owns|ownership|belongs? to|"
    r"work(?:s)? made for hire|property of|title and interest)\b",
    I,
)
_JOINT = re.compile(r"\bjointly own\w*|\bowned jointly|\bjoint (?:property|ownership)", I)


@check("en_ownership")
def ownership(rule: Rule, case: Case) -> Iterator[Hit]:
    joint = _JOINT.search(case.text)
    if joint:
        if not re.search(r"\bexploit|\blicense them|\baccounting|\bwithout the consent", case.text, I):
            yield Hit(
                spans=(joint.span(),),
                fill=told("约定共有而没有使用规则", "joint ownership without rules of use"),
            )
        return
    made = _MADE.search(case.text)
    if made and not _OWNED.search(case.text):
        yield Hit(
            spans=(made.span(),), fill=told("没有约定成果归谁所有", "nothing says who owns the results")
        )


_LICENCE = re.compile(r"\blicen[cs]e|\bright to use|\brights granted|\bmay use the\b", I)
_BOUNDLESS = re.compile(r"\b(?:perpetual|irrevocabl[ey]|unlimited|in perpetuity|all-you-can)\b", I)
_LIMITED = re.compile(
    r"\bfor the term|\bterminate for|\brevoke\b|\binternal (?:business )?purposes|\blimited to \d", I
)


@check("en_licence")
def licence(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        if not _LICENCE.search(text) or re.search(r"\bletter of credit|\bno licen[cs]e\b", text, I):
            continue
        wide = _BOUNDLESS.search(text)
        if wide and not _LIMITED.search(text) and case.side != "甲方":
            yield Hit(
                spans=at(sentence, wide),
                fill=told("永久、不可撤销或者无限制", "perpetual, irrevocable or unlimited"),
            )
            return
        narrow = re.search(r"\bnon-?transferable\b", text, I)
        if (
            narrow
            and case.side != "乙方"
            and re.search(
                r"\bnot[^.;]{0,30}(?:affiliates|subsidiaries)|affiliates are excluded",
                case.around(sentence.start),
                I,
            )
        ):
            yield Hit(
                spans=at(sentence, narrow),
                fill=told("不可转让且排除关联公司", "not transferable, affiliates excluded"),
            )
            return


PLACES = re.compile(
    r"\b(England|Wales|English|London|New York|Delaware|Texas|Houston|California|Germany|"
    r"German|Singapore|SIAC|Geneva|Swiss|Switzerland|Hong Kong|HKIAC|Ireland|Irish|France|"
    r"French|Japan|Tokyo|Ontario|Canada|Illinois|Florida|India|China|PRC|Netherlands|"
    r"Massachusetts|New Jersey|Nevada|Virginia|Washington)\b"
)
SAME = {
    "Wales": "England", "English": "England", "London": "England", "Houston": "Texas", "German": "Germany",
    "SIAC": "Singapore", "Swiss": "Switzerland", "Geneva": "Switzerland", "HKIAC": "Hong Kong",
    "Irish": "Ireland",
    "French": "France", "Tokyo": "Japan", "Canada": "Ontario", "PRC": "China",
}  # fmt: skip
_LAW = re.compile(r"\bgovern|\blaws? of\b|\bconstrued\b|\b\w+ law\b", I)
_FORUM = re.compile(r"\bcourts?\b|\bjurisdiction\b|\bvenue\b|\barbitrat|\bheard in\b", I)


@check("en_forum")
def forum(rule: Rule, case: Case) -> Iterator[Hit]:
    """No law or forum, or law and forum of different places."""
    law: dict[str, tuple[int, int]] = {}
    venue: dict[str, tuple[int, int]] = {}
    for sentence in case.sentences:
        for part in re.finditer(r"[^,;.]+(?:[,;.]|$)", sentence.text):
            _note(sentence.start + part.start(), part[0], law, venue)
    if not _LAW.search(case.text) and not _FORUM.search(case.text):
        yield Hit(fill=told("没有约定准据法和争议解决", "no governing law and no forum"))
    elif law and venue and not set(law) & set(venue):
        yield Hit(
            spans=tuple(sorted([next(iter(law.values())), *venue.values()])),
            fill=told("准据法与管辖地不一致", "law and forum are of different places"),
        )
    elif len(set(venue)) >= 2:
        yield Hit(
            spans=tuple(sorted(venue.values())), fill=told("约定了多个管辖地", "several forums are named")
        )


def _note(start: int, text: str, law: dict[str, tuple[int, int]], venue: dict[str, tuple[int, int]]) -> None:
    for pair in re.split(r"\band (?=the (?:courts|laws)|disputes|venue|arbitrated)", text):
        offset = text.index(pair)
        is_venue, is_law = _FORUM.search(pair), _LAW.search(pair)
        for match in PLACES.finditer(pair):
            name = SAME.get(match[1], match[1])
            span = (start + offset + match.start(), start + offset + match.end())
            if is_venue and not (is_law and match.start() < is_venue.start()):
                venue.setdefault(name, span)
            elif is_law:
                law.setdefault(name, span)


_AUDIT = re.compile(
    r"\b(?:may|right to|shall permit|can)\b[^.;]{0,30}\b(?:audits?|inspect|examine|"
    r"access all books)\b|\baudit (?:may be made|is held)",
    I,
)
LIMITS = (
    (r"\bonce\b|\bannual|\bone audit|\bper (?:calendar )?year|\btwelve[- ]month", "频次", "frequency"),
    (r"\bnotice\b", "通知", "notice"),
    (r"\bconfiden", "保密", "confidentiality"),
)


@check("en_audit")
def audit(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = _AUDIT.search(sentence.text)
        if (
            not match
            or re.search(r"\bwithout notice\b", sentence.text, I) is None
            and re.search(r"Tenant shall inspect|inspection of the goods", sentence.text)
        ):
            continue
        clause = re.sub(r"without notice", "", case.around(sentence.start), flags=I)
        missing = [(zh, en) for form, zh, en in LIMITS if not re.search(form, clause, I)]
        if len(missing) >= 2:
            yield Hit(
                spans=at(sentence, match),
                fill={
                    "missing_zh": "、".join(zh for zh, _ in missing),
                    "missing_en": ", ".join(en for _, en in missing),
                },
            )
            return


_INSURE = re.compile(
    r"\b(?:maintain|carry|keep|obtain|procure|take out|hold|insure)\b[^.;]{0,60}\binsur|\bshall insure\b", I
)
_SUM = re.compile(
    r"[$€£]\s?\d|\b(?:USD|EUR|GBP)\s?\d|\b\d[\d,.]*\s?(?:million|dollars|euros)|\b(?:one|two|"
    r"three|five|ten) million",
    I,
)


@check("en_insurance")
def insurance(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = _INSURE.search(sentence.text)
        if match and not _SUM.search(case.around(sentence.start)):
            yield Hit(spans=at(sentence, match))
            return


_AS_IS = re.compile(r"\bas[- ]is\b", I)
_WARRANTY = re.compile(r"\bwarrant(?:s|ed|y)\b", I)


@check("en_warranty")
def warranty(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        as_is = _AS_IS.search(text)
        if as_is and not re.search(r"\bfree\b|\btrial\b|confidential information", text, I):
            yield Hit(spans=at(sentence, as_is), fill=told("按现状提供", "supplied as is"))
            return
        if not _WARRANTY.search(text):
            continue
        for one in LENGTH.finditer(text):
            if days_of(one) < case.threshold(rule, "days"):
                yield Hit(
                    spans=at(sentence, one),
                    fill=told(f"保修期只有{days_of(one):.0f}日", f"only {days_of(one):.0f} days"),
                )
                return


_PERSONAL = re.compile(
    r"\bpersonal(?:ly)? (?:data|information|identifiable)|\bpersonally identifiable|"
    r"\bprotected health information",
    I,
)
_DPA = re.compile(r"\bDPA\b|data (?:processing|protection) (?:agreement|addendum)", I)
_BREACH = re.compile(r"\b(?:breach|security)\b", I)


@check("en_data")
def data(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = _PERSONAL.search(sentence.text)
        late = [
            one
            for one in LENGTH.finditer(sentence.text)
            if _BREACH.search(sentence.text) and days_of(one) * 24 > case.threshold(rule, "hours")
        ]
        if late and (match or re.search(r"data breach", sentence.text, I)):
            yield Hit(
                spans=at(sentence, late[0]),
                fill=told("泄露通知晚于72小时", "breach notice later than 72 hours"),
            )
            return
        none = re.search(r"\bno personal|\bnot (?:receive|process)", sentence.text, I)
        if match and not none and not _DPA.search(case.text):
            yield Hit(
                spans=at(sentence, match),
                fill=told("没有数据处理协议", "there is no data processing agreement"),
            )
            return


BOILERPLATE = (
    (r"\bentire (?:agreement|understanding)|\bwhole agreement|\bsupersede", "完整协议", "entire agreement"),
    (
        r"\b(?:amend|modif|vari|chang)\w*[^.;]{0,50}\b(?:writ|sign)|\b(?:written|"
        r"signed)[^.;]{0,14}(?:amend|modif|variation)|\bno variation[^.;]{0,40}writing",
        "书面变更",
        "amendment in writing",
    ),
    (r"\bseverab|\bsevered|\binvalid\w*|\bunenforceable", "可分割性", "severability"),
    (r"\bnotices?\b", "通知", "notices"),
)


@check("en_boilerplate")
def boilerplate(rule: Rule, case: Case) -> Iterator[Hit]:
    missing = [(zh, en) for form, zh, en in BOILERPLATE if not re.search(form, case.text, I)]
    if missing:
        yield Hit(
            computed={"missing": [en for _, en in missing]},
            fill={
                "missing_zh": "、".join(zh for zh, _ in missing),
                "missing_en": ", ".join(en for _, en in missing),
            },
        )


_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b({_MONTHS})\s+(\d{{1,2}}),?\s+(\d{{4}})\b", I)
_EMPTY = re.compile(r"_{3,}|\[\s*[●•]\s*\]|\[(?:insert|TBD|to be)[^\]]*\]|\bTBD\b|\[\s*\]", I)
_SIGNING = re.compile(r"\b(?:by|name|title|date|signature|its)\s*:", I)


@check("en_dates")
def dates(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        blank = _EMPTY.search(sentence.text)
        if blank and not _SIGNING.search(sentence.text):
            yield Hit(spans=at(sentence, blank), fill=told("留有空白", "a blank is to be filled in"))
            return
    yield from _order(case)
    use = re.search(r"\bEffective Date\b", case.text)
    defined = re.search(
        r"[“\"(]\s?(?:the )?[“\"]?Effective Date[”\"]?|Effective Date\s?(?:”|\")?\s?(?:means|"
        r"shall be|is|:)|effective date:",
        case.text,
        I,
    )
    if use and not defined and not CARVED.search(case.text[use.start() : use.end() + 4]):
        yield Hit(spans=(use.span(),), fill=told("“生效日”没有定义", '"Effective Date" is not defined'))


def _order(case: Case) -> Iterator[Hit]:
    found = [(match, _day(match)) for match in _DATE.finditer(case.text)]
    for (first, begin), (last, end) in zip(found, found[1:], strict=False):
        near = case.text[max(0, first.start() - 40) : last.end()]
        if (
            begin
            and end
            and end < begin
            and re.search(r"effective|starts?|begins?|from", near, I)
            and re.search(r"expir|ends?|until|\bto\b", near, I)
        ):
            yield Hit(
                spans=(first.span(), last.span()),
                fill=told("结束日早于起始日", "the end is before the start"),
            )
            return


def _day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[3]), _MONTHS.lower().split("|").index(match[1].lower()) + 1, int(match[2]))
    except ValueError:
        return None
