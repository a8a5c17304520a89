from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from sunmao.accounts.measures import Period
from sunmao.accounts.models import Organisation, Reservation, Usage
from sunmao.core import tenancy
from sunmao.core.clock import now

KEPT = {
    Period.MINUTE: timedelta(hours=1),
    Period.HOUR: timedelta(days=2),
    Period.DAY: timedelta(days=40),
    Period.MONTH: timedelta(days=400),
}


@shared_task(name="accounts.tidy")
def tidy() -> int:
    """Forget counts of periods that are long over. Returns how many rows went."""
    gone = 0
    for organisation_id in Organisation.objects.values_list("pk", flat=True):
        with tenancy.scope(organisation_id):
            for period, kept in KEPT.items():
                gone += Usage.objects.filter(period=period, starts_at__lt=now() - kept).delete()[0]
            gone += Reservation.objects.filter(created_at__lt=now() - timedelta(days=1)).delete()[0]
    return gone
