"""What every subcommand of `manage.py train` shares: one class, found by its name in a package.

A package of subcommands is a folder of modules; each declares `SUBCOMMAND`. A new file is a new subcommand.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.core.management.base import CommandParser

from sunmao.core.actor import Actor
from sunmao.core.command import StackCommand
from sunmao.core.evaluating import Report

Run = Callable[[StackCommand, Actor, dict[str, Any]], None]


def _nothing(command: StackCommand, actor: Actor, options: dict[str, Any]) -> None:
    raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Subcommand:
    """`arguments` declares what it takes, `run` does it. What only learns from files and measures on files
    declares `measure` instead: nobody has to act for that."""

    name: str
    help: str
    arguments: Callable[[CommandParser], None]
    run: Run = _nothing
    measure: Callable[[dict[str, Any]], Report] | None = None


def found_in(package: ModuleType) -> Mapping[str, Subcommand]:
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        one = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "SUBCOMMAND", None)
        if isinstance(one, Subcommand):
            found[one.name] = one
    return dict(sorted(found.items()))


__all__ = ["Subcommand", "found_in"]
