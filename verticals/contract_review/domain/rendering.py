"""The three blocks of a review: legality, risks, suggestions; as text, and as parts for a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verticals.contract_review.domain.shapes import Finding, Language, Review, Severity

SEVERITY_WORDS: Mapping[Language, Mapping[Severity, str]] = {
    "zh": {"critical": "严重", "high": "高", "medium": "中", "low": "低", "info": "提示"},
    "en": {"critical": "critical", "high": "high", "medium": "medium", "low": "low", "info": "note"},
}
VERDICT_WORDS = {
    "zh": {"compliant": "符合", "non_compliant": "不符合"},
    "en": {"compliant": "compliant", "non_compliant": "not compliant"},
}
_CLEAN = {
    "zh": "未发现无效、可撤销或者可被调减的约定",
    "en": "no void, revocable or reducible term was found",
}
REASONS = 3


@dataclass(frozen=True, kw_only=True)
class Risk:
    severity: str
    text: str
    suggestion: str
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """`verdict` with its `reason`, and one suggestion for each risk, in the same order."""

    verdict: str
    reason: str
    risks: tuple[Risk, ...]


def blocks(review: Review, *, most: int = 5) -> Blocks:
    """The blocks in the reader's language; notes are left out, the gravest come first."""
    shown = [one for one in review.findings if one.severity != "info"][:most]
    words = SEVERITY_WORDS[review.language]
    return Blocks(
        verdict=VERDICT_WORDS[review.language][review.verdict],
        reason=_reason(review),
        risks=tuple(
            Risk(
                severity=words[one.severity],
                text=one.words[review.language].risk,
                suggestion=one.rewrite,
                finding=one,
            )
            for one in shown
        ),
    )


def _reason(review: Review) -> str:
    broken = [one for one in review.findings if one.legality == "non_compliant"][:REASONS]
    if not broken:
        return _CLEAN[review.language] + ("。" if review.language == "zh" else ".")
    parts = [one.words[review.language].reason.rstrip("。.") for one in broken]
    cited = broken[0].citations
    if review.language == "en":
        lead = f"under {cited[0].short}, " if cited else ""
        return lead + "; ".join(parts) + "."
    return (f"根据{cited[0].short}，" if cited else "") + "；且".join(parts) + "。"


def as_text(review: Review) -> str:
    """The blocks as the reader copies them."""
    made = blocks(review)
    if review.language == "zh":
        lines = [f"- 合法性：【{made.verdict}】，理由：{made.reason}", "- 风险点："]
        lines += [
            f"  {n}. 【{one.severity}】{one.text}{_end(n, made)}" for n, one in enumerate(made.risks, 1)
        ]
        lines += ["- 修改建议："] + [f"  {n}. {one.suggestion}" for n, one in enumerate(made.risks, 1)]
        return "\n".join(lines)
    lines = [f"- Legality: [{made.verdict}], because: {made.reason}", "- Risks:"]
    lines += [f"  {n}. [{one.severity}] {one.text}" for n, one in enumerate(made.risks, 1)]
    lines += ["- Suggestions:"] + [f"  {n}. {one.suggestion}" for n, one in enumerate(made.risks, 1)]
    return "\n".join(lines)


def _end(number: int, made: Blocks) -> str:
    return "。" if number == len(made.risks) else "；"
