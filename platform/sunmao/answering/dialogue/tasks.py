from __future__ import annotations

from celery import shared_task

from sunmao.answering.dialogue import embedding, errands, media


@shared_task(name="answering.embed")
def embed(work: str) -> None:
    errands.work_off(work, embedding.make)


@shared_task(name="answering.media")
def make_media(work: str) -> None:
    errands.work_off(work, media.work)
