"""The embedded broker: what it keeps, and who may reach it."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from apps.config.supervisor.redis import EmbeddedRedis


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis.scratch() as running:
        yield running


def client(server: EmbeddedRedis) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(server.socket_path))


def test_what_was_acknowledged_survives_a_killed_server(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / "data", tmp_path / "redis.sock")
    server.start()
    client(server).rpush("queue", *range(1000))
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    server.start()
    assert client(server).llen("queue") == 1000
    server.stop()


def test_a_second_object_adopts_the_server_and_leaves_it_running(server: EmbeddedRedis) -> None:
    other = EmbeddedRedis(server.data_dir, server.socket_path)
    other.start()
    assert not other.is_ours
    other.stop()
    assert server.answers()


def test_an_adopted_server_can_be_stopped_on_purpose(server: EmbeddedRedis) -> None:
    EmbeddedRedis(server.data_dir, server.socket_path).stop(even_if_adopted=True)
    assert not server.answers()


def test_only_the_owner_reaches_the_socket_and_no_port_is_open(server: EmbeddedRedis) -> None:
    assert stat.S_IMODE(server.socket_path.stat().st_mode) == 0o700
    assert client(server).config_get("port") == {"port": "0"}


def test_its_url_reaches_it_from_a_folder_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    server = EmbeddedRedis(folder / "data", folder / "redis.sock")
    server.start()
    assert redis.Redis.from_url(server.url).ping()
    server.stop()
