"""Which analyzer reads a text: Presidio's in a worker, the same recognisers without it everywhere else."""

from __future__ import annotations

from celery import current_task

from sunmao.guards.personal import presidio
from sunmao.guards.personal.detecting import detect
from sunmao.guards.personal.masking import Detector


def detector(*, wait: bool) -> Detector:
    """`wait` for Presidio to be loaded (a second, once per process); a question does not wait for it."""
    if not current_task:
        return detect
    if wait or presidio.is_loaded():
        return presidio.analyse
    presidio.load_soon()
    return detect


__all__ = ["detector"]
