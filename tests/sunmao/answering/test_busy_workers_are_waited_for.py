"""A question that nobody began is given up only where no worker shows a sign of life."""

from __future__ import annotations

import pytest

from sunmao.answering import services
from sunmao.answering.models import Exchange
from sunmao.core import streams
from tests.fixtures import Cast

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
