from __future__ import annotations

from celery import shared_task

from sunmao.answering.dialogue import embedding


@shared_task(name="answering.embed")
def embed(work: str) -> None:
    embedding.make(work)
