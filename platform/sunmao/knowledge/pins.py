"""Which bases a question reads, and which version of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.core.vertical import installed
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to

LATEST = "latest"
OTHERS = "*"
"""In a release: every base that no vertical claims as its own, so that ingest-and-ask works at once."""


@dataclass(frozen=True)
class BaseVersion:
    """A base pinned to one of its versions; of that, what is in force `on` a day."""

    base: KnowledgeBase
    version: int
    on: date = field(default_factory=localdate)

    @property
    def is_old(self) -> bool:
        return self.version < self.base.version


def pinned(
    *,
    actor: Actor,
    bases: Mapping[str, int | str],
    task: str | None = None,
    on: date | None = None,
    version: int | None = None,
) -> list[BaseVersion]:
    """The bases that a release names and the actor may read, at their pinned version or at the newest.

    Whoever asks may want what was in force on another day, or another version of the only base that is
    asked; a version that it does not have yet is refused.
    """
    claimed = {vertical.base_slug for vertical in installed()}
    day, found = on or localdate(), []
    for base in bases_visible_to(actor, task=task):
        pin = bases.get(base.slug, bases.get(OTHERS) if base.slug not in claimed else None)
        if pin is not None:
            found.append(BaseVersion(base, _version(base, pin, version), day))
    return found


def _version(base: KnowledgeBase, pin: int | str, wanted: int | None) -> int:
    if wanted is not None:
        return existing_version(base, wanted)
    return base.version if pin == LATEST else int(pin)


def existing_version(base: KnowledgeBase, version: int) -> int:
    if not 0 <= version <= base.version:
        raise InvalidInput(fields={"version": _("is not a version of this base")}, code="unknown_version")
    return version
