"""What can be asked of an answer: each check is data, and one pure function per kind."""

from __future__ import annotations

from sunmao.evaluation.checks.asking import KINDS, apply, checked
from sunmao.evaluation.checks.kind import Answered, Checked, Kind

__all__ = ["KINDS", "Answered", "Checked", "Kind", "apply", "checked"]
