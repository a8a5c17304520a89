"""What can be measured on files of cases. Apps name their own on their AppConfig as `evaluations`.

An app says `evaluations = {"pii": "sunmao.guards.evaluation.pii.Pii"}`; `manage.py evaluate pii …` runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, cast

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser

from sunmao.core.vertical import resolve


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a person sees; `Report.data` holds the same figures for programs."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Figures of one evaluation. `notes` say what a reader of the figures must know."""

    data: dict[str, Any]
    tables: Sequence[Table] = ()
    notes: Sequence[str] = field(default_factory=tuple)


class Evaluation(Protocol):
    """One thing that can be measured. `run` gets the parsed options, `seed` among them."""

    help: str

    def add_arguments(self, parser: CommandParser) -> None: ...

    def run(self, options: dict[str, Any]) -> Report: ...


@cache
def evaluations() -> dict[str, str]:
    """Name → dotted path of the class."""
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        for name, dotted in getattr(config, "evaluations", {}).items():
            if name in found:
                raise ImproperlyConfigured(f"Two evaluations are called {name}.")
            found[name] = dotted
    return found


def load(name: str) -> Evaluation:
    return cast(Evaluation, resolve(evaluations()[name])())
