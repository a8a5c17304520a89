"""Which function does which kind of job. Apps declare their kinds on their AppConfig as `job_kinds`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from sunmao.core.errors import Message
from sunmao.core.vertical import resolve

if TYPE_CHECKING:
    from sunmao.jobs.lease import Lease


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """`handler` is the dotted path of `work(lease: Lease) -> dict`, the result of the job.

    `title` is what people call it.
    """

    name: str
    handler: str
    queue: str
    title: Message = ""
    max_attempts: int = 3

    def load(self) -> Callable[[Lease], dict[str, Any]]:
        return resolve(self.handler)


def title_of(kind: str) -> str:
    """A kind's name; of one that no app declares any more the kind itself."""
    declared = kinds().get(kind)
    return str(declared.title) if declared and declared.title else kind


@cache
def kinds() -> Mapping[str, JobKind]:
    found: dict[str, JobKind] = {}
    for config in apps.get_app_configs():
        for kind in getattr(config, "job_kinds", ()):
            if kind.name in found:
                raise ImproperlyConfigured(f"Two job kinds are called {kind.name}.")
            found[kind.name] = kind
    return found


def queues() -> frozenset[str]:
    """The queues that any kind is sent to."""
    return frozenset(kind.queue for kind in kinds().values())
