"""Django looks for registrations here."""

from __future__ import annotations

from apps.console import accounts, answers, knowledge

__all__ = ["accounts", "answers", "knowledge"]
