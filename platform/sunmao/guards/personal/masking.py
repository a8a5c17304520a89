"""Taking personal data out of a text, reversibly or not, and putting it back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sunmao.guards.personal.detecting import NUMBERS, Language, detect
from sunmao.guards.personal.folding import folded
from sunmao.guards.personal.found import Found, settled
from sunmao.guards.personal.kinds import IDENTITY, Kind
from sunmao.guards.personal.patterns.surnames import COMMON, GIVEN
from sunmao.guards.personal.policy import Mode, Policy, normal

Detector = Callable[..., tuple[Found, ...]]

PLACEHOLDER = re.compile(r"[<＜]\s*([A-Za-z]+(?:\\?[_ ][A-Za-z]+)*)\\?[_ ](\d{1,4})\s*[>＞]")
# A sign that has no meaning in Markdown, CSV or a prompt, and no word in the index.
MASK = "█"


@dataclass(frozen=True)
class Protected:
    """`surrogates` maps a placeholder to what it stands for; `refused` are kinds that a policy refuses.

    `grown` is by how much each find's place became longer. `partial` says that names or addresses without
    any context may still stand in `text`.
    """

    text: str
    found: tuple[Found, ...] = ()
    surrogates: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Kind, ...] = ()
    partial: bool = False
    grown: tuple[int, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(one.kind for one in self.found))


def protect(
    text: str,
    *,
    policy: Policy,
    language: Language,
    known: Sequence[str] = (),
    surrogates: Mapping[str, str] | None = None,
    detector: Detector = detect,
    keep_length: bool = False,
) -> Protected:
    """The text with every kind treated as the policy says.

    `surrogates` of an earlier text of the same exchange are used again, so that one person keeps one name.
    `keep_length` masks sign for sign: offsets into the text stay what they were.
    """
    found = tuple(
        one
        for one in detector(text, language=language, known=known)
        if policy.mode(one.kind) != "off" and not policy.allows(text[one.start : one.end])
    )
    refused = tuple(dict.fromkeys(one.kind for one in found if policy.mode(one.kind) == "refuse"))
    partial = policy.looks_for_names and names_may_remain(text, found)
    if refused:
        return Protected("", found, {}, refused, partial)
    made = _Replacing(text, dict(surrogates or {}), keep_length=keep_length)
    return Protected(made.replaced(found, policy), found, made.surrogates, (), partial, tuple(made.grown))


class _Replacing:
    def __init__(self, text: str, surrogates: dict[str, str], *, keep_length: bool) -> None:
        self.text, self.surrogates, self.keep_length = text, surrogates, keep_length
        self.grown: list[int] = []
        self.names = {normal(value): name for name, value in surrogates.items()}

    def replaced(self, found: Sequence[Found], policy: Policy) -> str:
        pieces, last = [], 0
        for one in found:
            instead = self._instead(one, policy.mode(one.kind))
            pieces += [self.text[last : one.start], instead]
            self.grown.append(len(instead) - (one.end - one.start))
            last = one.end
        return "".join([*pieces, self.text[last:]])

    def _instead(self, one: Found, mode: Mode) -> str:
        value = self.text[one.start : one.end]
        if mode == "surrogate":
            return self._surrogate(one.kind, value)
        if self.keep_length:
            return re.sub(r"[^\n]", MASK, value)
        return f"<{one.kind.upper()}>"

    def _surrogate(self, kind: Kind, value: str) -> str:
        known = self.names.get(normal(value))
        if known is not None:
            return known
        number = 1
        while (name := f"<{kind.upper()}_{number}>") in self.surrogates or name in self.text:
            number += 1
        self.names[normal(value)] = name
        self.surrogates[name] = value
        return name


def restore(text: str, surrogates: Mapping[str, str]) -> str:
    """The text with what its placeholders stand for; a model may have changed their spelling a little."""
    if not surrogates or ("<" not in text and "＜" not in text):
        return text
    return PLACEHOLDER.sub(lambda mark: surrogates.get(canonical(mark), mark[0]), text)


def canonical(mark: re.Match[str]) -> str:
    kind = re.sub(r"[ _\\]+", "_", mark[1]).upper()
    return f"<{kind}_{int(mark[2])}>"


_ANY_PLACEHOLDER = re.compile(r"<[A-Z_]+?(?:_\d{1,4})?>")
_CLAUSE = re.compile(r"[^，,；;。.！!？?\n]*[，,；;。.！!？?\n]?")
_INTRODUCTION = 16
# "my number is <MOBILE_1>" inside a longer clause
_SAYS_WHOSE = re.compile(
    r"(?:(?:我|本人)的?)?(?:手机|电话|联系方式|身份证|邮箱|银行卡|卡号|账号|账户|姓名|名字|地址)号?码?(?:是|为|叫|：|:)?\s*"
    r"<[A-Z_]+?(?:_\d{1,4})?>"
    r"|\b(?:my\s)?(?:phone|mobile|cell|e-?mail|card|account|name|address)(?:\s(?:number|address))?(?:\sis|:)?\s*"
    r"<[A-Z_]+?(?:_\d{1,4})?>",
    re.IGNORECASE,
)
_STILL_A_QUESTION = 10


def without_placeholders(text: str) -> str:
    """For searching: a placeholder is no word of anybody's documents, nor is "my number is" around it."""
    if "<" not in text:
        return text
    kept = []
    for clause in _CLAUSE.findall(text):
        rest = _ANY_PLACEHOLDER.sub(" ", clause)
        if rest == clause or _width(rest) > _INTRODUCTION:
            bare = _ANY_PLACEHOLDER.sub(" ", _SAYS_WHOSE.sub(" ", clause))
            kept.append(bare if _width(bare) >= _STILL_A_QUESTION else rest)
    return "".join(kept).strip() or _ANY_PLACEHOLDER.sub(" ", text)


def _width(text: str) -> float:
    return sum(2 if "一" <= sign <= "鿿" else 0.6 for sign in text)


_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")


def names_may_remain(text: str, found: Sequence[Found] = ()) -> bool:
    """Something that could be a name stands where nothing was found: patterns alone cannot tell."""
    covered = {place for one in found for place in range(one.start, one.end)}
    pairs = zip(text, text[1:], strict=False)
    if any(a in COMMON and b in GIVEN and at not in covered for at, (a, b) in enumerate(pairs)):
        return True
    return any(match.start() not in covered for match in _CAPITALISED.finditer(text))


_IN_LOGS: frozenset[Kind] = IDENTITY | {"mobile", "email"}
_LOG_PATTERNS = tuple(pattern for pattern in NUMBERS if pattern.kind in _IN_LOGS)
_WORTH_A_LOOK = re.compile(r"(?:[0-9０-９][\s.·_-]{0,2}){6}|[@＠]")


def mask_structured(text: str) -> str:
    """For logs: numbers of people and e-mail addresses give way to their kind. Quick when there are none."""
    if not _WORTH_A_LOOK.search(text):
        return text
    plain = folded(text)
    pieces, last = [], 0
    for one in settled(found for pattern in _LOG_PATTERNS for found in pattern.find(plain)):
        pieces += [text[last : one.start], f"<{one.kind.upper()}>"]
        last = one.end
    return "".join([*pieces, text[last:]])


__all__ = [
    "MASK",
    "PLACEHOLDER",
    "Detector",
    "Protected",
    "mask_structured",
    "names_may_remain",
    "protect",
    "restore",
    "without_placeholders",
]
