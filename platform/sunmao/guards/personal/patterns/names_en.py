"""Names in English text, by title, label or the sentence that introduces them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sunmao.guards.personal.found import Found

_WORD = r"[A-Z][a-zà-öø-ÿß'’]*(?:[A-Z][a-zà-öø-ÿ]+)?(?:-[A-ZÀ-Þ][\w'’]+)?"
_NAME = (
    rf"(?P<value>(?:{_WORD}\.?)(?: (?:(?:van|von|de|der|den|da|di|del|la|le|bin|ibn|al|el|"
    rf"dos) ){{0,2}}{_WORD}\.?){{0,3}})"
)
_NOT = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "my",
        "your",
        "his",
        "her",
        "our",
        "their",
        "its",
        "it",
        "i",
        "we",
        "you",
        "he",
        "she",
        "they",
        "who",
        "what",
        "when",
        "where",
        "why",
        "how",
        "is",
        "are",
        "was",
        "were",
        "not",
        "no",
        "yes",
        "and",
        "or",
        "but",
        "if",
        "in",
        "on",
        "at",
        "to",
        "from",
        "for",
        "of",
        "with",
        "by",
        "as",
        "please",
        "thank",
        "thanks",
        "dear",
        "hello",
        "hi",
        "sir",
        "madam",
        "customer",
        "customers",
        "client",
        "team",
        "all",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "today",
        "tomorrow",
        "yesterday",
        "patient",
        "doctor",
        "support",
        "service",
        "order",
        "card",
        "account",
        "bank",
    ]
)

_SHAPES = (
    (re.compile((
        rf"(?<![A-Za-z])(?:[Mm]rs?|[Mm]s|[Mm]iss|[Dd]r|[Pp]rof|[Pp]rofessor|Doctor|Sir|Madam|"
        rf"Mister|MR\.|MRS|MS\.|DR\.?)\.? {_NAME}"
    )), 0.8),
    (re.compile(
        rf"(?<![A-Za-z])(?i:my name is|my name's|i am called|call me|name is|named|"
        rf"name of) {_NAME}"
    ), 0.75),
    (re.compile(
        rf"(?<![A-Za-z])(?i:(?:first|last|full|given|family|middle|customer|patient|account|"
        rf"holder|beneficiary|cardholder|contact)? ?name)\??[ ]?[:=][ ]?{_NAME}"
    ), 0.8),
    (re.compile(rf"(?i:what'?s your (?:first|last|full)? ?name)\? {_NAME}"), 0.7),
    (re.compile(
        rf"(?<![A-Za-z])(?i:i am|i'm|this is) {_NAME}(?= (?:speaking|from|and|calling|here)|"
        rf"[,.!]|$)"
    ), 0.6),
    (re.compile(rf"(?<![A-Za-z])(?:Dear|Hi|Hello|Attn:?|Attention:?) {_NAME}(?=[,!:\n])"), 0.7),
    (re.compile(
        rf"(?i:(?:kind |best |warm )?regards|sincerely(?: yours)?|yours (?:truly|sincerely)|"
        rf"cheers|signed|thanks),?\s*\n+\s*{_NAME}(?=\s*(?:\n|$))"
    ), 0.75),
    (re.compile(
        rf"(?<![A-Za-z])(?i:patient|beneficiary|tenant|landlord|lessee|lessor|borrower|lender|"
        rf"guarantor|plaintiff|defendant|cardholder|billing address|shipping address|"
        rf"attn):?\s{_NAME}"
    ), 0.65),
)  # fmt: skip


def names(text: str) -> Iterator[Found]:
    found: dict[str, float] = {}
    for shape, score in _SHAPES:
        for match in shape.finditer(text):
            start, end = match.span("value")
            end = _trimmed(text, start, end)
            if end > start:
                found[text[start:end]] = max(score, found.get(text[start:end], 0))
                yield Found(start, end, "person", score, score >= 0.8)
    for name, score in found.items():
        if " " in name:
            for again in re.finditer(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", text):
                yield Found(again.start(), again.end(), "person", score)


def _trimmed(text: str, start: int, end: int) -> int:
    """Up to the first word that is no name; nothing when that is the first."""
    at = start
    for word in re.finditer(r"\S+", text[start:end]):
        if word[0].rstrip(".,").lower() in _NOT:
            break
        at = start + word.end()
    return at - 1 if at > start and text[at - 1] == "." and at - start > 3 and text[at - 3] != " " else at


__all__ = ["names"]
