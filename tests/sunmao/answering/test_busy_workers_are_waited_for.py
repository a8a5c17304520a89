"""A question that nobody began is given up only where no worker shows a sign of life."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection

from apps.config import celery
from sunmao.answering import services
from sunmao.answering.models import Exchange
from sunmao.core import streams
from sunmao.core.streams import StreamEvent
from tests.fixtures import Cast
from tests.fixtures.committed import Standing

pytestmark = pytest.mark.usefixtures("broker")


def _given_up(cast: Cast) -> Exchange:
    asked = services.ask(actor=cast.mei.actor, task_name="customer_service.ask", data={"question": "Refund?"})
    services.give_up_when_nobody_began(exchange=asked)
    return asked


def test_busy_workers_come_to_it(cast: Cast) -> None:
    streams.sign_of_life()
    assert _given_up(cast).state == "pending"


def test_without_workers_the_asker_is_told(cast: Cast) -> None:
    assert _given_up(cast).state == "failed"


def test_a_worker_whose_queue_is_long_still_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery, "time", SimpleNamespace(sleep=Mock(side_effect=[None, InterruptedError])))
    with pytest.raises(InterruptedError):
        celery._keep_showing_life()
    assert streams.worker_is_alive()


def test_who_waits_holds_no_connection(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool of twelve would be used up by twelve listeners, and the thirteenth be told of an outage."""
    held: list[Any] = []

    def listen(*_: object, **__: object) -> Iterator[StreamEvent]:
        held.append(connection.connection)
        yield StreamEvent("1-0", "done", {})

    asked = services.ask(actor=standing.actor, task_name="customer_service.ask", data={"question": "Refund?"})
    monkeypatch.setattr(streams, "listen", listen)

    assert [event.kind for event in services.events(exchange=asked)] == ["done"]
    assert held == [None]
