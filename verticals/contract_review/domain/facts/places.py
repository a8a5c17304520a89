"""Which law governs, and where disputes go."""

from __future__ import annotations

import re

from verticals.contract_review.domain.shapes import Quoted, Span

_LAW = re.compile(
    r"(?:适用|受|依据|按照)[^,。;]{0,16}(?:中华人民共和国|中国|香港|英国|新加坡|[^,。;]{1,8}国)[^,。;]{0,10}(?:法律|法)(?:管辖)?"
    r"|governed by[^.;]{0,60}laws? of [^.,;]{2,60}",
    re.IGNORECASE,
)
_COURT = re.compile(
    r"[^。;\n]{0,60}(?:人民)?法院[^。;\n]{0,20}(?:管辖|起诉|诉讼|解决|审理|裁判)[^。;\n]{0,30}|[^。;\n]{0,30}(?:向|由|提交)[^。;\n]{0,30}法院[^。;\n]{0,20}"
    r"|[^.;\n]{0,80}\bjurisdiction\b[^.;\n]{0,80}",
    re.IGNORECASE,
)
_ARBITRATION = re.compile(
    r"[^。;\n]{0,60}仲裁[^。;\n]{0,60}|[^.;\n]{0,80}\barbitrat\w+\b[^.;\n]{0,80}", re.IGNORECASE
)


def governing_law(plain: str) -> Quoted | None:
    return _quoted(_LAW.search(plain), "law")


def forum(plain: str) -> Quoted | None:
    """The clause on arbitration, or on a court."""
    return _quoted(_ARBITRATION.search(plain), "arbitration") or _quoted(_COURT.search(plain), "court")


def _quoted(match: re.Match[str] | None, kind: str) -> Quoted | None:
    return match and Quoted(text=match[0].strip(), kind=kind, span=Span(start=match.start(), end=match.end()))
