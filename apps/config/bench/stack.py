"""A stack for one run: PostgreSQL, Redis and a folder for files, all gone afterwards.

The settings are pointed at it in place before anything connects, so that the code under measurement is the
code that runs in production. Whatever DATABASE_URL and REDIS_URL say is not touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.test.utils import override_settings

from apps.config.celery import app as celery
from apps.config.supervisor.postgres import EmbeddedPostgres
from apps.config.supervisor.redis import EmbeddedRedis
from sunmao.core import streams
from sunmao.core.crypto.keyring import Key

DATABASE = "sunmao"
ROLES = {"default": "sunmao_app", "owner": "sunmao_owner"}


@dataclass(frozen=True)
class Stack:
    """Addresses of the scratch stack, and a folder for what else a case wants to keep on disk."""

    postgres: EmbeddedPostgres
    folder: Path

    def conninfo(self, *, superuser: bool = False) -> str:
        return self.postgres.conninfo(DATABASE, "postgres" if superuser else ROLES["default"])


@contextmanager
def scratch_stack(*, durable: bool = False) -> Iterator[Stack]:
    with ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres.scratch(durable=durable))
        redis = stack.enter_context(EmbeddedRedis.scratch())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sunmao-bench-")))
        stack.enter_context(_database(str(postgres.socket_dir)))
        stack.enter_context(_broker())
        stack.enter_context(_settings(redis.url, folder))
        call_command("migrate", verbosity=0, interactive=False)
        yield Stack(postgres, folder)


@contextmanager
def _settings(redis_url: str, folder: Path) -> Iterator[None]:
    """No encoder: its weights load for ten seconds, and what it costs is the same whoever searches."""
    with override_settings(
        REDIS_URL=redis_url,
        SUNMAO_FILES=folder / "files",
        SUNMAO_ENGLISH_ENCODER="none",
        SUNMAO_ENGINE="extractive",
        SUNMAO_INDEX_MEMORY=2 * 2**30,
        SUNMAO_ENCRYPTION_KEYS=Key.fresh("bench").line(),
        ALLOWED_HOSTS=["localhost"],
        SECURE_SSL_REDIRECT=False,
        ROOT_URLCONF="apps.config.bench.door.urls",
    ):
        yield


@contextmanager
def _database(socket_folder: str) -> Iterator[None]:
    """The dictionaries are the ones that every thread's connection and the migrations read."""
    before = {alias: dict(connections[alias].settings_dict) for alias in ROLES}
    connections.close_all()
    for alias, role in ROLES.items():
        connections[alias].settings_dict.update(
            NAME=DATABASE, USER=role, PASSWORD="", HOST=socket_folder, PORT="", OPTIONS={}
        )
    try:
        yield
    finally:
        connections.close_all()
        for alias, known in before.items():
            connections[alias].settings_dict.update(known)


@contextmanager
def _broker() -> Iterator[None]:
    """A message is worked off at once in this process, as if a worker had been waiting."""

    def at_once(name: str, args: tuple[Any, ...] = (), **_: Any) -> None:
        celery.tasks[name](*args)

    celery.loader.import_default_modules()
    celery.send_task = at_once  # type: ignore[method-assign,assignment]
    streams.client.cache_clear()
    try:
        yield
    finally:
        del celery.send_task
        streams.client.cache_clear()
