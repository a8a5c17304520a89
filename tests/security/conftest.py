from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections, transaction

from sunmao.answering import tasks as answering_tasks
from sunmao.knowledge.trials import tasks as trials_tasks
from tests.security.world import World, build


@pytest.fixture(scope="session")
def standing_world(django_db_setup: None, django_db_blocker: Any, redis_server: object) -> World:
    with django_db_blocker.unblock():
        made = build()
        connections.close_all()
    return made


@pytest.fixture
def world(standing_world: World, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Nothing of a request is ever committed, so a question is answered within it; other work waits."""

    def send_task(name: str, args: tuple[str, ...] = (), **_: object) -> None:
        if name == "answering.answer":
            answering_tasks.answer(*args)
        elif name == "knowledge.try":
            trials_tasks.try_question(*args)

    monkeypatch.setattr(transaction, "on_commit", lambda run, **_: run())
    monkeypatch.setattr("sunmao.answering.pages.connections", SimpleNamespace(close_all=lambda: None))
    monkeypatch.setattr("celery.current_app.send_task", send_task)
    with django_db_blocker.unblock():
        yield standing_world
        # Thousands of tests share it: a new connection first reads the catalogue of every table again.
        connection.close_if_unusable_or_obsolete()
