"""What every check is given, and what it gives back. Positions are those of the normalised copy."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from verticals.contract_review.domain.normal import HEADING_WORDS, Copy
from verticals.contract_review.domain.parameters import Parameters
from verticals.contract_review.domain.playbook import Playbook, Rule
from verticals.contract_review.domain.segments import Sentence, sentences
from verticals.contract_review.domain.shapes import Clause, ContractType, Facts, Side

_HEADING = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百\d]+[章节条]|[一二三四五六七八九十]+、|[A-Z][.、]|[(][一二三四五六七八九十\d]+[)]|\d+(?:\.\d+)*[.、]?)\s?"
    rf"(?:(?:[A-Za-z][A-Za-z'&/ -]{{1,40}})?[^,。;:!?]{{0,14}}\s*\n|{HEADING_WORDS}。)$"
)
_PART_END = re.compile(r"[,;。\n]")
_PART_NUMBER = re.compile(
    r"\s*(?:第[一二三四五六七八九十百\d]+条|[一二三四五六七八九十]+、|[(][一二三四五六七八九十\d]+[)]|\d+(?:\.\d+)*[.、])\s?"
)
_ANNEX_LIST = re.compile(
    r"^\s*附件\s?(?:清单|目录|[一二三四五六七八九十\d]+)?\s?:"
    r"|^\s*(?:\d+(?:\.\d+)*[.、]?|[(][一二三四五六七八九十\d]+[)])?\s*(?:本合同|本协议)?附件(?:为(?:本合同|本协议)?的?组成部分|[^。;]{0,80}》[^。;]{0,16}(?:组成部分|同等(?:法律)?效力|一部分))"
)


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Where a rule holds. No span: the text lacks something. `edit` is the smallest change, if known.

    `learnt` tells what reads like a breach from what a rule's own function found.
    """

    spans: tuple[tuple[int, int], ...] = ()
    outcome: str = "default"
    computed: Mapping[str, Any] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    rewrite: str = ""
    edit: tuple[int, int, str] | None = None
    learnt: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """One text under review. `whole` tells a contract from a pasted snippet."""

    copy: Copy
    clauses: tuple[Clause, ...]
    facts: Facts
    side: Side
    contract_type: ContractType
    whole: bool
    as_of: date
    parameters: Parameters
    playbook: Playbook

    @property
    def text(self) -> str:
        return self.copy.text

    @cached_property
    def lines(self) -> tuple[Sentence, ...]:
        """All sentences, headings among them."""
        return sentences(self.text)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences that say something: a heading lays down nothing."""
        return tuple(one for one in self.lines if not _HEADING.match(one.text))

    @cached_property
    def provisions(self) -> str:
        """The text without headings and the list of annexes: what is agreed, not what it is called."""
        kept = (one.text for one in self.sentences if not self.is_annex_list(one.text))
        return "\n".join(kept)

    def is_annex_list(self, text: str) -> bool:
        return bool(_ANNEX_LIST.match(text))

    def has(self, pattern: str) -> bool:
        return re.search(pattern, self.text, re.IGNORECASE) is not None

    @cached_property
    def _line_starts(self) -> list[int]:
        return [one.start for one in self.lines]

    def sentence_at(self, place: int) -> Sentence:
        return self.lines[max(bisect_right(self._line_starts, place) - 1, 0)]

    @cached_property
    def clause_ranges(self) -> tuple[tuple[int, int], ...]:
        """The clauses as stretches of the copy."""
        return tuple((self.copy.forth(one.start), self.copy.forth(one.end)) for one in self.clauses)

    @cached_property
    def _clause_starts(self) -> list[int]:
        return [start for start, _ in self.clause_ranges]

    @cached_property
    def _article_starts(self) -> list[int]:
        pairs = zip(self.clauses, self.clause_ranges, strict=True)
        return [span[0] for one, span in pairs if not one.path]

    def clause_at(self, place: int) -> tuple[int, int]:
        """The narrowest clause around a place; of unnumbered text, its line."""
        index = bisect_right(self._clause_starts, place) - 1
        if index >= 0 and place < max(self.clause_ranges[index][1], self.clause_ranges[index][0] + 1):
            return self.clause_ranges[index]
        start = self.text.rfind("\n", 0, place) + 1
        end = self.text.find("\n", place)
        return start, len(self.text) if end < 0 else end

    def section_at(self, place: int) -> tuple[int, int]:
        """The article around a place, all its paragraphs; of unnumbered text, its line."""
        index = bisect_right(self._article_starts, place) - 1
        if index >= 0:
            following = self._article_starts[index + 1 : index + 2]
            return self._article_starts[index], following[0] if following else len(self.text)
        return self.clause_at(place)

    @cached_property
    def statements(self) -> tuple[Sentence, ...]:
        """Sentences with their parts between semicolons kept together."""
        joined: list[Sentence] = []
        for one in self.sentences:
            last = joined[-1] if joined else None
            if last and last.text.endswith(";") and last.end == one.start:
                joined[-1] = Sentence(last.start, one.end, last.text + one.text)
            else:
                joined.append(one)
        return tuple(joined)

    def part_at(self, start: int, end: int) -> tuple[int, int]:
        """The parts between commas that a stretch touches, without their last sign."""
        sentence = self.sentence_at(start)
        head = self.text[sentence.start : start]
        first = sentence.start + max((found.end() for found in _PART_END.finditer(head)), default=0)
        number = _PART_NUMBER.match(self.text, first, end)
        tail = _PART_END.search(self.text, end)
        last = min(tail.start() if tail else len(self.text), sentence.end)
        return number.end() if number and number.end() <= start else first, last

    def heading_at(self, place: int) -> str:
        """The first words of the article around a place: what it is about."""
        start = self.section_at(place)[0]
        return self.text[start : start + 26].lstrip("\n").split("\n")[0]

    def around(self, place: int) -> str:
        return self.text[slice(*self.clause_at(place))]

    def threshold(self, rule: Rule, name: str) -> float:
        return self.playbook.threshold(rule, name)


Check = Callable[[Rule, Case], Iterator[Hit]]
CHECKS: dict[str, Check] = {}


def check(*names: str) -> Callable[[Check], Check]:
    """Enter a function under the names that rule rows use; a name is taken once."""

    def enter(function: Check) -> Check:
        for name in names:
            if name in CHECKS:
                raise ValueError(f"Two checks are called {name}.")
            CHECKS[name] = function
        return function

    return enter


def first(patterns: Sequence[re.Match[str] | None]) -> re.Match[str] | None:
    return next((match for match in patterns if match), None)
