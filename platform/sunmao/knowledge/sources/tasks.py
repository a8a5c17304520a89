"""The plan: sources whose next look is due get a job."""

from __future__ import annotations

import uuid

from celery import shared_task

from sunmao.accounts.models import Organisation
from sunmao.accounts.services import system_actor
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.knowledge.sources import services
from sunmao.knowledge.sources.models import Source, SourceState

MOST = 200


@shared_task(name="knowledge.poll_sources")
def poll() -> int:
    """Returns how many looks were queued."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sources"):
        due = Source.objects.filter(state=SourceState.ACTIVE, due_at__lte=now()).order_by("due_at")
        found = list(due.values_list("organisation_id", "pk")[:MOST])
    return sum(_start(organisation_id, pk) for organisation_id, pk in found)


def _start(organisation_id: uuid.UUID, pk: uuid.UUID) -> bool:
    organisation = Organisation.objects.get(pk=organisation_id)
    with tenancy.scope(organisation.pk):
        rows = Source.objects.select_for_update(skip_locked=True, of=("self",)).select_related("job")
        source = rows.filter(pk=pk, state=SourceState.ACTIVE, due_at__lte=now()).first()
        if source is None or source.is_being_looked_at:
            return False
        services.start(actor=system_actor(organisation, name="worker"), source=source)
    return True
