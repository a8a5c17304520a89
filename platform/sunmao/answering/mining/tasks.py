from __future__ import annotations

from celery import shared_task

from sunmao.accounts.models import Organisation
from sunmao.accounts.services import system_actor
from sunmao.answering.mining import services
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.core import tenancy


@shared_task(name="answering.mine_nightly")
def nightly() -> int:
    """One job for each organisation in which something was not answered. Returns how many."""
    begun = 0
    for organisation in Organisation.objects.order_by("created_at"):
        with tenancy.scope(organisation.pk):
            needed = AnswerRecord.objects.filter(outcome=Outcome.UNANSWERED).exists()
            if needed and not services.is_under_way():
                services.request(actor=system_actor(organisation))
                begun += 1
    return begun
