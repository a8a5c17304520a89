"""Colours of printed pages: those of the portal's light scheme."""

from __future__ import annotations

from verticals.contract_review.domain.shapes import Severity

INK, MUTED, LINE, PAPER = "1C1F23", "5C6167", "E4E0D8", "FBFAF7"
ACCENT, ACCENT_SOFT, GOOD = "A63D2F", "F9EDEA", "1F5F55"
TONES: dict[Severity, str] = {
    "critical": "8C1A10",
    "high": "A63D2F",
    "medium": "8A5F1A",
    "low": "2F5D9B",
    "info": "5C6167",
}

__all__ = ["ACCENT", "ACCENT_SOFT", "GOOD", "INK", "LINE", "MUTED", "PAPER", "TONES"]
