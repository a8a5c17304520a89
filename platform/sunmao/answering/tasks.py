from __future__ import annotations

import uuid

from celery import shared_task

from sunmao.answering import pipeline, services


@shared_task(name="answering.answer")
def answer(organisation_id: str, exchange_id: str) -> None:
    pipeline.answer(organisation_id=uuid.UUID(organisation_id), exchange_id=uuid.UUID(exchange_id))


@shared_task(name="answering.sweep")
def sweep() -> int:
    return services.sweep()
