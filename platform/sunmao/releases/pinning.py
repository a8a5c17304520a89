"""What is pinned because it is installed, not because somebody chose it: apps declare `release_pins`."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from sunmao.core.vertical import Task, resolve


def installed(task: Task) -> dict[str, Any]:
    """By the name of the release's field, such as `tools`."""
    found: dict[str, Any] = {}
    for config in apps.get_app_configs():
        for name, dotted in getattr(config, "release_pins", {}).items():
            found[name] = resolve(dotted)(task)
    return found


__all__ = ["installed"]
