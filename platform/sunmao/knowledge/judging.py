"""Whether what was found may be answered from, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sunmao.knowledge.text.language import Language
from sunmao.knowledge.text.refusal import trustworthy

Reason = Literal["named", "close", "covered", "weak", "nothing", "no_such_article"]
DENSE_ENOUGH = 0.4  # cosine under MiniLM: paraphrases about 0.7, other fields rarely above 0.4


@dataclass(frozen=True)
class Judgement:
    """`relevance` runs from 0 to 1. Accepted: `named` by its number, `close` by its vector, `covered` by its
    words. Refused: `weak`, `nothing` was found, `no_such_article` as the one asked for."""

    accepted: bool
    relevance: float
    reason: Reason


NOTHING = Judgement(accepted=False, relevance=0.0, reason="nothing")


def judge(
    *,
    language: Language,
    top: float,
    self_score: float,
    searched: int,
    named: bool,
    missing: bool,
    closest: float,
    found: bool,
) -> Judgement:
    """`named`: an article was asked for and found, `missing`: it was not; `closest`: the best cosine."""
    verdict = trustworthy(top=top, self_score=self_score, language=language, passages=searched)
    relevance = 1.0 if named else round(max(verdict.relevance, closest), 4)
    if missing and not named:
        return Judgement(accepted=False, relevance=relevance, reason="no_such_article")
    if not found:
        return Judgement(accepted=False, relevance=relevance, reason="nothing")
    if named:
        return Judgement(accepted=True, relevance=relevance, reason="named")
    if verdict.accept:
        return Judgement(accepted=True, relevance=relevance, reason="covered")
    if closest >= DENSE_ENOUGH:
        return Judgement(accepted=True, relevance=relevance, reason="close")
    return Judgement(accepted=False, relevance=relevance, reason="weak")


__all__ = ["NOTHING", "Judgement", "Reason", "judge"]
