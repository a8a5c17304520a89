"""Django looks for registrations here."""

from __future__ import annotations

from apps.console import (
    accounts,
    answers,
    audit,
    guards_policies,
    hints,
    knowledge,
    learning,
    people,
    quarantine,
    signin,
    sources,
    trials,
    vectors,
)

__all__ = [
    "accounts",
    "answers",
    "audit",
    "guards_policies",
    "hints",
    "knowledge",
    "learning",
    "people",
    "quarantine",
    "signin",
    "sources",
    "trials",
    "vectors",
]
