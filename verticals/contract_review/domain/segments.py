"""Clauses with stable ids, and sentences, of a text with or without numbering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from verticals.contract_review.domain.shapes import Clause

NUMERAL = "一二三四五六七八九十百零〇"
# From the widest unit to the narrowest; the level of a line is the place of the first form that fits.
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"第[{NUMERAL}\d]+[章编]",
        rf"第[{NUMERAL}\d]+节",
        rf"第\s*[{NUMERAL}\d]+\s*条|article\s+(?:[ivxlc]+|\d+)\b|section\s+\d+(?!\.\d)\b",
        rf"[{NUMERAL}]+[、.．]",
        rf"[（(][{NUMERAL}]+[）)]",
        r"\d{1,2}(?!\.?\d)[、.．](?!\d)|(?-i:[A-Z])[、.．]\s?(?=[\u4e00-\u9fff])|\d{1,2}\s+(?=[A-Z\u4e00-\u9fff])|section\s+\d+\.\d+\b",
        r"(?:\d{1,2}|(?-i:[A-Z]))\.\d{1,2}(?!\.?\d)[、.．]?",
        r"\d{1,2}\.\d{1,2}\.\d{1,2}(?!\.?\d)[、.．]?",
        r"[（(]\d{1,2}[）)]|\d{1,2}[）)]|[①-⑳]|[（(](?:[a-z]|[ivx]{1,4})[）)]",
    )
)
_PARTY_LINE = re.compile(
    r"\s*(?:甲\s*方|乙\s*方|丙\s*方|出租方|承租方|出租人|承租人|买方|卖方|用人单位|劳动者|委托方|受托方|披露方|接收方)"
    r"\s*(?:[（(][^）)]{0,16}[）)])?\s*[:：]|between\b",
    re.IGNORECASE,
)
_SIGNS = re.compile(
    r"[（(](?:盖章|签字|签章|签名|公章)|签署页|^\s*(?:签字|签名|盖章|by|name|title)\s*[:：]"
    r"|in witness whereof",
    re.IGNORECASE,
)
_TITLE = re.compile(r"^\s*[^。；;:：]{0,40}(?:合同|协议|协议书|合同书|agreement|contract)\s*$", re.IGNORECASE)
_HEADING = re.compile(r"[^。；;，,：:]{0,24}$")


@dataclass(frozen=True)
class Sentence:
    start: int
    end: int
    text: str


def clauses(text: str) -> tuple[Clause, ...]:
    """Every line that opens a unit begins a clause; lines without a number belong to the one above."""
    starts = list(_units(text))
    made: list[Clause] = []
    open_units: list[tuple[int, str, str]] = []
    used: dict[str, int] = {}
    for index, (start, level, label, heading, kind) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(text)
        while open_units and (open_units[-1][0] >= level or kind in ("sign", "party", "title")):
            open_units.pop()
        path = tuple(name for _, name, _ in open_units)
        above = [key for _, _, key in open_units if not label.startswith(f"{key}.")]
        base = ".".join([*above, label])
        used[base] = used.get(base, 0) + 1
        name = base if used[base] == 1 else f"{base}~{used[base]}"
        body = text[start:end]
        made.append(
            Clause(
                id=name,
                path=path,
                heading=heading,
                start=start + len(body) - len(body.lstrip()),
                end=start + len(body.rstrip()),
                kind=kind,
            )
        )
        if kind in ("clause", "heading"):
            open_units.append((level, f"{label} {heading}".strip(), label))
    return tuple(made)


def _units(text: str) -> Iterator[tuple[int, int, str, str, str]]:
    place = 0
    seen = numbered = False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        found = _numbered(line)
        if bare and found:
            level, label, rest = found
            heading = rest if _HEADING.match(rest) else re.split(r"[。；;，,：:]", rest)[0][:24]
            yield (
                place,
                level,
                label,
                heading,
                "heading" if _HEADING.fullmatch(rest) and level < 3 else "clause",
            )
            seen = numbered = True
        elif bare and _SIGNS.search(bare) and numbered:
            yield place, 0, "sign", "", "sign"
            seen = True
        elif bare and not numbered and _PARTY_LINE.match(line):
            yield place, 0, "party", bare[:24], "party"
            seen = True
        elif bare and not seen and _TITLE.match(bare):
            yield place, 0, "title", bare, "title"
            seen = True
        elif bare and (not seen or (not numbered)):
            yield place, 9, "p", "", "clause"
            seen = True
        place += len(line)


def _numbered(line: str) -> tuple[int, str, str] | None:
    bare = line.lstrip()
    for level, form in enumerate(FORMS):
        match = form.match(bare)
        if match:
            label = (
                re.sub(r"[\s、.．（）()]+", "", match[0]) if level not in (6, 7) else match[0].rstrip("、.．")
            )
            return level, label.lower(), bare[match.end() :].strip(" \t\u3000:：\r\n")
    return None


LONGEST = 1_500
"""No sentence of a contract is longer; what pretends to be is cut, or it would cost its length squared."""
_OPEN, _CLOSE = "“《(「[【", "”》)」]】"


def sentences(plain: str) -> tuple[Sentence, ...]:
    """Parts that end with 。;!? or a line, not inside quotation marks or brackets."""
    return tuple(_sentences(plain))


def _sentences(plain: str) -> Iterator[Sentence]:
    start = depth = 0
    for place, char in enumerate(plain):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        ends = (
            char == "\n"
            or place - start >= LONGEST
            or (depth == 0 and (char in "。;!?" or (char == "." and _stop(plain, place))))
        )
        if ends:
            if plain[start : place + 1].strip():
                yield Sentence(start, place + 1, plain[start : place + 1])
            start, depth = place + 1, 0
    if plain[start:].strip():
        yield Sentence(start, len(plain), plain[start:])


_ABBREVIATED = re.compile(
    r"(?:\b(?:no|art|inc|ltd|co|corp|u\.s|e\.g|i\.e|sec|mr|ms|dr)|\d|^\s*[a-z])$", re.IGNORECASE
)


def _stop(plain: str, place: int) -> bool:
    after = plain[place + 1 : place + 2]
    return after in ("", " ", "\n") and not _ABBREVIATED.search(plain[max(0, place - 5) : place])
