"""Small work for callers that leaves no row: sealed, it waits in the broker for a worker, for a while.

What comes back is a result, or the error that the worker ran into; both are gone when they were read.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from sunmao.answering import pipeline
from sunmao.answering.services import AnswerFailed, NoWorker
from sunmao.core import streams, tenancy
from sunmao.core.crypto import sealing
from sunmao.core.errors import SunmaoError
from sunmao.core.streams import BrokerUnavailable
from sunmao.jobs.services import InternalError

TURN_SECONDS = 2
"""The broker's client gives up what is silent for five seconds, so it is asked in turns."""
GRACE_SECONDS = 20

log = structlog.get_logger(__name__)


def done(*, task: str, work: UUID, asked: Mapping[str, Any], seconds: float) -> Any:
    """Blocks until a worker has done it. Raises what the worker raised, `NoWorker` when none did it in time;
    a worker that is still at it then is told to stop."""
    kept = int(seconds + GRACE_SECONDS)
    tenancy.give_back()
    try:
        streams.client().set(f"errand:{work}", _sealed(work, asked), ex=kept)
        current_app.send_task(task, args=(str(work),), queue="default", retry=False)
        told = _waited(work, seconds)
    except (*streams.AWAY, OperationalError, OSError) as error:
        raise BrokerUnavailable from error
    if told is None:
        streams.raise_flag(str(work))
        raise NoWorker
    if "error" in told:
        raise AnswerFailed(told["error"])
    return told["result"]


def _waited(work: UUID, seconds: float) -> dict[str, Any] | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = cast("list[str] | None", streams.client().blpop([f"done:{work}"], timeout=TURN_SECONDS))
        if found is not None:
            return cast("dict[str, Any]", _opened(work, found[1]))
    return None


def work_off(work: str, do: Callable[[dict[str, Any]], Any]) -> None:
    """In a worker: what waits under this name, once."""
    waiting = cast("str | None", streams.client().getdel(f"errand:{work}"))
    if waiting is None:
        return
    try:
        told: dict[str, Any] = {"result": do(_opened(work, waiting))}
    except SunmaoError as error:
        told = {"error": pipeline.detail_of(error)}
    except Exception:  # noqa: BLE001  whatever a model raises, the asker must be told
        log.exception("errand_failed", work=work)
        told = {"error": pipeline.detail_of(InternalError())}
    pipe = streams.client().pipeline(transaction=False)
    pipe.rpush(f"done:{work}", _sealed(work, told))
    pipe.expire(f"done:{work}", GRACE_SECONDS)
    pipe.execute()


def _sealed(work: UUID | str, value: Mapping[str, Any]) -> str:
    return sealing.seal(json.dumps(value, ensure_ascii=False), context=f"errand:{work}")


def _opened(work: UUID | str, token: str) -> Any:
    return json.loads(sealing.unseal(token, context=f"errand:{work}"))


__all__ = ["done", "work_off"]
