"""The statute table: citations are data. What is not in the table, or not in force, cannot be cited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from verticals.contract_review.domain.shapes import Citation, Language
from verticals.contract_review.figures import number, table

_DIGITS = "零一二三四五六七八九"
_UNITS = ((1000, "千"), (100, "百"), (10, "十"))
_ARTICLE = re.compile(r"第?\s*([一二三四五六七八九十百千零〇两\d]+)\s*条")


@dataclass(frozen=True, kw_only=True)
class Law:
    id: str
    title: Mapping[str, str]
    short: Mapping[str, str]
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, kw_only=True)
class StatuteArticle:
    """A paraphrase in our own words; `confidence` is V, V2, M-h or M-l as in the sources of the table."""

    key: str
    law: Law
    article: int
    paragraph: int | None
    item: int | None
    paraphrase: Mapping[str, str]
    effective_from: date
    effective_to: date | None
    source_note: str
    confidence: str

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)


def numeral(value: int) -> str:
    """A number from 0 to 9999 as statutes write it: 五百零五, 一千零二十四, 十."""
    if value == 0:
        return _DIGITS[0]
    text = ""
    for unit, name in _UNITS:
        digit, value = divmod(value, unit)
        if digit:
            text += _DIGITS[digit] + name
        elif text and value and not text.endswith(_DIGITS[0]):
            text += _DIGITS[0]
    text += _DIGITS[value] if value else ""
    text = text.rstrip(_DIGITS[0])
    return text.removeprefix("一") if text.startswith("一十") else text


def article_number(text: str) -> int | None:
    """The article that a phrase names, whether as 第585条 or as 第五百八十五条."""
    match = _ARTICLE.search(text)
    return int(number(match[1])) if match else None


@cache
def laws() -> Mapping[str, Law]:
    return {
        row["id"]: Law(
            id=row["id"],
            title=row["title"],
            short=row["short"],
            effective_from=row["effective_from"],
            effective_to=row.get("effective_to"),
        )
        for row in table("statutes.toml")["law"]
    }


@cache
def articles() -> Mapping[str, StatuteArticle]:
    """Every row by its key: law:article, law:article:paragraph or law:article:paragraph:item."""
    rows = {}
    for row in table("statutes.toml")["article"]:
        law = laws()[row["law"]]
        parts = [row["article"], row.get("paragraph"), row.get("item")]
        key = ":".join([law.id, *(str(part) for part in parts if part is not None)])
        rows[key] = StatuteArticle(
            key=key,
            law=law,
            article=row["article"],
            paragraph=row.get("paragraph"),
            item=row.get("item"),
            paraphrase={"zh": row["zh"], "en": row["en"]},
            effective_from=row.get("effective_from", law.effective_from),
            effective_to=row.get("effective_to", law.effective_to),
            source_note=row.get("source_note", ""),
            confidence=row.get("confidence", "V"),
        )
    return rows


def cite(keys: tuple[str, ...], *, day: date, language: Language) -> tuple[Citation, ...]:
    """The rows of these keys that are in force on a day."""
    found = [articles()[key] for key in keys]
    return tuple(_citation(row, language) for row in found if row.in_force(day))


def _citation(row: StatuteArticle, language: Language) -> Citation:
    return Citation(
        law=row.law.id,
        article=row.article,
        paragraph=row.paragraph,
        item=row.item,
        short=_place(row, row.law.short[language], language),
        full=_place(row, row.law.title[language], language),
        paraphrase=row.paraphrase[language],
        confidence=row.confidence,
    )


def _place(row: StatuteArticle, title: str, language: Language) -> str:
    if language == "en":
        tail = f"({row.paragraph})" if row.paragraph else ""
        tail += f"({row.item})" if row.item else ""
        return f"{title}, art. {row.article}{tail}"
    text = f"《{title}》第{numeral(row.article)}条"
    text += f"第{numeral(row.paragraph)}款" if row.paragraph else ""
    return text + (f"第({numeral(row.item)})项".replace("(", "（").replace(")", "）") if row.item else "")
