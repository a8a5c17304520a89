"""Checks of English contracts: liability, term, transfer, money."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.case import Case, Hit, check
from verticals.contract_review.domain.playbook import Rule
from verticals.contract_review.domain.segments import Sentence
from verticals.contract_review.figures import NUMBER, PERIODS_A_YEAR, number, percents, rates

I = re.IGNORECASE  # noqa: E741  as in re
SPELLED = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
    "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30,
    "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
_WORDS = "|".join(sorted(SPELLED, key=len, reverse=True))
LENGTH = re.compile(
    rf"\b(?:(?P<d>\d+)|(?P<w>{_WORDS}))(?:\s?\((?P<p>\d+)\))?[\s-]*(?:calendar |business |"
    rf"working )?(?P<u>hours?|days?|weeks?|months?|years?)\b",
    I,
)
UNIT_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
MUTUAL = re.compile(
    r"\b(?:neither|either|each|both|any|no) (?:of the )?part(?:y|ies)\b|\bthe parties\b|\bmutual", I
)


def days_of(match: re.Match[str]) -> float:
    count = int(match["d"]) if match["d"] else SPELLED[match["w"].lower()]
    return count * UNIT_DAYS[match["u"].lower().rstrip("s")]


def at(sentence: Sentence, match: re.Match[str]) -> tuple[tuple[int, int], ...]:
    return ((sentence.start + match.start(), sentence.start + match.end()),)


def told(zh: str, en: str) -> dict[str, str]:
    return {"detail_zh": zh, "detail_en": en}


_LIABLE = re.compile(r"\bliab(?:le|ility)\b", I)
_UNLIMITED = re.compile(
    r"\b(?:unlimited|uncapped|without limit)\b[^.;]{0,30}(?:liab|$)|"
    r"\bliab[^.;]{0,60}\b(?:unlimited|uncapped|without limit)|"
    r"\bno limitation on[^.;]{0,30}liab|\bnothing shall limit the liab|unlimited liability",
    I,
)
_CAP = re.compile(
    r"\bliab\w+[^.;]{0,90}?\b(?:(?:shall|will|does|may) not(?: be)? (?:exceed|greater)|"
    r"not exceed|exceed|is limited to|limited to|capped at|is capped|cap is|maximum|"
    r"not be greater)|\b(?:maximum|aggregate|total|cumulative) (?:aggregate )?liability|"
    r"\bliability cap\b|\bliability is limited|\blimited liability",
    I,
)


@check("en_uncapped")
def uncapped(rule: Rule, case: Case) -> Iterator[Hit]:
    if not _LIABLE.search(case.text):
        return
    open_ended = _UNLIMITED.search(case.text)
    if open_ended or not _CAP.search(case.text):
        if not open_ended and not re.search(
            r"\b(?:is|be|are|makes)[\w ,]{0,30}\bliable\b|\bliability of\b", case.text, I
        ):
            return
        place = open_ended or _LIABLE.search(case.text)
        yield Hit(spans=(place.span(),)) if place else Hit()


CARVED = re.compile(r"\bexcept|\bsave for|\bexclud|\bdoes not apply|\bother than|\bsubject to section", I)
_FEES = re.compile(r"(?:preceding|prior|previous|before|last|in the|during the)", I)


@check("en_cap")
def cap(rule: Rule, case: Case) -> Iterator[Hit]:
    """A cap below a year's fees (customer), above two years' (supplier), or without carve-outs."""
    for sentence in case.sentences:
        match = _CAP.search(sentence.text)
        if not match or not re.search(r"exceed|limited|capped|maximum|cap\b|greater", sentence.text, I):
            continue
        months = _cap_months(sentence.text[match.start() :])
        detail = _cap_fault(rule, case, sentence.text, months)
        if detail:
            yield Hit(
                spans=((sentence.start + match.start(), sentence.start + len(sentence.text.rstrip())),),
                computed={"months": months or 0},
                fill=told(*detail),
            )
            return


def _cap_fault(rule: Rule, case: Case, text: str, months: float | None) -> tuple[str, str] | None:
    carved = CARVED.search(text)
    if months is not None and months < case.threshold(rule, "least_months") and case.side != "乙方":
        return (
            f"上限约相当于{months:.0f}个月费用，低于12个月",
            f"the cap is about {months:.0f} months' fees, below twelve",
        )
    if months is not None and months > case.threshold(rule, "most_months") and case.side == "乙方":
        return (
            f"上限约相当于{months:.0f}个月费用，高于24个月",
            f"the cap is about {months:.0f} months' fees, above twenty-four",
        )
    if not carved:
        return "没有列明例外", "no carve-outs are listed"
    return None


def _cap_months(text: str) -> float | None:
    share = re.search(r"(\d+|ten|twenty|fifty)\s?(?:%|percent)[^.;]{0,20}\b(?:annual )?fees", text, I)
    if share:
        value = int(share[1]) if share[1].isdigit() else SPELLED[share[1].lower()]
        return 12 * value / 100
    if re.search(r"last invoice|prior month|previous month|last month|one month", text, I):
        return 1
    times = re.search(r"(two|three|\d) times the annual", text, I)
    if times:
        return 12 * (int(times[1]) if times[1].isdigit() else SPELLED[times[1].lower()])
    lengths = [days_of(one) / 30 for one in LENGTH.finditer(text)]
    return round(max(lengths)) if lengths else None


_INDEMNIFY = re.compile(r"\b(?:indemnif(?:y|ies)|hold[\w ]{0,30}harmless)\b", I)
_PROCEDURE = (
    re.compile(r"\bnotice\b", I),
    re.compile(r"\bcontrols?\b", I),
    re.compile(r"\bcooperat|\bassist", I),
)


@check("en_indemnity")
def indemnity(rule: Rule, case: Case) -> Iterator[Hit]:
    found = [(one, match) for one in case.sentences if (match := _INDEMNIFY.search(one.text))]
    for sentence, match in found:
        if re.search(r"\b(?:no|neither|not be required)\b", sentence.text[: match.start()], I):
            continue
        mutual = re.search(
            r"\b(?:each|both)\b|\bmutual|\bparties shall indemnify each other|same terms", case.text, I
        )
        steps = sum(bool(form.search(case.text)) for form in _PROCEDURE)
        if not mutual:
            yield Hit(
                spans=at(sentence, match), fill=told("只有一方承担赔偿保证", "only one side indemnifies")
            )
            return
        if steps < 2:
            yield Hit(
                spans=at(sentence, match),
                fill=told(
                    "没有通知、抗辩控制和协助的程序", "no notice, control of the defence or cooperation"
                ),
            )
            return


_RENEWS = re.compile(
    r"\b(?:auto[- ]?renews?|automatic(?:ally)?[\w ]{0,16}(?:renew\w*|extended?|continue)|"
    r"renew\w* (?:is |shall be )?automatic(?:ally)?|renews automatically|deemed renewed|"
    r"automatic renewal)\b",
    I,
)


@check("en_renewal")
def renewal(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = _RENEWS.search(sentence.text)
        if not match or re.search(r"\b(?:not|no)\b[\w ]{0,12}renew", sentence.text, I):
            continue
        notice = [
            days_of(one)
            for one in LENGTH.finditer(sentence.text)
            if re.search(
                r"\bnotice|\bprior|\bbefore|\bin advance|\bunless|\bcancel",
                sentence.text[max(0, one.start() - 40) : one.end() + 24],
                I,
            )
            and not re.search(
                r"successive|additional|further|periods?",
                sentence.text[max(0, one.start() - 16) : one.end() + 8],
                I,
            )
        ]
        days = notice[-1] if notice else None
        least, most = case.threshold(rule, "least_days"), case.threshold(rule, "most_days")
        if days is None or not least <= days <= most:
            zh = "没有约定不续约的通知期" if days is None else f"不续约的通知期为{days:.0f}日"
            en = "no period of notice" if days is None else f"notice of non-renewal is {days:.0f} days"
            yield Hit(spans=at(sentence, match), fill=told(zh, en))
            return


_CONVENIENCE = re.compile(
    r"\bterminat\w*[^.;]{0,60}\b(?:for (?:its )?convenience|without cause|at will|"
    r"for any reason|no reason|sole discretion|at any time)\b|\bcancel at any time|"
    r"\bfor convenience\b",
    I,
)


@check("en_convenience")
def convenience(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        match = _CONVENIENCE.search(sentence.text)
        if not match or re.search(r"\bneither\b|\bmay not\b", sentence.text, I):
            continue
        both = re.search(r"\b(?:either|each|both|any) part(?:y|ies)\b", sentence.text, I)
        days = [days_of(one) for one in LENGTH.finditer(sentence.text)]
        if not both:
            yield Hit(spans=at(sentence, match), fill=told("只有一方享有", "only one side has it"))
            return
        if not days or min(days) < case.threshold(rule, "days"):
            yield Hit(spans=at(sentence, match), fill=told("通知期短于30日", "less than thirty days' notice"))
            return


_ASSIGN = re.compile(
    r"\b(?:may|shall|can)(?: not| neither)?(?: be)? (?:assign|transfer)(?:ed)?\b|"
    r"\bmay not be assigned|\b(?:no|any) assignment\b|\bchange (?:of|in) control\b|"
    r"\bmerger or sale\b|\bassign (?:or transfer )?this agreement\b|\bassign without",
    I,
)


@check("en_assignment")
def assignment(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        match = _ASSIGN.search(text)
        if not match or re.search(
            r"freely assign|permitted assigns|assign (?:personnel|the rooms|tasks)", text, I
        ):
            continue
        restricts = re.search(
            r"\bnot\b|\bneither\b|\bno\b|\bvoid\b|\bwithout\b|\bterminate\b|\brequiring consent", text, I
        )
        kind = re.search(
            r"unreasonabl\w+ (?:withheld|delayed|conditioned)|affiliate|successor",
            case.around(sentence.start),
            I,
        )
        if restricts and not kind:
            yield Hit(spans=at(sentence, match))
            return


_RESTRAINT = re.compile(
    r"\bnot,?(?: to)? (?:for [^,]{0,30}, )?(?:compete|solicit|engage in (?:any|a) compet\w+|"
    r"sell competing)|\bexclusive(?:ly)?\b(?! of)|\bexclusivity\b|\bshall solicit\b|"
    r"\bnor solicit",
    I,
)
_NO_RESTRAINT = re.compile(
    r"non-?exclusive|exclusive jurisdiction|not exclusive|nothing in this|remain free", I
)


@check("en_restraint")
def restraint(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        match = _RESTRAINT.search(text)
        if not match or _NO_RESTRAINT.search(text):
            continue
        long = [days_of(one) / 30 for one in LENGTH.finditer(text)]
        territory = re.search(r"\b(?:within|in) (?:the )?(?:State|territory|[A-Z][a-z]+)", text)
        excepted = CARVED.search(text)
        if (long and max(long) > case.threshold(rule, "months") + 1) or not (territory and excepted):
            yield Hit(
                spans=at(sentence, match),
                fill=told("期限过长，或者没有地域和例外", "too long, or without territory and exceptions"),
            )
            return


_MINIMUM = re.compile(
    r"\bminimum (?:of|annual|guarantee|purchase|commitment|royalt|quantit)|\bannual minimum\b|"
    r"\b(?:must|shall) (?:order|purchase) at least\b|\bcommits? to a minimum",
    I,
)
_RISE = re.compile(
    r"\b(?:fees?|prices?)\b[^.;]{0,40}\b(?:increas\w*|rais\w*|adjusted)\b|\b(?:increase|"
    r"raise) (?:the )?(?:fees|prices)",
    I,
)


@check("en_commitment")
def commitment(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        least = _MINIMUM.search(text)
        if least and not re.search(
            r"\bno minimum|\bnot obliged|\bminimum (?:notice|age|stock)|\bat its own cost", text, I
        ):
            yield Hit(
                spans=at(sentence, least),
                fill=told(
                    "有最低采购或者付款承诺，请按年计算总额", "there is a minimum; reckon the yearly total"
                ),
            )
            return
        rise = _RISE.search(text)
        if not rise or re.search(r"\bdiscount|\bmutual agreement|\bfixed\b", text, I):
            continue
        index = re.search(r"\bCPI\b|consumer price", text, I)
        stated = [value for _, _, value in percents(text)]
        capped = re.search(r"\bcapped|\bno more than|\bnot exceed|\blesser of|\bmaximum", text, I)
        limit = Decimal(str(case.threshold(rule, "increase_percent")))
        if (stated and max(stated) > limit) or (index and not capped):
            yield Hit(
                spans=at(sentence, rise),
                fill=told(
                    "涨价超过5%或者随指数上涨没有上限", "above five percent, or index-linked without a cap"
                ),
            )
            return


@check("en_liquidated")
def liquidated(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        match = re.search(r"\bliquidated damages\b|\bpenalty\b|\bdelay damages\b", text, I)
        if not match or re.search(r"\bno liquidated", text, I):
            continue
        found = english_rates(text)
        daily = re.search(r"\$[\d,]+ for every day|\$[\d,]+ per day", text, I)
        whole = case.around(sentence.start)
        capped = re.search(r"\bmaximum|\bnot exceed|\bcapped|\bup to\b", whole, I)
        estimate = re.search(r"pre-?estimate|reasonable estimate|legitimate interest", whole, I)
        if (found or daily) and not (capped and estimate):
            annual = max(found, default=Decimal(0))
            yield Hit(
                spans=at(sentence, match),
                computed={"annual_percent": annual},
                fill=told("没有上限或者合理估算的说明", "no cap, or no word on a genuine pre-estimate"),
            )
            return


def english_rates(text: str) -> list[Decimal]:
    """Annual percentages of a sentence, the period anywhere in it."""
    near = [one.annual for one in rates(text)]
    unit = re.search(r"\b(?:each|every|per|a) (?:calendar |business )?(day|week|month)\b", text, I)
    if near or not unit:
        return near
    return [value * PERIODS_A_YEAR[unit[1].lower()] for _, _, value in percents(text)]


_OVERDUE = re.compile(r"\b(?:overdue|late|past due|unpaid|not paid when due)\b", I)


@check("en_late_interest")
def late_interest(rule: Rule, case: Case) -> Iterator[Hit]:
    for sentence in case.sentences:
        text = sentence.text
        if not _OVERDUE.search(text) or re.search(r"\blesser of\b|\bprime rate\b|\bliquidated\b", text, I):
            continue
        for rate in rates(text):
            if rate.percent * PERIODS_A_YEAR[rate.period] > Decimal(
                str(case.threshold(rule, "annual_percent"))
            ):
                yield Hit(
                    spans=((sentence.start + rate.start, sentence.start + rate.end),),
                    computed={"annual_percent": rate.annual},
                )
                return


__all__ = ["LENGTH", "NUMBER", "at", "days_of", "number", "told"]
