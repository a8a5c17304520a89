"""System checks: a mis-configuration is a message at start-up, not an error page later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import OperationalError, connections

from sunmao.core.vertical import VerticalConfig, configs, resolve

ROLE = """
    SELECT rolsuper, rolbypassrls, EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relowner = r.oid)
    FROM pg_roles r WHERE rolname = current_user
"""


@register("verticals")
def verticals_are_declared(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    slugs = Counter(config.vertical.slug for config in configs())
    for slug, count in slugs.items():
        if count > 1:
            found.append(Error(f"Two verticals are called {slug}.", id="sunmao.E001"))
    for name in settings.VERTICALS:
        config = next((c for c in apps.get_app_configs() if c.name == f"verticals.{name}"), None)
        if not isinstance(config, VerticalConfig):
            found.append(
                Error(
                    f"verticals.{name} declares no Vertical.",
                    hint="Its apps.py needs one VerticalConfig subclass with a `vertical`.",
                    id="sunmao.E003",
                )
            )
    return found


@register("verticals")
def verticals_are_complete(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    return [message for config in configs() for message in _incomplete(config)]


def _incomplete(config: VerticalConfig) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    vertical = config.vertical
    for task in vertical.tasks:
        for language in vertical.languages:
            if not (config.folder / "prompts" / f"{task.prompt}.{language}.md").is_file():
                missing = f"{vertical.slug}: prompts/{task.prompt}.{language}.md is missing."
                found.append(Error(missing, id="sunmao.E002"))
        for what, dotted in (("rules", task.rules), ("verb", task.verb)):
            if dotted and not _resolves(dotted):
                wrong = f"{vertical.slug}.{task.name}: {what} {dotted!r} cannot be imported."
                found.append(Error(wrong, id="sunmao.E004"))
    if vertical.default_task not in {task.name for task in vertical.tasks}:
        found.append(Error(f"{vertical.slug}: its default task is not one of its tasks.", id="sunmao.E005"))
    return found


def _resolves(dotted: str) -> bool:
    try:
        return callable(resolve(dotted))
    except (ImportError, AttributeError):
        return False


@register(Tags.database)
def runtime_role_is_bound_by_row_security(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Row-level security silently does not apply to a superuser, and an owner can switch it off."""
    if "default" not in (databases or ()):
        return []
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(ROLE)
            row = cursor.fetchone()
    except OperationalError:
        return []  # no database yet: whoever needs it will say so
    return [] if row == (False, False, False) else [_role_error(row)]


def _role_error(row: tuple[bool, bool, bool] | None) -> CheckMessage:
    names = ("a superuser", "allowed to bypass row-level security", "the owner of tables")
    wrong = [name for name, true in zip(names, row or (), strict=False) if true]
    return Error(
        f"The runtime database role is {' and '.join(wrong) or 'unknown'}: nothing would be isolated.",
        hint="Run with a plain role such as sunmao_app and migrate with the owner (deploy/postgres).",
        id="sunmao.E010",
    )
