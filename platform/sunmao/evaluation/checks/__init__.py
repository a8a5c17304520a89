"""What can be asked of an answer: each check is data, and one pure function per kind."""

from __future__ import annotations

from sunmao.evaluation.checks.asking import Answered, Checked, apply, checked, kinds

__all__ = ["Answered", "Checked", "apply", "checked", "kinds"]
