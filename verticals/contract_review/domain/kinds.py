"""What kind of text it is: language, contract type, side, whole contract or snippet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verticals.contract_review.domain.shapes import CONTRACT_TYPES, Clause, ContractType, Language, Side
from verticals.contract_review.figures import table

_SIDES: dict[str, Side] = {
    "甲方": "甲方", "a": "甲方", "party_a": "甲方", "party a": "甲方",
    "乙方": "乙方", "b": "乙方", "party_b": "乙方", "party b": "乙方",
    "": "neutral", "neutral": "neutral", "中立": "neutral",
}  # fmt: skip
_HAN = re.compile(r"[㐀-鿿]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PARTIES = re.compile(
    r"(?m)^[^\S\n]*(?:甲\s*方|乙\s*方|出租[方人]|承租[方人]|买\s*方|卖\s*方|用人单位|披露方)[^。\n]{0,20}[:]"
)


def side_of(name: str) -> Side:
    """甲方, 乙方 or neutral, also as party_a and party_b."""
    try:
        return _SIDES[name.strip().lower()]
    except KeyError:
        raise ValueError(f"There is no side {name}.") from None


def languages_of(text: str) -> tuple[Language, ...]:
    """The languages whose rules apply, the main one first."""
    han, words = len(_HAN.findall(text)), len(_WORD.findall(text))
    if han >= words * 2:
        return ("zh", "en") if words >= 120 else ("zh",)
    return ("en", "zh") if han >= 40 else ("en",)


def suggest_type(text: str) -> ContractType:
    """The type whose words weigh most; those in the first lines count more."""
    head = text[:160]
    title = next((line for line in text.splitlines() if line.strip()), "")[:40]
    weights: dict[ContractType, int] = {}
    forms = table("review_kinds.toml")["kind"]
    for kind in CONTRACT_TYPES:
        words = forms.get(kind)
        if words is None:
            continue
        named = 4 * bool(re.search(words["title"], title, re.IGNORECASE))
        named += len(re.findall(words["title"], head, re.IGNORECASE))
        body = len(re.findall(words["body"], text, re.IGNORECASE))
        weights[kind] = 3 * named + min(body, 20)
    best = max(weights, key=lambda kind: weights[kind])
    return best if weights[best] >= 2 else "general"


def whole_contract(text: str, clauses: Sequence[Clause]) -> bool:
    """Whether absences mean something: parties and numbered clauses, or many of them."""
    units = sum(clause.kind in ("clause", "heading") and clause.id != "p" for clause in clauses)
    numbered = sum(
        not clause.id.startswith("p") for clause in clauses if clause.kind in ("clause", "heading")
    )
    framed = bool(_PARTIES.search(text)) or any(
        clause.kind in ("party", "sign", "title") for clause in clauses
    )
    return (framed and (numbered >= 3 or units >= 5) and len(text) >= 120) or (
        numbered >= 6 and len(text) >= 400
    )
