"""Prompts that come with the product, for no business line in particular: texts, cases, calculators."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from sunmao.prompts.packs.computed import Calculator, Computed

CALCULATORS: Mapping[str, str] = {"monthly_sales": "sales", "accounts": "finance", "clause_rates": "clause"}


def calculator(name: str) -> Calculator:
    return import_module(f"{__name__}.{CALCULATORS[name]}").compute  # type: ignore[no-any-return]


__all__ = ["CALCULATORS", "Calculator", "Computed", "calculator"]
