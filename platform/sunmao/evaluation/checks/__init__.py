"""What can be asked of an answer: each check is data, and one pure function per kind."""

from __future__ import annotations

from sunmao.evaluation.checks.asking import KINDS, NOT_ASKED, apply, checked, judges_in
from sunmao.evaluation.checks.kind import Answered, Checked, Kind, Referee

__all__ = [
    "KINDS",
    "NOT_ASKED",
    "Answered",
    "Checked",
    "Kind",
    "Referee",
    "apply",
    "checked",
    "judges_in",
]
