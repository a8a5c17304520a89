"""Questions that name an article: `民法典585条`, `《民法典》第五百八十五条`, `第585条`.

Numbers never find their article through BM25 (measured recall 0.00 to 0.31), so they are parsed and looked
up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sunmao.knowledge.text import numerals
from sunmao.knowledge.text.tokens import stripped

_STATE = "中华人民共和国"
_NUMERAL = rf"(?:\d{{1,5}}|[{numerals.CHARACTERS}]{{1,9}})"
_ARTICLE = re.compile(
    rf"(?P<ordinal>第)?\s{{0,3}}(?<![\d{numerals.CHARACTERS}])(?P<number>{_NUMERAL})\s{{0,3}}[条條]"
    rf"(?:之(?P<inserted>{_NUMERAL}))?(?![例件形目码纹约腿])"
)
_THROUGH = re.compile(r"\s{0,3}(?:至|到|[-~～—–]{1,2})\s{0,3}第?\s{0,3}$")
# Without 第 (民法典585、586条) only right behind the name of a law.
_RUN = re.compile(
    rf"(?:第|(?<=[典法例定释则程》〉])(?=[\s\d]))\s{{0,3}}({_NUMERAL})\s{{0,3}}"
    rf"((?:[、,，和及与至到~～—–-]\s{{0,3}}第?\s{{0,3}}{_NUMERAL}\s{{0,3}}){{1,9}})[条條](?![例件])"
)
_LONGEST_RANGE = 20
_BETWEEN = 8
"""Characters between two references that belong together (第5条、第6条以及第8条)."""
_BEFORE_NAME = re.compile(r"^.*[条條款项](?!例)(?:以及|[和与跟及或同])?")
_SHORTEST_CALL = 4
_MARKS = re.compile(r"[《》〈〉<>「」“”\"\s]")
_REVISION = re.compile(r"[(（][^()（）]*[)）]$")
_LINK = r"[》〉\s,，:：的之中里]{0,4}(?:[(（][^()（）]{0,20}[)）])?\s{0,3}$"
_NAME = re.compile(
    rf"(?:《(?P<quoted>[^《》]{{2,40}}(?:《[^《》]{{2,30}}》[^《》]{{0,40}})?)》[^。？！]{{0,4}}|"
    rf"(?P<bare>[\u4e00-\u9fff]{{1,30}}(?:法典|法|条例|规定|办法|解释|细则|章程)){_LINK})$"
)
# Without 第 a number before 条 is an article only when nothing but this stands around it.
_STANDS_ALONE = re.compile(
    r"[\s,，。.?？!！:：的]*(?:规定|内容|讲|说|写|原文|全文)?了?[\s,，。.?？!！:：的]*$"
)


@dataclass(frozen=True)
class Reference:
    """An article that a question asks for by number.

    `title` is one of the given titles, or None when none of them is in the question. `named` is then the
    law that the question names nevertheless: one that the base does not hold.
    """

    title: str | None
    label: str
    named: str | None = None


def article_reference(question: str, titles: Sequence[str]) -> Reference | None:
    """The first article reference of the question, with its label as `第五百八十五条` or `第十七条之一`."""
    return next(iter(article_references(question, titles)), None)


def article_references(question: str, titles: Sequence[str]) -> list[Reference]:
    """All of them in the order of the question, ranges (第585条至第588条) article by article; one without a
    title of its own is of the law that was named before it."""
    asked = _written_out(unicodedata.normalize("NFKC", question))
    found: list[Reference] = []
    last: tuple[int, int] | None = None  # where the reference before ended, and its number
    for match in _ARTICLE.finditer(asked):
        label = _label(match)
        if label is None:
            continue
        between = asked[last[0] : match.start()] if last else ""
        joined = bool(found) and len(between) <= _BETWEEN and _NAME.search(between.strip()) is None
        law = found[-1] if joined else _law(asked, match, titles)
        if law is None:
            continue
        number = numerals.from_chinese(match["number"]) or 0
        if joined and last and _THROUGH.fullmatch(between):
            inner = range(last[1] + 1, min(number, last[1] + _LONGEST_RANGE))
            found += [Reference(law.title, f"第{numerals.to_chinese(one)}条", law.named) for one in inner]
        found.append(Reference(law.title, label, law.named))
        last = match.end(), number
    return list(dict.fromkeys(found))


def _written_out(asked: str) -> str:
    """第5、6至8条 → 第5条、第6条至第8条."""

    def each(match: re.Match[str]) -> str:
        numbers = re.sub(rf"第?({_NUMERAL})", r"第\1条", match[2].replace(" ", ""))
        return f"第{match[1]}条{numbers}"

    return _RUN.sub(each, asked)


def _law(asked: str, match: re.Match[str], titles: Sequence[str]) -> Reference | None:
    """Of which law the article is, where it is a reference at all."""
    before = asked[: match.start()]
    title = _title_in(asked, before, titles)
    other = _name_before(before)
    if other and not _stands_after_title(other.removesuffix("的规定"), title):
        # 民法典第5条和合同编通则解释第6条: the second is not of the first law.
        title = _called(other, titles)
    if match["ordinal"] or _stands_after_title(before, title) or _stands_alone(asked, match):
        return Reference(title=title, label="", named=None if title else other)
    return None


def _label(found: re.Match[str]) -> str | None:
    number = numerals.from_chinese(found.group("number"))
    inserted = found.group("inserted")
    place = numerals.from_chinese(inserted) if inserted else None
    if not number:
        return None
    return f"第{numerals.to_chinese(number)}条" + (f"之{numerals.to_chinese(place)}" if place else "")


def _title_in(asked: str, before: str, titles: Sequence[str]) -> str | None:
    """The longest title right before the number, otherwise the longest in the question."""
    near, anywhere = _bare(before), _bare(asked)
    best: tuple[bool, int, str] | None = None
    for title in titles:
        for spelling in _spellings(title):
            if spelling in anywhere:
                rank = (near.endswith(spelling), len(spelling), title)
                best = rank if best is None or rank[:2] > best[:2] else best
    return best[2] if best else None


def _called(name: str, titles: Sequence[str]) -> str | None:
    """The only title that the name leaves words out of (合同编通则解释). Not for laws: 合同法 is another than
    劳动合同法."""
    if len(name) < _SHORTEST_CALL or name.endswith(("法", "法典")):
        return None
    found = [title for title in titles if _leaves_out(name, title)]
    return found[0] if len(found) == 1 else None


def _leaves_out(name: str, title: str) -> bool:
    rest = iter(title)
    return all(character in rest for character in name)


def _spellings(title: str) -> Iterator[str]:
    """A title as it is, without the name of the state, and without a note such as （试行） behind it."""
    full = _bare(unicodedata.normalize("NFKC", title))
    for spelling in dict.fromkeys((full, _REVISION.sub("", full))):
        for short in dict.fromkeys((spelling, spelling.replace(_STATE, ""))):
            if len(short) > 1:
                yield short


def _bare(text: str) -> str:
    return _MARKS.sub("", re.sub(_LINK, "", text)) if text.strip() else ""


def _stands_after_title(before: str, title: str | None) -> bool:
    return title is not None and any(_bare(before).endswith(spelling) for spelling in _spellings(title))


def _stands_alone(asked: str, found: re.Match[str]) -> bool:
    rest = stripped(asked[: found.start()]) + " " + stripped(asked[found.end() :])
    return _STANDS_ALONE.fullmatch(rest) is not None or _name_before(asked[: found.start()]) is not None


def _name_before(before: str) -> str | None:
    found = _NAME.search(stripped(before).strip())
    if found is None:
        return None
    quoted, bare = found.group("quoted", "bare")
    return str(quoted) if quoted else _BEFORE_NAME.sub("", str(bare))


def spoken_of(reference: Reference, *, title: str, text: str) -> bool:
    """Whether a text that is not the article tells of it: its number behind the name of its law, or anywhere
    in a document that is about that law."""
    number = numerals.from_chinese(reference.label.strip("第条"))
    forms = rf"(?:{reference.label}(?!之)|第\s?{number}\s?条(?!之)|rticle {number}(?!\d))"
    law = reference.title or reference.named
    if law is None or any(name in _bare(title) for name in _spellings(law)):
        return re.search(forms, text) is not None
    names = "|".join(map(re.escape, _spellings(law)))
    return re.search(rf"(?:{names})[^。；！？\n]{{0,20}}?{forms}", text) is not None


__all__ = ["Reference", "article_reference", "article_references", "spoken_of"]
