"""How grave a finding is, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from verticals.contract_review.domain.shapes import SEVERITIES, Severity


def tag_of(severity: Severity) -> str:
    """`[Critical]`, in the language that is active."""
    mark = {
        "critical": pgettext("severity", "Critical"),
        "high": pgettext("severity", "High"),
        "medium": pgettext("severity", "Medium"),
        "low": pgettext("severity", "Low"),
        "info": pgettext("severity", "Note"),
    }[severity]
    return _("[{mark}]").format(mark=mark)


__all__ = ["SEVERITIES", "Severity", "tag_of"]
