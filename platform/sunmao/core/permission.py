"""What can be allowed. Apps declare their own permissions on their AppConfig as `permissions`.

A permission is `<app>.<noun>.<verb>`; roles are sets of them (see `sunmao.accounts.roles`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from sunmao.core.errors import Message


@dataclass(frozen=True)
class Permission:
    """`narrowable`: whoever asks for it also says for which base, task or model, so that a grant that is
    narrowed to some of them can give it. Any other permission is given by grants for the whole organisation
    only. `for_keys`: a program may have it; a stolen key must not be able to make further ones.
    """

    name: str
    title: Message
    narrowable: bool = False
    for_keys: bool = True


@cache
def declared() -> Mapping[str, Permission]:
    found: dict[str, Permission] = {}
    for config in apps.get_app_configs():
        for permission in getattr(config, "permissions", ()):
            if permission.name in found:
                raise ImproperlyConfigured(f"Two permissions are called {permission.name}.")
            found[permission.name] = permission
    return found
