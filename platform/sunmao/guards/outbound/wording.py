"""Wording that a business line may not use, as data: `rules/forbidden.toml` of a vertical.

A sentence that denies, forbids or warns of the wording may say it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sunmao.core.findings import Severity
from sunmao.guards.injection.folding import fold, squeezed

LANGUAGES = ("zh", "en")
FORBIDDEN = "rules/forbidden.toml"
Numbers = Literal["flag", "remove"]
# Up to here a sentence is held back while it is written; then it is judged as it stands.
SENTENCE = re.compile(
    r"(?:[^。！？!?.\n]|[!?.](?!\s))*(?:[。！？]+[”』」）)]*\n*|[!?.](?=\s)\s*|\n+|(?<=.)$)", re.DOTALL
)
ENDED = re.compile(r"[。！？][”』」）)]*\n*$|[!?.]\s+$|\n$")
_DENIES = {
    "zh": re.compile(
        "(?:不得|不能|不会|不再|不可|不应|不要|不做|不作|不承诺|不保证|不构成|不代表|不提供|没有|并非|并不"
        "|绝非|未|无法|无权|勿|禁止|严禁|谨防|警惕|当心|骗局|诈骗|虚假|误导|任何承诺|违[法规])[^,。;!?]{0,24}$"
    ),
    "en": re.compile(
        r"\b(?:not|no|never|cannot|can't|don't|doesn't|do not|nobody|none|without|neither|nor|beware|avoid"
        r"|scam|fraud\w*|illegal|prohibit\w*|forbidden|mislead\w*|unlawful)\b[^.;!?]{0,80}$"
    ),
}
_WARNS = re.compile(
    "谨防|警惕|骗局|诈骗|(?:的|等|之类的?)(?:说法|宣传|表述|承诺)[^,。]{0,8}(?:违规|违法|虚假|不实|不可信)"
    "|均?(?:违规|违法|不可信)|\\bis (?:a scam|unlawful|illegal|misleading)\\b"
)
_ASKS = re.compile(r"(?:吗|么|是否|[?？])\s*$")


@dataclass(frozen=True)
class Forbidden:
    """`instead` by language is what a rewritten sentence becomes; empty: it goes."""

    id: str
    severity: Severity
    patterns: dict[str, tuple[re.Pattern[str], ...]]
    unless: tuple[re.Pattern[str], ...]
    even_denied: bool
    instead: dict[str, str]
    title: dict[str, str]
    explanation: dict[str, str]


@dataclass(frozen=True)
class Wording:
    """What one vertical forbids; `numbers` is what happens to a sentence whose figures no source has."""

    rules: tuple[Forbidden, ...] = ()
    numbers: Numbers = "flag"

    def hits(self, sentence: str) -> Iterator[Forbidden]:
        """The rules that the sentence breaks."""
        folded = fold(sentence)
        together = squeezed(folded)
        readings = [folded.text, *([together.text] if together else [])]
        for rule in self.rules:
            if any(_breaks(rule, reading) for reading in readings):
                yield rule


def _breaks(rule: Forbidden, text: str) -> bool:
    if any(pattern.search(text) for pattern in rule.unless):
        return False
    return any(
        rule.even_denied or not _is_denied(text, match.start(), language)
        for language, patterns in rule.patterns.items()
        for pattern in patterns
        for match in pattern.finditer(text)
    )


def _is_denied(text: str, start: int, language: str) -> bool:
    return bool(_DENIES[language].search(text[:start]) or _WARNS.search(text) or _ASKS.search(text))


@cache
def read(path: Path) -> Wording:
    """The file's rules; a vertical without the file forbids nothing."""
    if not path.is_file():
        return Wording()
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Wording(tuple(_rule(row) for row in table.get("wording", ())), table.get("numbers", "flag"))


def _rule(row: dict[str, Any]) -> Forbidden:
    return Forbidden(
        id=row["id"],
        severity=row["severity"],
        patterns={
            language: tuple(re.compile(pattern, re.IGNORECASE) for pattern in row.get(language, ()))
            for language in LANGUAGES
        },
        unless=tuple(re.compile(pattern, re.IGNORECASE) for pattern in row.get("unless", ())),
        even_denied=row.get("even_denied", False),
        instead=row.get("instead", {}),
        title=row["title"],
        explanation=row["explanation"],
    )
