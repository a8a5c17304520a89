"""Django looks for registrations here."""

from __future__ import annotations

from django.conf import settings

from apps.console import (
    accounts,
    answers,
    audit,
    datasets,
    guards_policies,
    heads,
    hints,
    knowledge,
    learning,
    mining,
    modelhub,
    people,
    prompts,
    quarantine,
    ratings,
    releases,
    signin,
    sources,
    suites,
    synonyms,
    tools,
    training,
    trials,
    vectors,
)

__all__ = [
    "accounts",
    "answers",
    "audit",
    "datasets",
    "guards_policies",
    "heads",
    "hints",
    "knowledge",
    "learning",
    "mining",
    "modelhub",
    "people",
    "prompts",
    "quarantine",
    "ratings",
    "releases",
    "signin",
    "sources",
    "suites",
    "synonyms",
    "tools",
    "training",
    "trials",
    "vectors",
]

if "contract_review" in settings.VERTICALS:  # without its folder everything else runs
    from apps.console import contracts

    __all__ += ["contracts"]
