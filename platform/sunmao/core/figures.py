"""Numbers as people read them."""

from __future__ import annotations

import math

DIGITS = 4
SMALLEST, LARGEST = 1e-6, 1e12
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None) -> str:
    """Thousands apart, four digits that say something, powers of ten only where nobody could count zeros."""
    if value is None or not math.isfinite(value):
        return "–"
    if value and not SMALLEST <= abs(value) < LARGEST:
        parts = f"{value:.2e}".split("e")
        return f"{parts[0].rstrip('0').rstrip('.')} × 10{str(int(parts[1])).translate(_RAISED)}"
    decimals = DIGITS if not value else DIGITS - 1 - math.floor(math.log10(abs(value)))
    shown = f"{value:,.{min(max(decimals, 0), 9)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def percent(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{100 * value:.1f} %"


__all__ = ["number", "percent"]
