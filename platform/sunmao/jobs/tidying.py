"""Files whose row never came: an upload that was cut off after its file and before its commit.

Apps that keep files name on their AppConfig, as `stored_files`, the dotted path of a function that gives the
names their rows mention, inside the tenancy scope.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import structlog
from django.apps import apps

from sunmao.accounts.models import Organisation
from sunmao.core import files, tenancy
from sunmao.core.vertical import resolve

log = structlog.get_logger(__name__)

LONGEST_UPLOAD_SECONDS = 24 * 3600.0


def tidy_files() -> int:
    """Returns how many were removed. A file younger than a day may still get its row."""
    return sum(_tidy(organisation) for organisation in Organisation.objects.all())


def _tidy(organisation: Organisation) -> int:
    with tenancy.scope(organisation.pk):
        named = named_files()
    removed = files.sweep(organisation_id=organisation.pk, named=named, older_than=LONGEST_UPLOAD_SECONDS)
    if removed:
        log.info("lost_files_removed", organisation=str(organisation.pk), count=len(removed))
    return len(removed)


def named_files() -> set[str]:
    """The files that any row of the organisation mentions; inside the tenancy scope."""
    return {name for source in _sources() for name in resolve(source)()}


def remove_unnamed(*, organisation_id: UUID, names: Iterable[str], since: float) -> None:
    """Those of `names` that no row mentions go at once, unless somebody stored them again after `since`."""
    with tenancy.scope(organisation_id):
        gone = set(names) - named_files()
    for name in sorted(gone):
        files.remove(organisation_id=organisation_id, sha256=name, unless_touched_since=since)


def _sources() -> list[str]:
    return [dotted for config in apps.get_app_configs() if (dotted := getattr(config, "stored_files", ""))]
