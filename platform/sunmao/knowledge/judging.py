"""Whether what was found may be answered from, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sunmao.knowledge.text.refusal import Evidence, trustworthy

Reason = Literal["named", "confirmed", "close", "covered", "weak", "nothing", "no_such_article"]
CLOSE_ENOUGH = 0.6
"""A cosine that is trusted by itself, of an encoder that the refusal model does not know."""
SAME_QUESTION = 0.7
"""Share of the question that a confirmed question covers, to be taken for the same question."""


@dataclass(frozen=True)
class Judgement:
    """`relevance` runs from 0 to 1. Accepted: `named` by its number, `confirmed` for the same question,
    `close` by its vector, `covered` by its words. Refused: `weak`, `nothing` was found, `no_such_article` as
    the one asked for."""

    accepted: bool
    relevance: float
    reason: Reason


NOTHING = Judgement(accepted=False, relevance=0.0, reason="nothing")


@dataclass(frozen=True)
class Circumstances:
    """`named`: an article was asked for and found, `missing`: one was not; `confirmed`: the share of the
    question that the likest confirmed question covers; `found`: there are passages at all."""

    named: bool = False
    missing: bool = False
    found: bool = True
    confirmed: float = 0.0


def judge(evidence: Evidence, around: Circumstances) -> Judgement:
    if around.named:
        return Judgement(accepted=True, relevance=1.0, reason="named")
    if not around.found:
        return NOTHING if not around.missing else Judgement(False, 0.0, "no_such_article")
    verdict = trustworthy(evidence)
    relevance = round(verdict.relevance, 4)
    if around.missing:
        return Judgement(accepted=False, relevance=relevance, reason="no_such_article")
    if around.confirmed >= SAME_QUESTION:
        return Judgement(True, max(relevance, round(min(around.confirmed, 1.0), 4)), "confirmed")
    if verdict.accept:
        return Judgement(accepted=True, relevance=relevance, reason="covered")
    if evidence.cosine is not None and not verdict.weighs_vectors and evidence.cosine >= CLOSE_ENOUGH:
        return Judgement(True, max(relevance, round(min(evidence.cosine, 1.0), 4)), "close")
    return Judgement(accepted=False, relevance=relevance, reason="weak")


__all__ = ["NOTHING", "Circumstances", "Judgement", "Reason", "judge"]
