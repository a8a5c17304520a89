"""Sealed entries go to the second sink in order and at least once; heads go where the operator cannot."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_settings

from sunmao.audit import checks
from sunmao.audit.delivering import deliver_all
from sunmao.audit.heads import Head, head_of, parse_heads
from sunmao.audit.models import Delivery
from sunmao.audit.targets import check_head_sink, check_sink
from sunmao.core import tenancy
from tests.fixtures import Standing
from tests.sunmao.audit.chains import sealed

Deliver = Callable[..., int]


@pytest.fixture
def deliver(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """Deliver what this organisation has, with these settings."""
    monkeypatch.setattr("sunmao.audit.delivering.organisations", lambda: [standing.organisation.pk])

    def run(**settings_: object) -> int:
        with override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, **settings_)):  # type: ignore[arg-type]
            return deliver_all()

    return run


def _names(lines: list[str]) -> list[str]:
    found = [re.search(r'\{"name": "(\w+)"', line) for line in lines]
    return [one[1] for one in found if one]


def _all_of(stream: socket.socket) -> bytes:
    with stream:
        return b"".join(iter(lambda: stream.recv(65536), b""))


@contextmanager
def _collector() -> Iterator[tuple[int, list[bytes]]]:
    """A syslog collector that takes one connection after another."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    stream, _address = server.accept()
                except OSError:
                    return
                heard.append(_all_of(stream))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_file_gets_each_entry_once_and_with_its_seal(
    standing: Standing, deliver: Deliver, tmp_path: Path
) -> None:
    file = tmp_path / "audit.jsonl"
    sealed(standing, "one", "two", "three")
    assert deliver(sink=f"file://{file}") == 3
    sealed(standing, "four")
    assert deliver(sink=f"file://{file}") == 1
    assert deliver(sink=f"file://{file}") == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    assert _names(lines) == ["one", "two", "three", "four"]
    assert [json.loads(line)["seal"] for line in lines if '"header"' in line] == [1, 2, 3, 4]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_collector_gets_messages_counted_by_octets(standing: Standing, deliver: Deliver) -> None:
    sealed(standing, "one", "two")
    with _collector() as (port, heard):
        assert deliver(sink=f"syslog+tcp://127.0.0.1:{port}") == 2
    stream, messages = heard[0], []
    while stream:
        length, _space, rest = stream.partition(b" ")
        messages.append(rest[: int(length)].decode())
        stream = rest[int(length) :]
    assert _names(messages) == ["one", "two"]
    assert all(message.startswith("<110>1 ") for message in messages)


def test_a_collector_gets_datagrams(standing: Standing, deliver: Deliver) -> None:
    sealed(standing, "one", "two")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(5)
        assert deliver(sink=f"syslog+udp://127.0.0.1:{collector.getsockname()[1]}") == 2
        messages = [collector.recv(65536).decode() for _ in range(3)]
    assert _names(messages) == ["one", "two"]


def test_a_collector_that_is_away_gets_all_of_it_later(standing: Standing, deliver: Deliver) -> None:
    sealed(standing, "one")
    with _collector() as (port, _heard):
        pass
    address = f"syslog+tcp://127.0.0.1:{port}"
    assert deliver(sink=address) == 0
    sealed(standing, "two")
    with socket.create_server(("127.0.0.1", port)) as server:

        def answer() -> None:
            stream, _address = server.accept()
            heard.append(_all_of(stream))

        heard: list[bytes] = []
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert deliver(sink=address) == 3
        thread.join(5)
    assert _names(heard[0].decode().split("<110>")) == ["one", "two"]
    with tenancy.scope(standing.organisation.pk):
        assert list(Delivery.objects.values_list("number", "error")) == [(3, "")]


def test_heads_are_appended_where_they_cannot_be_taken_back(
    standing: Standing, deliver: Deliver, tmp_path: Path
) -> None:
    file = tmp_path / "heads.jsonl"
    sealed(standing, "one", "two", "three")
    assert deliver(head_sink=f"file://{file}", head_seconds=0) == 3
    sealed(standing, "four")
    assert deliver(head_sink=f"file://{file}", head_seconds=3600) == 0
    assert deliver(head_sink=f"file://{file}", head_seconds=0) == 1
    heads = parse_heads(file.read_text(encoding="utf-8"))
    assert [head.number for head in heads] == [3, 4]
    assert heads[-1] == head_of(standing.organisation.pk)


def test_heads_are_posted(standing: Standing, deliver: Deliver) -> None:
    taken: list[dict[str, object]] = []

    class Notary(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    sealed(standing, "one")
    with HTTPServer(("127.0.0.1", 0), Notary) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        assert deliver(head_sink=f"http://127.0.0.1:{server.server_port}/heads", head_seconds=0) == 2
        server.shutdown()
        thread.join(5)
    assert [Head.parse(one) for one in taken] == [head_of(standing.organisation.pk)]
    away = f"http://127.0.0.1:{server.server_port}/heads"
    sealed(standing, "two")
    assert deliver(head_sink=away, head_seconds=0) == 0


def test_a_sinks_password_is_not_kept(standing: Standing, deliver: Deliver) -> None:
    sealed(standing, "one")
    deliver(head_sink="http://notary:hunter22@127.0.0.1:9/", head_seconds=0)
    with tenancy.scope(standing.organisation.pk):
        mark = Delivery.objects.get()
    assert "hunter22" not in f"{mark.sink} {mark.error}"
    assert mark.error


@pytest.mark.parametrize(
    "address", ["/var/log/audit", "file:relative", "http://host/", "syslog://host", "syslog+tls://"]
)
def test_an_address_that_is_no_sink_is_refused(address: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        check_sink(address)
    with override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, sink=address)):
        assert [one.id for one in checks.sinks_can_be_reached_by_their_address(None)] == ["sunmao.E033"]


@pytest.mark.parametrize("address", ["heads.jsonl", "ftp://host/", "syslog+udp://host"])
def test_an_address_that_takes_no_heads_is_refused(address: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        check_head_sink(address)
