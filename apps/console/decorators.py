"""Unfold's decorators with types: they only set attributes on the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from unfold import decorators

Function = TypeVar("Function", bound=Callable[..., Any])


def display(**attributes: Any) -> Callable[[Function], Function]:
    return cast(Callable[[Function], Function], decorators.display(**attributes))
