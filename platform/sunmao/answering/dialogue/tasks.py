from __future__ import annotations

from celery import shared_task

from sunmao.answering.dialogue import embedding, errands


@shared_task(name="answering.embed")
def embed(work: str) -> None:
    errands.work_off(work, embedding.make)
