from __future__ import annotations

from celery import shared_task

from sunmao.accounts.signin import throttle


@shared_task(name="accounts.sweep_sign_ins")
def sweep() -> None:
    throttle.sweep()
