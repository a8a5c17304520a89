"""A real worker on the scratch stack, started as the supervisor starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from celery import Celery
from django.conf import settings

from apps.config.bench.stack import DATABASE, ROLES, Stack
from apps.config.celery import _broker as broker_address
from apps.config.celery import app as celery
from apps.config.supervisor import commands

PATIENCE = 90.0


@contextmanager
def queued() -> Iterator[None]:
    """Jobs are sent to the scratch broker, as they are in production; answers are still made at once."""
    client = Celery("bench", broker=broker_address(settings.REDIS_URL), set_as_current=False)
    at_once: Any = celery.send_task

    def send(name: str, args: tuple[Any, ...] = (), **options: Any) -> None:
        if name == "jobs.run":
            client.send_task(name, args=args, queue=options["queue"])
        else:
            at_once(name, args)

    celery.send_task = send  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        celery.send_task = at_once  # type: ignore[method-assign]
        client.close()


@contextmanager
def worker(stack: Stack, name: str) -> Iterator[None]:
    """`interactive` or `bulk`: ready for work inside; ended with its children afterwards."""
    program = next(one for one in commands.programs(0) if one.name == name)
    log = stack.folder / f"{name}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603  our own program
            program.command,
            env={**program.environment, **_environment(stack)},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        _wait(process, log)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def _environment(stack: Stack) -> dict[str, str]:
    socket = quote(str(stack.postgres.socket_dir))
    return {
        "DATABASE_URL": f"postgresql://{ROLES['default']}@/{DATABASE}?host={socket}",
        "REDIS_URL": settings.REDIS_URL,
        "SUNMAO_FILES": str(settings.SUNMAO_FILES),
        "SUNMAO_ENCRYPTION_KEYS": settings.SUNMAO_ENCRYPTION_KEYS,
        "SUNMAO_ENGLISH_ENCODER": "none",
        "SUNMAO_HOME": str(stack.folder / "home"),
        "SUNMAO_SECRET_KEY": "bench",
    }


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while b"ready." not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The worker did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)
