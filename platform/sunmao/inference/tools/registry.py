"""Which tools there are. Apps name them on their AppConfig as `tools`, by dotted path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from sunmao.core.permission import declared
from sunmao.core.vertical import resolve
from sunmao.inference.tools.declaring import Tool


@cache
def tools() -> Mapping[str, Tool]:
    """By name. Imported on first use, not when the apps are loaded."""
    found: dict[str, Tool] = {}
    for config in apps.get_app_configs():
        for dotted in getattr(config, "tools", ()):
            one = resolve(dotted)
            if not isinstance(one, Tool) or one.name in found:
                raise ImproperlyConfigured(f"{dotted} is no tool, or another one has its name.")
            if one.permission not in declared():
                raise ImproperlyConfigured(f"{dotted} needs a permission that no app declares.")
            found[one.name] = one
    return found
