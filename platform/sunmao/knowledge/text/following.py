"""A question that only makes sense after the one before it, put so that it can stand alone.

那十级的呢？ after 九级伤残赔多少钱？ asks about the compensation; "And for sofas?" after "How long is the
warranty on a table?" about the warranty. What such a question leaves out is taken from the last one: its
words, without those that the new one puts in their place.
"""

from __future__ import annotations

import re
import unicodedata

from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.tokens import query_tokens, stripped

_PRONOUN_ZH = re.compile(
    r"(?:它|他|她|其中?|这个|那个|这种|那种|这些|那些|上述|上面|前面|刚才|该(?!怎|如|不|当)|此)(?:们)?(?:的)?"
)
_OPENS_ZH = re.compile(r"^(?:那么|那|还有|另外|然后|如果|要是|换成|至于|再|且|以及|和)+")
_ENDS_ZH = re.compile(r"(?:呢|的呢|怎么样|又如何|如何)[？?。\s]*$")
_PRONOUN_EN = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|his|her|the same|one|ones)\b", re.IGNORECASE
)
_OPENS_EN = re.compile(
    r"^(?:and|but|so|then|also|what about|how about|and what about|what if|and if|or)\b[\s,]*", re.IGNORECASE
)
_SHORT_ZH, _SHORT_EN = 6, 3
"""Tokens that tell something (pairs of characters, words): with fewer a question rarely stands alone."""
_LONGEST = 120
"""Characters that are carried over at most."""
_CLASSES = (
    re.compile(r"第[零一二三四五六七八九十百千\d]+[条條]"),
    re.compile(
        r"[零一二三四五六七八九十百千\d]+(?:级|个月|月|年|天|日|岁|次|倍|元|万元|人|条|款|号|期|公里|米)"
    ),
    re.compile(r"(?:男|女)(?:方|性)?|甲方|乙方|个人|公司|企业|老人|孩子|未成年人"),
)


def standalone(question: str, previous: str) -> str:
    """The question with what it takes from the previous one, or itself when it takes nothing."""
    asked = unicodedata.normalize("NFKC", question).strip()
    before = unicodedata.normalize("NFKC", previous).strip()
    if not before or not _follows(asked):
        return question
    carried = _carried(asked, before)
    own = _own(asked)
    return f"{carried} {own}".strip() if carried else question


def _follows(asked: str) -> bool:
    if language_of(asked) == "en":
        words = query_tokens(asked)
        opens = _OPENS_EN.match(asked) is not None
        return (opens and len(words) <= 2 * _SHORT_EN) or (
            _PRONOUN_EN.search(asked) is not None and len(words) <= 2 * _SHORT_EN and not _names(asked)
        )
    telling = [token for token in query_tokens(_own(asked)) if len(token) > 1]
    marked = _PRONOUN_ZH.search(asked) or _OPENS_ZH.match(asked) or _ENDS_ZH.search(asked)
    return len(telling) <= _SHORT_ZH and marked is not None


def _names(asked: str) -> bool:
    """A name in the question is its subject: no pronoun needs another."""
    return re.search(r"(?<!^)(?<![.?!] )\b[A-Z][a-z]{2,}", asked) is not None


def _own(asked: str) -> str:
    """What the question itself says, without the words that point back."""
    if language_of(asked) == "en":
        return _PRONOUN_EN.sub(" ", _OPENS_EN.sub("", asked)).strip()
    said = _ENDS_ZH.sub("", _OPENS_ZH.sub("", asked))
    return _PRONOUN_ZH.sub(" ", said).strip("？?。！ ") or asked


def _carried(asked: str, before: str) -> str:
    """The topic of the question before; what the new one replaces (九级 by 十级) is left out."""
    topic = before
    for kind in _CLASSES:
        if kind.search(asked):
            topic = kind.sub(" ", topic)
    topic = " ".join(stripped(topic).strip("？?。！，, ").split())
    if not query_tokens(topic) or topic in asked:
        return ""
    return topic[-_LONGEST:]


__all__ = ["standalone"]
