"""Django looks for registrations here."""

from __future__ import annotations

from apps.console import (
    accounts,
    answers,
    audit,
    guards_policies,
    knowledge,
    learning,
    mining,
    people,
    quarantine,
    signin,
    trials,
)

__all__ = [
    "accounts",
    "answers",
    "audit",
    "guards_policies",
    "knowledge",
    "learning",
    "mining",
    "people",
    "quarantine",
    "signin",
    "trials",
]
