"""Numbers that Word counts and does not write down: 第一条, 1.2, (a).

A contract numbered by its program has no 第X条 in its text. ECMA-376 part 1, §17.9.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sunmao.knowledge.text.numerals import LARGEST, to_chinese
from sunmao.knowledge.text.parsing.office.words import W

_PLACE = re.compile(r"%(\d)")
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "japaneseCounting",
        "ideographDigital",
    }
)
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LEVELS = 9


@dataclass
class _Level:
    form: str = "decimal"
    text: str = ""
    start: int = 1
    is_legal: bool = False
    """Whether all levels are written in Arabic figures here, whatever they look like where they stand."""


@dataclass
class Numbering:
    """Counts as the document is read from its beginning to its end."""

    lists: dict[str, str] = field(default_factory=dict)
    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    _counted: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, root: Any | None) -> Numbering:
        """`root` is the numbering part, or None for a document without one."""
        if root is None:
            return cls()
        levels = {
            abstract.get(f"{W}abstractNumId", ""): {
                _whole(level.get(f"{W}ilvl", "0"), 0): _level(level) for level in abstract.findall(f"{W}lvl")
            }
            for abstract in root.findall(f"{W}abstractNum")
        }
        lists = {
            number.get(f"{W}numId", ""): number.find(f"{W}abstractNumId").get(f"{W}val", "")
            for number in root.findall(f"{W}num")
            if number.find(f"{W}abstractNumId") is not None
        }
        restarts = {number.get(f"{W}numId", ""): _restarts(number) for number in root.findall(f"{W}num")}
        return cls(lists=lists, levels=levels, restarts=restarts)

    def next(self, number_id: str, level: int) -> str:
        """What stands before the next paragraph of this list: `第三条`, `2.1`, `-`, or nothing."""
        abstract = self.lists.get(number_id, "")
        known = self.levels.get(abstract, {})
        if level not in known or not 0 <= level < _LEVELS:
            return ""
        counted = self._counted[abstract]
        counted |= {at: start - 1 for at, start in self.restarts.pop(number_id, {}).items()}
        counted[level] = counted.get(level, known[level].start - 1) + 1
        for deeper in [other for other in counted if other > level]:
            del counted[deeper]
        if known[level].form == "bullet":
            return "-"

        def written(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            given = known.get(at, _Level())
            return _in_form(counted.get(at, given.start), "decimal" if known[level].is_legal else given.form)

        return _PLACE.sub(written, known[level].text)


def _level(element: Any) -> _Level:
    return _Level(
        _value(element, "numFmt", "decimal"),
        _value(element, "lvlText", ""),
        _whole(_value(element, "start", "1")),
        element.find(f"{W}isLgl") is not None,
    )


def _restarts(number: Any) -> dict[int, int]:
    """Levels that this list begins anew although it shares its counting with another."""
    return {
        _whole(override.get(f"{W}ilvl", "0"), 0): _whole(_value(override, "startOverride", "1"))
        for override in number.findall(f"{W}lvlOverride")
        if override.find(f"{W}startOverride") is not None
    }


def _value(element: Any, name: str, default: str) -> str:
    child = element.find(f"{W}{name}")
    return str(child.get(f"{W}val", default)) if child is not None else default


def _whole(value: str, default: int = 1) -> int:
    return int(value) if value.isdecimal() and len(value) < 6 else default


def _in_form(number: int, form: str) -> str:
    if form == "none":
        return ""
    if form in _CHINESE and number <= LARGEST:
        return to_chinese(number)
    if form in ("upperRoman", "lowerRoman"):
        return _roman(number).upper() if form == "upperRoman" else _roman(number)
    if form in ("upperLetter", "lowerLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form.startswith("decimalEnclosedCircle") and 0 < number <= len(_CIRCLED):
        return _CIRCLED[number - 1]
    return f"{number:02d}" if form == "decimalZero" else str(number)


def _roman(number: int) -> str:
    said = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        said += letters * min(count, 20)
    return said


__all__ = ["Numbering"]
