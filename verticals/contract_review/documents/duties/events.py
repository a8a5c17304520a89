"""Events that a contract dates itself: when it was signed, takes effect, ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from verticals.contract_review.documents.duties.timing import english_day, moments, shifted
from verticals.contract_review.domain.facts import time
from verticals.contract_review.domain.facts.time import DAY, read_day

_WORDS = {
    "signing": r"签订|签署|签约|订立|签字盖章|双方签字|\bsign(?:ing|ature|ed)\b|\bexecution\b"
    r"|date of this agreement|date hereof",
    "effective": r"生效|\beffective date\b|\bcommencement\b|takes effect",
    "end": r"(?:期限?|期间|有效期|合同|协议|租赁|服务|合作)?(?:届满|期满|到期|届至)|\bexpir(?:y|ation|es?)\b"
    r"|end of the (?:then[- ]current |initial |renewal )*term",
}
_NAMES = {kind: re.compile(words, re.IGNORECASE) for kind, words in _WORDS.items()}
_SIGNED_ON = re.compile(r"签(?:订|署|约)(?:日期|时间|于|日)?[:为]?")
_EFFECTIVE_EN = re.compile(
    r"(?:effective (?:date|as of|on)|dated(?: as of)?|made (?:and entered into )?(?:as of|on))[^.;\n]{0,40}",
    re.I,
)
_EXPIRES_EN = re.compile(r"(?:until|expires? on|through|ending on|terminates? on)[^.;\n]{0,20}", re.I)


@dataclass(frozen=True)
class Calendar:
    """Days of events by their kind, and by the words with which they were given."""

    known: Mapping[str, date]
    days: Mapping[str, date]

    def day_of(self, event: str) -> date | None:
        """What somebody told first, then what the text says."""
        lower = event.lower()
        for word, day in self.known.items():
            if word.lower() in lower or (kind_of(event) and kind_of(word) == kind_of(event)):
                return day
        return self.days.get(kind_of(event))

    @property
    def end(self) -> date | None:
        return self.day_of("期满")


def kind_of(event: str) -> str:
    return next((kind for kind, form in _NAMES.items() if form.search(event)), "")


def calendar_of(plain: str, known: Mapping[str, date]) -> Calendar:
    days: dict[str, date] = {}
    for kind, day in _dated(plain):
        days.setdefault(kind, day)
    if (
        "effective" not in days
        and "signing" in days
        and re.search(r"签(?:订|署|字|章)[^。]{0,12}(?:之日|后|即)?起?生效", plain)
    ):
        days["effective"] = days["signing"]
    return Calendar(known, days)


def _dated(plain: str) -> Iterator[tuple[str, date]]:
    for fact in time.dates(plain):
        if fact.role in ("signing", "effective"):
            yield fact.role, fact.day
    for match in _SIGNED_ON.finditer(plain):
        after = DAY.match(plain[match.end() : match.end() + 24].lstrip())
        if after and (day := read_day(after)):
            yield "signing", day
    for form, kind in ((_EFFECTIVE_EN, "effective"), (_EXPIRES_EN, "end")):
        for match in form.finditer(plain):
            if day := _first_day(plain[match.start() : match.end() + 20]):
                yield kind, day
    yield from _term(plain)


def _first_day(words: str) -> date | None:
    return next((moment.day for moment in moments(words) if moment.day), None)


def _term(plain: str) -> Iterator[tuple[str, date]]:
    """The end of the term, as a day or as a length from its beginning."""
    found = time.term(plain)
    if found is None:
        return
    if found.start:
        yield "start", found.start
    if found.end:
        yield "end", found.end
    elif found.start and found.months and found.months == found.months.to_integral_value():
        yield "end", shifted(shifted(found.start, int(found.months), "month"), -1, "day")


__all__ = ["Calendar", "calendar_of", "english_day", "kind_of"]
