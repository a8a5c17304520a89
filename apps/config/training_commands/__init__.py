"""What `manage.py train` can do: each module of this folder contributes one kind, as `Training`.

A kind has `name`, `help`, `add_arguments(parser)` and `run(options)`, which gives a report of figures.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from django.core.management.base import CommandParser

from sunmao.core.evaluating import Report


class Training(Protocol):
    name: str
    help: str

    def add_arguments(self, parser: CommandParser) -> None: ...

    def run(self, options: dict[str, Any]) -> Report: ...


@cache
def trainings() -> dict[str, Training]:
    """By name. Importing a module loads nothing heavy."""
    found: list[Training] = [
        import_module(f"{__name__}.{module.name}").Training() for module in iter_modules(__path__)
    ]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}
