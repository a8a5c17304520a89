"""What kind of thing a question wants to hear, and which sentences hold such a thing.

Finer than `learning.kinds`, which tells entries of one subject apart: here it is about the words of one
sentence (a number, a date, a name). General to both languages; names no field.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sunmao.core.chinese_forms import simplified

_CN = "零〇一二三四五六七八九十百千万亿两"
# (kind, what asks for it, what shows that a sentence has it)
_KINDS: tuple[tuple[str, str, str], ...] = (
    (
        "number",
        r"多少|几[个名位人次年天岁种部所座条项间集届类层艘支]?|多[大长高远重久深宽]|how (?:"
        r"many|much|long|far|old|large|big|high|tall)|percent|number of",
        rf"\d|[{_CN}]+(?:[个名位人次年天岁种部所座条项间集届类层艘支万亿%％米里]|分之)|\b(?:one|two|three|"
        rf"four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion|"
        rf"half)\b",
    ),
    (
        "date",
        r"什么时候|何时|哪[一]?年|哪[一]?天|几[年月日点]|什么时间|时间是|日期|何年|年份|when\b|what (?:year|"
        r"date|day|month|century)|which year",
        rf"\d{{1,4}}\s?[年月日世]|[{_CN}]+[年月日]|\b(?:1[0-9]|20)\d\d\b|january|"
        rf"february|march|april|june|july|august|september|october|november|"
        rf"december|century|时代|年代|世纪|次年|同年|当年",
    ),
    (
        "place",
        r"哪里|哪儿|何处|何地|什么地方|哪[个一座]?(?:国家?|城市|省|市|地|县|区|州|洲)|位于|地点|where\b|"
        r"what (?:country|city|state|place|location)|which (?:country|city|"
        r"state)",
        r"位于|坐落|地处|[省市县区镇村州洲国岛路街山河]|\b(?:in|at|near|located)\b",
    ),
    (
        "person",
        r"谁|哪一?[位人]|何人|什么人|作者|创始人|导演|主演|who\b|whose\b|whom\b",
        r"[由被为][^，。]{1,12}(?:创|建|任|编|导|演|写|著|设计|发明|提出)|先生|女士|教授|博士|出任|担任|主演|导演|"
        r"作者|\bby [A-Z]|[A-Z][a-z]+ [A-Z][a-z]+|·",
    ),
    (
        "list",
        r"哪些|哪几|有什么|什么等|分别|包括什么|which of|what are\b|what kinds|what types",
        r"、.*、|包括|分别|以及|等[。，；]|：|, .*, |include|such as",
    ),
    (
        "reason",
        r"为什么|为何|原因|因为什么|缘由|怎么会|why\b|reason|what caused|because of what",
        r"因为|由于|因[^此素为]|为了|所以|因此|故|导致|使得|原因|because|due to|"
        r"since|therefore|so that|in order|caused",
    ),
    (
        "definition",
        r"是什么[？?]?$|什么是|指什么|什么意思|定义|what (?:is|are|does .* mean)|define|definition",
        r"^.{0,20}(?:是指|指的是|是一[种个类项部座所位]|即|称为|，是)|"
        r"\bis (?:a|an|the)\b|\bare\b|refers to|means|known as",
    ),
    (
        "name",
        r"叫什么|称[为作]什么|什么名|名[字称]|哪[个部首本种家支款]|什么[^样时意]|"
        r"called|named|name of|which\b|what\b",
        r"《[^》]+》|“[^”]+”|「[^」]+」|名为|叫[做作]?|称[为作之]|简称|又名|called|named|known as|\"[^\"]+\"",
    ),
    (
        "manner",
        r"怎么|怎样|如何|什么方式|什么方法|通过什么|how (?:did|do|does|is|are|was|were|can|to)\b",
        r"通过|采用|利用|以[^为及来后前上下内外]|方式|方法|by \w+ing|using|through|via",
    ),
    (
        "permission",
        r"能不能|可不可以|可以.*吗|是否|能否|要不要|会不会|吗[？?]?$|^(?:can|may|is|are|do|does|did|"
        r"was|were|should|must|will)\b",
        r"可以|不得|应当|禁止|必须|不能|有权|无权|不会|无需|不予|\b(?:may|must|can|cannot|not|should|shall)\b",
    ),
)  # fmt: skip
_ASKS = tuple(re.compile(asks, re.IGNORECASE) for _, asks, _ in _KINDS)
_HAS = tuple(re.compile(has) for _, _, has in _KINDS)
KINDS = tuple(name for name, _, _ in _KINDS)
_ASKING = re.compile(
    r"多少|什么|哪[个些里儿位年种部所座一]?|谁|何[时处地人]?|怎[么样]|如何|几|为什么|为何"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how(?: many| much| long)?)\b",
    re.IGNORECASE,
)
_REACH = 8
"""Characters on both sides of the question word: what stands there is what is asked about it."""
_REACH_LATIN = 28


@lru_cache(maxsize=1024)
def wanted(question: str) -> tuple[bool, ...]:
    """For each kind, whether the question asks for it."""
    asked = simplified(question.strip())
    return tuple(pattern.search(asked) is not None for pattern in _ASKS)


def wants_one_fact(question: str) -> bool:
    """Whether a single sentence is the likeliest answer."""
    asked = dict(zip(KINDS, wanted(question), strict=True))
    several = any(asked[kind] for kind in ("list", "reason", "manner", "permission", "definition"))
    return not several and any(asked[kind] for kind in ("number", "date", "place", "person", "name"))


@lru_cache(maxsize=20_000)
def held(sentence: str) -> tuple[bool, ...]:
    """For each kind, whether the sentence has such a thing."""
    said = simplified(sentence)
    return tuple(pattern.search(said) is not None for pattern in _HAS)


def around(question: str) -> str:
    """The words beside the question word; the whole question where there is none."""
    found = _ASKING.search(simplified(question))
    if found is None:
        return question
    reach = _REACH_LATIN if found.group().isascii() else _REACH
    before = question[max(0, found.start() - reach) : found.start()]
    return f"{before} {question[found.end() : found.end() + reach]}"


__all__ = ["KINDS", "around", "held", "wanted", "wants_one_fact"]
