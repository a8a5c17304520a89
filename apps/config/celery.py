"""The Celery application. The broker carries hints; rows carry the truth (see `sunmao.jobs`)."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from celery import Celery  # noqa: E402  after the environment
from celery.schedules import crontab  # noqa: E402
from celery.signals import celeryd_after_setup, setup_logging, worker_ready  # noqa: E402
from django.conf import settings  # noqa: E402


def _broker(url: str) -> str:
    return url.replace("unix://", "redis+socket://", 1)


app = Celery("sunmao")
app.conf.update(
    broker_url=_broker(settings.REDIS_URL),
    broker_connection_retry_on_startup=True,
    # Redis gives a message back only after this; the job table's own lease is what makes recovery quick.
    broker_transport_options={
        "visibility_timeout": 6 * 3600,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "priority",
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
        # Whoever sends a message while the broker is away is told within a second, not after six.
        "max_retries": 2,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.2,
    },
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_default_queue="default",
    task_serializer="json",
    accept_content=["json"],
    timezone=settings.TIME_ZONE,
    worker_hijack_root_logger=False,
    beat_schedule={
        "look for lost jobs": {
            "task": "jobs.sweep",
            "schedule": settings.SUNMAO_SWEEP_SECONDS,
            "options": {"expires": settings.SUNMAO_SWEEP_SECONDS},
        },
        "look for interrupted answers": {
            "task": "answering.sweep",
            "schedule": settings.SUNMAO_SWEEP_SECONDS,
            "options": {"expires": settings.SUNMAO_SWEEP_SECONDS},
        },
        "seal the audit log": {
            "task": "audit.seal",
            "schedule": settings.SUNMAO_AUDIT.seal_seconds,
            "options": {"expires": settings.SUNMAO_AUDIT.seal_seconds},
        },
        "deliver the audit log": {
            "task": "audit.deliver",
            "schedule": settings.SUNMAO_SWEEP_SECONDS,
            "options": {"expires": settings.SUNMAO_SWEEP_SECONDS},
        },
        "look at sources that are due": {
            "task": "knowledge.poll_sources",
            "schedule": settings.SUNMAO_SOURCE_POLL_SECONDS,
            "options": {"expires": settings.SUNMAO_SOURCE_POLL_SECONDS},
        },
        "watch releases": {"task": "evaluation.watch", "schedule": 60, "options": {"expires": 60}},
        "forget old counts of use": {"task": "accounts.tidy", "schedule": crontab(minute=40)},
        "forget old attempts to sign in": {"task": "accounts.sweep_sign_ins", "schedule": crontab(minute=50)},
        # In the quiet hours of the installation's time zone.
        "verify and purge the audit log": {"task": "audit.tend", "schedule": crontab(hour=3, minute=20)},
        "cluster unanswered questions": {
            "task": "answering.mine_nightly",
            "schedule": crontab(hour=2, minute=40),
        },
        "remove files whose row never came": {
            "task": "jobs.tidy_files",
            "schedule": crontab(hour=4, minute=10),
        },
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_django_logging(**_: object) -> None:
    """Celery would replace the handlers; the settings' JSON lines serve workers too."""


@celeryd_after_setup.connect
def _load_encoders(sender: str, **_: object) -> None:
    """The interactive worker loads its encoders before the first question needs them."""
    if sender.startswith("interactive@"):
        from sunmao.knowledge import encoders, reranking

        encoders.warm_up("en")
        reranking.warm_up()


@worker_ready.connect
def _show_life(sender: Any, **_: object) -> None:
    """A thread of its own: behind fifty questions no message is read for longer than the sign lasts."""
    if str(sender.hostname).startswith("interactive@"):
        threading.Thread(target=_keep_showing_life, name="sign of life", daemon=True).start()


def _keep_showing_life() -> None:
    from sunmao.core import streams

    while True:
        with suppress(*streams.AWAY):
            streams.sign_of_life()
        time.sleep(streams.WORKER_ALIVE_SECONDS / 4)


@celeryd_after_setup.connect
def _step_back(sender: str, **_: object) -> None:
    """Bulk and gpu leave the processor to those who wait for answers. Children of the first are born reading:
    one that takes the place of a killed one must not load everything anew."""
    if sender.startswith(("bulk@", "gpu@")):
        os.nice(settings.SUNMAO_BULK_NICE)
    if sender.startswith("bulk@"):
        from sunmao.guards.personal.presidio import analyzer
        from sunmao.jobs.registry import kinds

        kinds()["knowledge.ingest"].load()
        analyzer()
