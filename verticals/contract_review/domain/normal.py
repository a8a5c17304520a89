"""A copy of a text that is easier to match, and the way back from it to the text as given."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from verticals.contract_review.domain.shapes import Span
from verticals.contract_review.figures import HALF_WIDTH, table

_DROPPED = set("\r\u200b\u200c\u200d\ufeff\u2060\u00ad")
_BLANK = set(" \t\u00a0\u2002\u2003\u2009")
_CJK = re.compile(r"[㐀-鿿、。,:;!?()《》“”‘’【】\d%‰¥￥]")
_HAN = re.compile(r"[㐀-鿿]")
_NUMBERED = re.compile(
    r"\s*(?:第[一二三四五六七八九十百零〇\d]+[章节条款]|[一二三四五六七八九十]+、|[(]?[一二三四五六七八九十\d]+[)、.]|附[件表录]|\d)"
)
# What a heading says: a few words that lay nothing on anybody.
HEADING_WORDS = (
    r"(?![^。\n]*(?:[应须得不以为按于在至到归属是自从将把被]|可以|有权|负责|由|[甲乙丙双各]方"
    r"|承担|支付))[㐀-鿿、/()]{2,10}"
)
_INLINE_HEADING = re.compile(
    r"\s*(?:第[一二三四五六七八九十百\d]+[章节条]|[一二三四五六七八九十]+[、.]|[(][一二三四五六七八九十\d]+[)]|\d+(?:\.\d+)*[.、]?)\s?"
    rf"{HEADING_WORDS}$"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # no comma of the sentence stands in a number
_PARTY = re.compile(r"\s*(?:甲方|乙方|丙方|[㐀-鿿]{2,10}[:(])")
_FULL_LINE = 24  # a line at least this long that breaks off inside a sentence was wrapped by a printer


@dataclass(frozen=True)
class Copy:
    """`origin` has, for each character of `text`, its position in the given text."""

    text: str
    origin: tuple[int, ...]
    given: str

    def back(self, start: int, end: int) -> Span:
        """Where a stretch of the copy stands in the given text, without blanks at its ends."""
        if start >= end:
            place = self.origin[start] if start < len(self.origin) else len(self.given)
            return Span(start=place, end=place)
        first, last = self.origin[start], self.origin[end - 1] + 1
        quote = self.given[first:last]
        return Span(
            start=first + len(quote) - len(quote.lstrip()),
            end=first + len(quote.rstrip()) if quote.strip() else last,
        )

    def forth(self, place: int) -> int:
        """The first position of the copy at or after a position of the given text."""
        return bisect_left(self.origin, place)


def normal(given: str) -> Copy:
    """Half-width forms, no blanks between Chinese characters, no commas in numbers or breaks of a printer."""
    kept: list[str] = []
    origin: list[int] = []
    place = 0
    while place < len(given):
        char = given[place]
        if char in _DROPPED:
            place += 1
        elif char in _BLANK or char == "\u3000":
            place = _blanks(given, place, kept, origin)
        elif (char == "\n" and _wrapped(given, place)) or (char == "," and _THOUSANDS.match(given, place)):
            place += 1
        else:
            kept.append(char.translate(HALF_WIDTH))
            origin.append(place)
            place += 1
    return _same_words("".join(kept), origin, given)


def _same_words(text: str, origin: list[int], given: str) -> Copy:
    """One word for one thing: synonyms, and the short names by which parties are called."""
    made: list[str] = []
    places: list[int] = []
    done = 0
    for start, end, word in _other_words(text):
        made.append(text[done:start] + word)
        places += origin[done:start] + [origin[start]] + [origin[end - 1]] * (len(word) - 1)
        done = end
    return Copy("".join(made) + text[done:], tuple(places + origin[done:]), given)


def _other_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Stretches that are read as another word, in their order, none inside another."""
    words, forms = _same()
    found = [(match.start(), match.end(), words[match.lastgroup or ""]) for match in forms.finditer(text)]
    found += _short_names(text)
    last = 0
    for start, end, word in sorted(found):
        if start >= last:
            yield start, end, word
            last = end


@cache
def _same() -> tuple[dict[str, str], re.Pattern[str]]:
    rows: dict[str, str] = table("review_words.toml")["same"]
    names = {f"w{at}": word for at, word in enumerate(rows)}
    return names, re.compile("|".join(f"(?P<w{at}>{form})" for at, form in enumerate(rows.values())))


_HEADS = (
    r"[甲乙丙]\s?方|[买卖供需]方|买受人|出卖人|采购[方人]|供货[方人]|供应商|出租[方人]|承租[方人]|委托[方人]|受托[方人]|承揽人|定作人"
    r"|发包[方人]|承包[方人]|服务(?:提供)?方|客户|披露方|接收方|用人单位|出借人|借款人"
)
_NAMED_SO = re.compile(
    rf"(?m)^[^\S\n]*(?:[㐀-鿿]{{2,6}}\s?\((?P<ab>[甲乙丙]方)\)|(?P<label>{_HEADS}))\s?(?:\([^()\n]{{0,12}}\))?\s?:\s?"
    r"(?P<name>[^\n(,。;]{2,40})[^\n]{0,80}?[(,]\s?(?:(?:以下|下文|下)?(?:统|简|合)?[称叫](?:为|作)?\s?(?=[“\"「㐀-鿿A-Za-z])|(?=[“「]))"
    r"[“\"「]?(?P<short>[㐀-鿿A-Za-z]{2,10})[”\"」]?\s?\)?"
)
_ROLE = re.compile(r"[甲乙丙丁双各]方|[㐀-鿿]{1,4}[方人]$|公司$|用人单位|劳动者|员工")


def _short_names(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a contract calls 甲方 by a short name that its head defines."""
    for match in _NAMED_SO.finditer(text[:2000]):
        short = match["short"]
        if _ROLE.fullmatch(short) or _ROLE.match(short):
            continue
        for use in re.finditer(re.escape(short), text[match.end() :]):
            start = match.end() + use.start()
            if not _inside(text, start, match["name"], short):
                yield start, start + len(short), (match["ab"] or match["label"]).replace(" ", "")


def _inside(text: str, start: int, name: str, short: str) -> bool:
    """Whether a short name stands there as part of the full one."""
    at = name.find(short)
    return at >= 0 and text[start - at : start - at + len(name)] == name


def _blanks(given: str, place: int, kept: list[str], origin: list[int]) -> int:
    end = place
    while end < len(given) and (given[end] in _BLANK or given[end] == "\u3000"):
        end += 1
    before = kept[-1] if kept else "\n"
    after = given[end].translate(HALF_WIDTH) if end < len(given) else "\n"
    chinese = _CJK.match(before) and _CJK.match(after) and (_HAN.match(before) or _HAN.match(after))
    if end - place == 1 and given[place] in "\u3000 " and _HAN.match(after) and _headed(kept):
        kept.append("\n")
        origin.append(place)
        return end
    if end - place > 1 or not (chinese or "\n" in (before, after)):
        kept.append(" ")
        origin.append(place)
    return end


def _headed(kept: list[str]) -> bool:
    """Whether the line so far is a number and a heading: what follows the blank is the clause itself."""
    line = "".join(kept[-30:]).rsplit("\n", 1)
    return (len(line) == 2 or len(kept) < 30) and bool(_INLINE_HEADING.match(line[-1]))


def _wrapped(given: str, place: int) -> bool:
    start = given.rfind("\n", 0, place) + 1
    line = given[start:place].rstrip("\r \t\u3000")
    following = given[place + 1 : place + 40].split("\n", 1)[0].translate(HALF_WIDTH)
    return (
        len(line) >= _FULL_LINE
        and bool(_HAN.match(line[-1]) or line[-1] in "，、")
        and bool(_HAN.match(following))
        and not _NUMBERED.match(following)
        and not _PARTY.match(following)
    )
