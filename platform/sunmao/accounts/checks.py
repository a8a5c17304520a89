"""System checks: a role that names a permission which no app declares gives less than it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from sunmao.accounts.roles import PERMISSIONS, BuiltIn
from sunmao.core.permission import declared
from sunmao.core.vertical import installed


@register("accounts")
def roles_name_declared_permissions(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    known = frozenset(declared())
    return [
        Error(
            f"The role {role} names {name}, which no app declares.",
            hint="Put the permission on the AppConfig of its app, or correct the name.",
            id="sunmao.E040",
        )
        for role, permissions in PERMISSIONS.items()
        for name in sorted(permissions - known)
    ]


@register("accounts")
def reviewers_are_roles_of_their_own(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    names = [*BuiltIn, *(line.reviewer.slug for line in installed() if line.reviewer)]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    return [Error(f"Two built-in roles are called {name}.", id="sunmao.E041") for name in twice]
