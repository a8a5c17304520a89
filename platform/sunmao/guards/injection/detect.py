"""Looking for instructions to the model in text that should only be read: the score, and what gave it.

Rules are data (`rules/*.toml`). They run over the whole text in each of its readings: as it stands, without
what separates characters, and everything that was hidden or encoded. Hits within a window add up, and a
small model that reads characters has a say; nothing is cut off at any length.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sunmao.guards.injection import model
from sunmao.guards.injection.folding import Folded, fold, squeezed
from sunmao.guards.injection.revealing import reveal

Origin = Literal["question", "document"]
FOLDER = Path(__file__).parent / "rules"
WINDOW = 400
BLOCK, OVERLAP = 2_400, 600
# Hiding an instruction is itself a sign of one.
HIDDEN_BOOST = 0.5
OPEN_CARRIERS = {"plain", "spaced", "markup", "attribute"}
QUOTED = 0.15
MODEL_RULE = "INJ-MODEL"


# A document that holds nothing but a request to whoever reads it is no knowledge.
ONLY_A_REQUEST = 0.62
_ONLY_A_REQUEST = re.compile(
    r"(?:please |can you |could you )?(?:write|draft|develop|compose|create|generate|provide|give|list"
    r"|describe|explain"
    r"|summari[sz]e|translate|convert|compare|break down|outline|recommend|suggest|plan|calculate"
    r"|solve|find|tell|teach|help|design|show|introduce|replace|use|respond|reply|answer|rearrange|swap|shuffle|remove"
    r"|insert|substitute|reverse|encode|misspell|identify|analy[sz]e|discuss|send|share|post|click|visit"
    r"|download|check out)\b[^\n.!?]{8,200}[.!]?"
    r"|(?:who|what|what's|when|where|which|why|how|is|are|can|could|do|does|did|should)\b[^\n?]{8,200}\?"
    "|请?(?:你|帮我|为我|给我)?(?:写|翻译|总结|列出|解释|说明|推荐|计算|改写|编写|起草|描述|比较|生成|提供)"
    "[^\n。？]{4,80}[。！]?|[^\n。？?]{4,60}(?:吗|呢|什么|怎么|如何|哪|谁)[^\n。？?]{0,30}[？?]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rule:
    id: str
    question: float
    document: float
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    even_asked: bool

    def weight(self, origin: Origin) -> float:
        return self.document if origin == "document" else self.question


@dataclass(frozen=True)
class Signal:
    """One reason; `start` and `end` are places in the text that was given."""

    rule_id: str
    weight: float
    carrier: str
    start: int
    end: int


@dataclass(frozen=True)
class Inspection:
    score: float
    signals: tuple[Signal, ...]

    @property
    def carriers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(signal.carrier for signal in self.signals))


def inspect(text: str, *, origin: Origin) -> Inspection:
    """How likely it is that the text gives orders to the model; `signals` are those of the worst window."""
    return worst_window([*_all_signals(text, origin), *_only_a_request(text, origin)])


def inspect_part(text: str) -> Inspection:
    """The same for a part of a document: a heading may well be a question."""
    return worst_window(_all_signals(text, "document"))


def suspicious_spans(text: str, *, threshold: float) -> list[tuple[int, int, Inspection]]:
    """The parts of a document that give orders, each with its reasons, in reading order."""
    found: list[tuple[int, int, Inspection]] = []
    for window in _windows([*_all_signals(text, "document"), *_only_a_request(text, "document")]):
        if window.score < threshold:
            continue
        start, end = min(s.start for s in window.signals), max(s.end for s in window.signals)
        if found and start < found[-1][1]:
            before = found.pop()
            start, end = before[0], max(before[1], end)
            window = max(before[2], window, key=lambda one: one.score)
        found.append((start, end, window))
    return found


def _all_signals(text: str, origin: Origin) -> list[Signal]:
    signals: list[Signal] = []
    for folded, carrier, place in _readings(text):
        signals += _signals(folded, carrier, place, origin)
    return signals


def _only_a_request(text: str, origin: Origin) -> list[Signal]:
    if origin == "question" or not _ONLY_A_REQUEST.fullmatch(text.strip()):
        return []
    return [Signal("INJ-ONLY-A-REQUEST", ONLY_A_REQUEST, "plain", 0, len(text))]


def worst_window(signals: Iterable[Signal]) -> Inspection:
    return max(_windows(signals), key=lambda window: window.score, default=Inspection(0.0, ()))


def _windows(signals: Iterable[Signal]) -> Iterator[Inspection]:
    """Hits that stand close together, from each hit on; a rule counts once in each window."""
    ordered = sorted(signals, key=lambda signal: (signal.start, signal.end))
    for first, begin in enumerate(ordered):
        within: dict[str, Signal] = {}
        for place in range(first, len(ordered)):
            signal = ordered[place]
            if signal.start > begin.start + WINDOW:
                break
            known = within.get(signal.rule_id)
            if known is None or known.weight < signal.weight:
                within[signal.rule_id] = signal
        score = 1 - math.prod(1 - signal.weight for signal in within.values())
        yield Inspection(round(score, 4), tuple(within.values()))


def _readings(text: str) -> Iterator[tuple[Folded, str, tuple[int, int] | None]]:
    """The text in every reading, how it was hidden, and where (None: its own places count)."""
    plain = fold(text)
    yield plain, "invisible" if plain.invisible > len(text) // 10 else "plain", None
    together = squeezed(plain)
    if together:
        yield together, "spaced", None
    for part in reveal(text):
        folded = fold(part.text)
        inner = squeezed(folded)
        place = None if part.origin else (part.start, part.end)
        for reading in (folded, inner) if inner else (folded,):
            yield _placed(reading, part.origin) if part.origin else reading, part.carrier, place


def _placed(folded: Folded, origin: tuple[int, ...]) -> Folded:
    """The reading of another reading, with the places of the original."""
    own = folded.origin or tuple(range(len(folded.text)))
    return Folded(folded.text, tuple(origin[place] for place in own), folded.invisible)


def _signals(folded: Folded, carrier: str, place: tuple[int, int] | None, origin: Origin) -> Iterator[Signal]:
    yield from rule_signals(folded, carrier=carrier, place=place, origin=origin)
    for start, end, probability in model.windows(folded.text, origin=origin):
        if probability >= model.LEAST:
            first, last = place or folded.span(start, end)
            yield Signal(MODEL_RULE, probability, carrier, first, last)


def rule_signals(
    folded: Folded, *, origin: Origin, carrier: str = "plain", place: tuple[int, int] | None = None
) -> Iterator[Signal]:
    boost = 0.0 if carrier in OPEN_CARRIERS else HIDDEN_BOOST
    for rule, weight, first, last in _hits(folded.text, origin):
        start, end = place or folded.span(first, last)
        yield Signal(rule.id, 1 - (1 - weight) * (1 - boost), carrier, start, end)


def _hits(text: str, origin: Origin) -> Iterator[tuple[Rule, float, int, int]]:
    """In overlapping blocks: what a pattern costs must not grow with the square of a text made to be slow."""
    for base in range(0, max(len(text) - OVERLAP, 1), BLOCK - OVERLAP):
        block = text[base : base + BLOCK]
        own = BLOCK - OVERLAP if base + BLOCK < len(text) else BLOCK
        for rule in _for_script(block):
            for match in rule.pattern.finditer(block):
                weight = (
                    _weight(rule, block, match.start(), match.end(), origin) if match.start() < own else 0
                )
                if weight:
                    yield rule, weight, base + match.start(), base + match.end()


# A sentence that talks about attacks and quotes one, or forbids what the hit says, is no order.
_SPEAKS_OF = re.compile(
    "攻击|注入|话术|越狱.{0,6}区别|预期结果|测试用例|用例|防范|防御|识别|手册|培训|更新日志|标注|讲义|剧本|小说|台词|润色|续写"
    r"|\b(?:attack|injection|jailbreak (?:is|attempt)|example of|such as|test case|expected result"
    r"|phishing|training|defen[cs]e|detect)"
)
# What stands behind such a word is quoted, too.
_QUOTES = re.compile(
    "“[^”]*”|\"[^\"\n]*\"|「[^」]*」|'[^'\n]{8,}'|(?:输入|示例|例子|例如|比如|样例|话术)\\s?:[^\n]*"
)
# Somebody wants to know something, and tells nobody to do it.
_INQUIRES = re.compile(
    r"怎么|怎样|如何|在哪|哪里|哪儿|哪[一个些条种]|什么|是否|可不可以|有没有|([\u4e00-\u9fff])不\1|[吗呢]\s*$"
)
_TELLS = re.compile("你|您|请|给我|帮我|助手|(?<![a-z])ai(?![a-z])")
_FORBIDS = re.compile(
    r"(?:不得|禁止|严禁|不应|不可以?|防止|避免|是否|怎样防止|如何防|不会|请?勿|切勿|不要|别"
    r"|must not|never|should not|to prevent|prevent) ?\w{0,6}$"
)


def _weight(rule: Rule, text: str, start: int, end: int, origin: Origin) -> float:
    begin = max((text.rfind(mark, 0, start) for mark in "。!?\n"), default=-1) + 1
    stops = [place for mark in "。!?\n" if (place := text.find(mark, end)) >= 0]
    sentence = text[begin : min(stops, default=len(text))]
    if (rule.unless and rule.unless.search(sentence)) or (rule.needs and not rule.needs.search(sentence)):
        return 0.0
    weight = rule.weight(origin)
    if _FORBIDS.search(text[max(0, start - 12) : start]):
        return weight * QUOTED
    if not rule.even_asked and _is_inquiry(sentence, text[end:]):
        return weight * QUOTED
    around = text[max(0, begin - 80) : min(stops, default=len(text)) + 40]
    if _SPEAKS_OF.search(around) and _is_quoted(sentence, start - begin, end - begin):
        return weight * QUOTED
    return weight


def _is_inquiry(sentence: str, rest: str) -> bool:
    stop = re.search(r"[。!?\n]", rest)
    asked = (stop is not None and stop[0] == "?") or sentence.rstrip().endswith(("吗", "呢"))
    return asked and bool(_INQUIRES.search(sentence)) and not _TELLS.search(sentence)


def _is_quoted(sentence: str, start: int, end: int) -> bool:
    return any(
        quote.start() <= start < quote.end() or start <= quote.start() < end
        for quote in _QUOTES.finditer(sentence)
    )


_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z]{3}|[^\x00-\x7f]")


def _for_script(text: str) -> Iterator[Rule]:
    """Chinese rules where there is a Chinese character, the others where there is any other letter."""
    for name, script in (("zh", _HAN), ("en", _LATIN)):
        if script.search(text):
            yield from rules(name)


@cache
def rules(language: str) -> tuple[Rule, ...]:
    return tuple(_read(FOLDER / f"{language}.toml"))


def _read(path: Path) -> Iterator[Rule]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    words: Mapping[str, str] = table.get("words", {})
    for row in table["rule"]:
        yield _rule(row, words)


def _rule(row: dict[str, Any], words: Mapping[str, str]) -> Rule:
    weight = float(row["weight"])
    return Rule(
        id=row["id"],
        question=weight,
        document=float(row.get("document", weight)),
        pattern=_compile(row["pattern"], words),
        needs=_compile(row["needs"], words) if "needs" in row else None,
        unless=_compile(row["unless"], words) if "unless" in row else None,
        even_asked=row.get("even_asked", False),
    )


def _compile(pattern: str, words: Mapping[str, str]) -> re.Pattern[str]:
    for name, alternatives in words.items():
        pattern = pattern.replace("{" + name + "}", alternatives)
    return re.compile(pattern)
