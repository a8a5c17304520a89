from __future__ import annotations

import uuid

from celery import shared_task

from sunmao.core.actor import Actor
from sunmao.knowledge.trials import trying


@shared_task(name="knowledge.try")
def try_question(organisation_id: str, trial_id: str) -> None:
    organisation = uuid.UUID(organisation_id)
    worker = Actor(kind="system", id=None, organisation_id=organisation, name="worker", language="zh-hans")
    trying.work(organisation_id=organisation, trial_id=uuid.UUID(trial_id), worker=worker)
