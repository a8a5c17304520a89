from __future__ import annotations

from celery import shared_task

from sunmao.evaluation.live import shadowing, tripwires


@shared_task(name="evaluation.watch")
def watch() -> int:
    """Every minute: tripwires first, then what releases in the shadow have to answer."""
    return tripwires.watch() + shadowing.begin()
