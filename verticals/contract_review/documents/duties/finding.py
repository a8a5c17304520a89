"""Sentences that oblige somebody by a point in time → obligations."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from verticals.contract_review.documents.duties.events import Calendar, calendar_of
from verticals.contract_review.documents.duties.timing import Moment, moments, next_time, shifted
from verticals.contract_review.documents.obligations import HasPlace, Obligation, ObligationKind
from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.normal import Copy, normal
from verticals.contract_review.domain.segments import Sentence, sentences

_DUTY = re.compile(
    r"(?<![供相反对响])应(?!当?(?:理解|视为))|须(?!知)|需(?![求方])|必须|负责|不得(?:晚于|迟于)|支付|付清|付款|交付|交货|缴纳|返还|退还|通知|提交"
    r"|\bshall\b|\bmust\b|\bwill\b|\bagrees? to\b|\b(?:is|are) (?:due|payable|required)\b",
    re.IGNORECASE,
)
_NO_DUTY = re.compile(r"有权(?!.*应)|可以(?!.*应)|\bmay\b(?!.*\bshall\b)", re.IGNORECASE)
_WORDS: dict[ObligationKind, str] = {
    "renew": r"续(?:签|期|约|租|订)|自动(?:延长|顺延|展期)|不再(?:延长|续)|\brenew|\bextension\b",
    "return": r"返还|退还|归还|退回|销毁|腾退|\breturn\b|\brefund\b|\bdestroy\b",
    "pay": r"支付|付款|付清|缴纳|交纳|结清|结算|汇(?:款|入)|偿还|还款|发放"
    r"|\bpa(?:y|id|yable|yment)\b|\bremit\b",
    "accept": r"验收|检验|确认|提出(?:书面)?异议|审核|\baccept|\binspect|\bapprov",
    "report": r"通知|告知|报告|报送|书面说明|\bnotif|\bnotice\b|\breport\b|\bfurnish\b",
    "deliver": r"交付|交货|提交|完成(?!验收|检验|审核|付款|支付)|供货|发货|提供|开具|移交|交房|办理"
    r"|\bdeliver|\bsupply|\bprovide|\bcomplete|\bsubmit|\bship\b",
}
_KINDS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _WORDS.items()}
_UNTIL = re.compile(
    r"(?:期限|期间|有效期|租期|合同期|服务期)[^。;\n]{0,40}(?:至|到|止于)$"
    r"|\b(?:until|expires? on|through|ending on)\s*$",
    re.IGNORECASE,
)
_LATE = re.compile(r"(?:逾期|超过|迟延|拖延|延迟|每逾|满)[^,。;]{0,6}$")
_PARTY_EN = (
    r"\b(?:Party [AB]|(?:the )?(?:Buyer|Seller|Supplier|Customer|Client|Vendor|Licensee|Licensor|Landlord"
    r"|Tenant|Lessor|Lessee|Company|Contractor|Consultant|Provider|Distributor|Employer|Employee|Borrower"
    r"|Lender|Receiving Party|Disclosing Party|Recipient|Discloser)|either party|(?:both|the) parties"
    r"|each party)\b"
)
_PARTIES = re.compile(rf"{LABEL}|双方|任何一方|一方|{_PARTY_EN}", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:.*[%％]在|(?:但|应当?|须|在|于|自|从|且|并|其|当|the|its|such)\s*)+", re.IGNORECASE
)
_OMITTED = re.compile(r"(?:仍?未|不|没有)[^,。;]*的")
"""`接到通知后七日内不维修的`: what follows when it is not done, not the duty itself."""
_CASE = re.compile(r"([^,。;\s]{2,24})的,\s?(?:应当?|须|需)?$")
_SUBJECT = re.compile(r"应|须|需|必须|负责|在|于|自|\s+(?:shall|must|will|agrees)")
_LONGEST_EVENT = 60


@dataclass(frozen=True)
class _Found:
    moment: Moment
    sentence: Sentence
    before: str
    after: str


def found_in(
    text: str, clauses: Sequence[HasPlace], *, as_of: date, known: Mapping[str, date]
) -> list[Obligation]:
    copy = normal(text)
    calendar = calendar_of(copy.text, known)
    counted: Counter[str] = Counter()
    made = [
        _obligation(found, copy, clauses, calendar, as_of, counted)
        for sentence in sentences(copy.text)
        for found in _in_sentence(sentence)
    ]
    return sorted(made, key=lambda one: (one.due is None, one.due or date.max, one.start))


def _in_sentence(sentence: Sentence) -> Iterator[_Found]:
    named = moments(sentence.text)
    for number, moment in enumerate(named):
        first = named[number - 1].end if number else 0
        last = named[number + 1].start if number + 1 < len(named) else len(sentence.text)
        found = _Found(
            moment, sentence, sentence.text[first : moment.start], sentence.text[moment.end : last]
        )
        if _obliges(found, sentence.text[: moment.start]):
            yield found


def _obliges(found: _Found, so_far: str) -> bool:
    """A duty, and no threshold of being late, no right and no bare date."""
    if _LATE.search(so_far) or found.moment.event.startswith(("逾期", "每逾", "超过")):
        return False
    if found.moment.offset > 0 and _OMITTED.match(found.after):
        return False
    if found.moment.day and _UNTIL.search(so_far):
        return True
    own = f"{found.before.rsplit(',', 1)[-1]}{found.moment.event}{found.after}"
    return bool(_DUTY.search(own)) and not _NO_DUTY.search(own)


def _obligation(
    found: _Found,
    copy: Copy,
    clauses: Sequence[HasPlace],
    calendar: Calendar,
    as_of: date,
    counted: Counter[str],
) -> Obligation:
    moment = found.moment
    span = copy.back(found.sentence.start, found.sentence.end)
    quote = copy.given[span.start : span.end]
    kind = _kind(found)
    event = _event(moment, found)
    key = _key(kind, quote, moment, counted)
    clause = next((one for one in reversed(clauses) if one.start <= span.start < one.end), None)
    return Obligation(
        key=key,
        kind=kind,
        who="" if kind == "end" else _who(found, moment),
        quote=quote,
        start=span.start,
        end=span.end,
        heading=clause.heading if clause else "",
        due=_due(moment, event, calendar, as_of),
        event="" if moment.day or moment.every else event,
        offset=moment.offset,
        unit=moment.unit,
        every=moment.every,
        until=calendar.end if moment.every else None,
        is_estimate=moment.unit == "working_day",
    )


def _kind(found: _Found) -> ObligationKind:
    if found.moment.day and _UNTIL.search(found.sentence.text[: found.moment.start]):
        return "end"
    if found.moment.offset < 0 and _KINDS["renew"].search(found.sentence.text):
        return "renew"
    for words in (found.after, f"{found.before}{found.moment.event}"):
        first = [(match.start(), kind) for kind, form in _KINDS.items() if (match := form.search(words))]
        if first:
            return min(first)[1]
    return "other"


def _event(moment: Moment, found: _Found) -> str:
    """What is waited for, without the words that only lead to it. `提前30日` is before what is named near."""
    if moment.event != "?":
        said = _PARTIES.split(moment.event, maxsplit=1)[-1] if moment.offset > 0 else moment.event
        said = _LEADING.sub("", said.strip())
        return (said or moment.event)[:_LONGEST_EVENT].strip()
    near = re.search(r"届满|期满|到期|续.|解除|终止", f"{found.before}{found.after}")
    if near:
        return near[0] if near[0] in ("解除", "终止") else "期满"
    case = _CASE.search(found.before)
    return _PARTIES.split(case[1], maxsplit=1)[-1] if case else ""


def _due(moment: Moment, event: str, calendar: Calendar, as_of: date) -> date | None:
    if moment.day:
        return moment.day
    if moment.every:
        return next_time(moment, as_of)
    day = calendar.day_of(event) if event else None
    try:
        return shifted(day, moment.offset, moment.unit) if day else None
    except OverflowError:
        return None


def _who(found: _Found, moment: Moment) -> str:
    """The party named last before the duty."""
    duty = _DUTY.search(found.after)
    said = f"{found.sentence.text[: moment.end]}{found.after[: duty.start()] if duty else ''}"
    named = list(_PARTIES.finditer(said))
    subject = [
        one
        for one in named
        if re.match(r"应|须|需|必须|负责|在|于|自|\s+(?:shall|must|will|agrees)", said[one.end() :])
    ]
    return (subject or named)[-1][0].strip() if named else ""


def _key(kind: str, quote: str, moment: Moment, counted: Counter[str]) -> str:
    said = f"{kind}|{''.join(quote.split())}|{moment.start}"
    counted[said] += 1
    return hashlib.sha256(f"{said}|{counted[said]}".encode()).hexdigest()[:20]


__all__ = ["found_in"]
