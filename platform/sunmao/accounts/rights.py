"""From rows of grants to what an actor carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from sunmao.accounts import models
from sunmao.core.actor import Grant, has_task
from sunmao.core.permission import declared
from sunmao.core.vertical import installed


@dataclass(frozen=True)
class Rights:
    """`permissions` hold for the whole organisation, those in `narrowed` for parts of it."""

    permissions: frozenset[str]
    narrowed: tuple[Grant, ...]


def rights_of(rows: Iterable[models.Grant]) -> Rights:
    """The union of the grants."""
    grants = [value_of(row) for row in rows]
    everywhere: frozenset[str] = frozenset().union(*(one.permissions for one in grants if not one.is_narrow))
    return Rights(everywhere, tuple(one for one in grants if one.is_narrow))


def value_of(row: models.Grant) -> Grant:
    """What one row gives. Narrowed, it gives only permissions that can be held for a part."""
    tasks = _tasks(row)
    narrowing = {
        "bases": frozenset(row.bases) or None,
        "tasks": tasks or None,
        "models": frozenset(row.model_names) or None,
    }
    known = declared()
    narrow = any(part is not None for part in narrowing.values())
    given = frozenset(
        name
        for name in row.role.effective
        if (known[name].narrowable or not narrow) and (known[name].for_keys or not row.key_id)
    )
    return Grant(permissions=given, barred=bases_of_others(tasks), **narrowing)


def _tasks(row: models.Grant) -> frozenset[str]:
    """Those of the grant; a role of a business line is narrowed to it by itself."""
    line = row.role.vertical
    if not line:
        return frozenset(row.tasks)
    return frozenset(one for one in row.tasks if has_task((line,), one)) or frozenset({line})


def bases_of_others(tasks: frozenset[str]) -> frozenset[str]:
    """What business lines outside these tasks call their own."""
    if not tasks:
        return frozenset()
    lines = {one.partition(".")[0] for one in tasks}
    return frozenset(one.base_slug for one in installed() if one.slug not in lines)


def grants_of(member: models.Membership) -> QuerySet[models.Grant]:
    """The person's own and those of their teams."""
    own = Q(member=member) | Q(team__in=models.TeamMember.objects.filter(member=member).values("team"))
    return models.Grant.objects.filter(own).select_related("role")
