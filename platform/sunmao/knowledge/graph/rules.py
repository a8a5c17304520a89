"""References and entities in a text, by rules; no model is asked and nothing is guessed.

What a rule does not know is no edge: a wrong one would lead a question astray.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sunmao.knowledge.text import numerals

MOST = 40
"""References and entities of one passage; a table of contents is no argument."""
RANGE = 20
_STATE = "中华人民共和国"
_NUMERAL = rf"(?:\d{{1,5}}|[{numerals.CHARACTERS}]{{1,9}})"
_ARTICLE = re.compile(rf"第\s?(?P<number>{_NUMERAL})\s?[条條](?:之(?P<inserted>{_NUMERAL}))?")
_WORK = re.compile(
    r"《(?P<work>[^《》]{2,60})》\s?(?:[（(][^（）()]{1,20}[)）])?\s?$|"
    r"(?P<own>本(?:法|[条條]例|规定|規定|办法|辦法|细则|細則|解释|解釋|章程|合同|协议|協議|规则|規則|指引|制度))\s?$|"
    r"(?P<same>同法|[该該](?:法|[条條]例|规定|規定|办法|辦法))\s?$"
)
_AND = re.compile(r"^[、，,和及与或至到\-—~～\s]*(?:第[^条條]{1,9}款)?(?:以及|或者)?[、，,和及与或\s]*$")
_TO = re.compile(r"^\s?(?:第[^条條]{1,9}款)?\s?(?:至|到|—|-|~|～)\s?$")
_PREVIOUS = re.compile(r"(?<![前本])前(?P<count>[二三四五两])?条")
_ENGLISH = re.compile(
    r"\b(?P<kind>sections?|clauses?|articles?|paragraphs?|chapters?)\s+(?P<number>\d+(?:\.\d+)*)"
    r"(?:\s*(?P<to>to|-|–|and|or|,)\s*(?P<last>\d+(?:\.\d+)*))?"
    r"(?:\s+of\s+(?:the\s+)?(?P<work>[A-Z][\w' -]{3,60}))?",
    re.IGNORECASE,
)
_SIGN = re.compile(r"§\s?(?P<number>\d+(?:\.\d+)*)")
_CHINESE_SECTION = re.compile(
    r"(?:见|详见|参见|参照|按照|依照|根据|本(?:合同|协议|手册|规范|文件))(?:第)?\s?(?P<number>\d+(?:\.\d+)+)\s?(?:节|款|条|项|小节|章)?"
)
_NUMBERED = re.compile(
    r"^(?:section|clause|article|chapter|§)?\s*(?P<number>\d+(?:\.\d+)*)[.)、．:\s]", re.IGNORECASE
)
_DEFINED = (
    re.compile(r"(?:以下简称|以下统称|下称|简称)(?:为)?[“\"「『](?P<term>[^”\"」』]{2,20})[”\"」』]"),
    re.compile(
        r"(?:^|[。；\n])\s?(?:本[法条例规定办法合同协议]{1,2}所称)[“\"]?(?P<term>[\u4e00-\u9fff]{2,12}?)[”\"]?[，,]?是?指"
    ),
    re.compile(
        r"(?:^|[。；\n])\s?[“\"「](?P<term>[\u4e00-\u9fffA-Za-z ]{2,30})[”\"」][，,]?\s?"
        r"(?:是指|指的是|系指|指)"
    ),
    re.compile(r"[“\"](?P<term>[A-Z][A-Za-z ]{2,40})[”\"]\s+(?:means|refers to|shall mean|is defined as)"),
    re.compile(r"\((?:the |each an? |together,? the )?[“\"](?P<term>[A-Z][A-Za-z ]{2,40})[”\"]\)"),
)
_ORGANISATION = re.compile(
    r"(?P<name>[\u4e00-\u9fff]{2,14}?(?:人民法院|仲裁委员会|委员会|管理局|监督局|有限公司|股份公司|银行|协会|人民政府))"
)
_LEADS = re.compile(
    r"^(?:向|由|经|与|和|在|对|到|从|被|应|可以|应当|或者|以及|及|依法|请求|申请|当事人|所在地)+"
)
_MODEL = re.compile(r"(?<![A-Za-z0-9-])(?P<name>[A-Z]{1,5}-?\d{2,6}[A-Z]{0,3})(?![A-Za-z0-9])")


@dataclass(frozen=True)
class Reference:
    """`work` is a normalised name, empty for the text's own document."""

    work: str
    key: str
    start: int
    end: int


@dataclass(frozen=True)
class Entity:
    kind: str
    key: str
    defines: bool = False


def work_key(name: str) -> str:
    """A title as people cite it: without the state's name, marks, and a note such as （试行） behind it."""
    plain = unicodedata.normalize("NFKC", name).replace(_STATE, "")
    bare = re.sub(r"[《》<>\s\"“”']", "", plain)
    return re.sub(r"[(][^()]*[)]$", "", bare).casefold()[:200]


def article_key(number: str, inserted: str | None = None) -> str:
    value = numerals.from_chinese(number)
    place = numerals.from_chinese(inserted) if inserted else None
    if not value:
        return ""
    return f"article:{value}" + (f"-{place}" if place else "")


def place_of(label: str, heading: str) -> str:
    """The number of a passage: of its label, or of the heading right above it."""
    for text in (label, heading):
        plain = unicodedata.normalize("NFKC", text).strip()
        if found := _ARTICLE.match(plain):
            return article_key(found["number"], found["inserted"])
        if numbered := _NUMBERED.match(plain + " "):
            return f"section:{numbered['number']}"
    return ""


def references(text: str, *, own: str = "") -> list[Reference]:
    """What a passage refers to, each target once; `own` is its own place, which is no reference."""
    found: dict[tuple[str, str], Reference] = {}
    for one in (*_articles(text, own), *_sections(text)):
        if not (one.work == "" and one.key == own):
            found.setdefault((one.work, one.key), one)
    return list(found.values())[:MOST]


def _articles(text: str, own: str) -> Iterator[Reference]:
    work, last, last_number = "", -1, 0
    named = ""
    for found in _ARTICLE.finditer(text):
        key = article_key(found["number"], found["inserted"])
        if not key:
            continue
        between = text[last : found.start()] if last >= 0 else ""
        if last < 0 or not (_AND.match(between) or _TO.match(between)):
            work, named = _work_before(text[: found.start()], named)
        elif _TO.match(between):
            yield from _range(work, last_number, key, found)
        yield Reference(work, key, found.start(), found.end())
        last, last_number = found.end(), _number(key)
    if own.startswith("article:"):
        for found in _PREVIOUS.finditer(text):
            count = numerals.from_chinese(found["count"]) if found["count"] else 1
            for step in range(1, (count or 1) + 1):
                if _number(own) > step:
                    yield Reference("", f"article:{_number(own) - step}", found.start(), found.end())


def _work_before(before: str, named: str) -> tuple[str, str]:
    """The work of a reference, and the last one that was named, which 同法 means."""
    found = _WORK.search(before[-90:])
    if found and found["work"]:
        key = work_key(found["work"])
        return key, key
    if found and found["same"]:
        return named, named
    return "", named


def _range(work: str, first: int, key: str, found: re.Match[str]) -> Iterator[Reference]:
    last = _number(key)
    if 0 < first < last <= first + RANGE:
        for number in range(first + 1, last):
            yield Reference(work, f"article:{number}", found.start(), found.end())


def _number(key: str) -> int:
    digits = re.match(r"article:(\d+)", key)
    return int(digits[1]) if digits else 0


def _sections(text: str) -> Iterator[Reference]:
    for found in _ENGLISH.finditer(text):
        if not text[: found.start()].strip():
            continue  # its own heading
        kind = "article" if found["kind"].lower().startswith("article") else "section"
        work = work_key(found["work"].strip()) if found["work"] else ""
        for number in filter(None, (found["number"], found["last"])):
            yield Reference(work, f"{kind}:{number}", found.start(), found.end())
    for pattern in (_SIGN, _CHINESE_SECTION):
        for found in pattern.finditer(text):
            if text[: found.start()].strip() or pattern is _CHINESE_SECTION:
                yield Reference("", f"section:{found['number']}", found.start(), found.end())


def entities(text: str) -> list[Entity]:
    """What a passage defines and names."""
    found: dict[tuple[str, str], Entity] = {}
    for pattern in _DEFINED:
        for one in pattern.finditer(text):
            key = one["term"].strip().casefold()
            found[("term", key)] = Entity("term", key, defines=True)
    for one in _ORGANISATION.finditer(text):
        name = _LEADS.sub("", one["name"])
        if len(name) > 3:
            found.setdefault(("organisation", name), Entity("organisation", name))
    for one in _MODEL.finditer(text):
        found.setdefault(("model", one["name"].casefold()), Entity("model", one["name"].casefold()))
    return list(found.values())[:MOST]
