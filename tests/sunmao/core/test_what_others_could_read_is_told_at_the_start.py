from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from sunmao.core import env
from sunmao.core.exposure_checks import (
    connections_are_encrypted,
    is_this_machine,
    secrets_are_closed_to_others,
    there_are_encryption_keys,
)

LOCAL = {"HOST": "/run/postgres", "OPTIONS": {}}


def _ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


@pytest.fixture
def key_file(settings: Any, tmp_path: Path) -> Path:
    settings.SUNMAO_ENCRYPTION_KEYS = ""
    settings.SUNMAO_ENCRYPTION_KEYS_FILE = tmp_path / "keys"
    (tmp_path / "keys").write_text("", encoding="ascii")
    return tmp_path / "keys"


@pytest.mark.parametrize(
    ("mode", "told"), [(0o600, []), (0o440, []), (0o604, ["sunmao.E020"]), (0o644, ["sunmao.E020"])]
)
def test_a_key_file_that_others_may_read_stops_the_start(mode: int, told: list[str], key_file: Path) -> None:
    key_file.chmod(mode)

    assert _ids(secrets_are_closed_to_others()) == told


def test_keys_that_are_missing_are_told_to_an_installation_only(key_file: Path) -> None:
    assert _ids(there_are_encryption_keys(databases=["default"])) == ["sunmao.E021"]
    assert there_are_encryption_keys() == []


def test_a_secret_may_come_from_a_file_and_an_open_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env, "secret_files", {})
    file = tmp_path / "token"
    file.write_text("from a file\n", encoding="utf-8")
    file.chmod(0o644)
    monkeypatch.setenv("SUNMAO_METRICS_TOKEN_FILE", str(file))
    monkeypatch.setenv("SUNMAO_METRICS_TOKEN", "from the environment")

    assert env.secret("SUNMAO_METRICS_TOKEN") == "from a file"

    assert _ids(secrets_are_closed_to_others()) == ["sunmao.W020"]
    file.chmod(0o400)
    assert secrets_are_closed_to_others() == []


@pytest.mark.parametrize(
    ("_case", "change", "told"),
    [
        ("everything is on this machine", {}, []),
        ("a public name without HTTPS", {"ALLOWED_HOSTS": ["ask.example.com", "localhost"]}, ["sunmao.W021"]),
        ("a public name with HTTPS", {"ALLOWED_HOSTS": ["ask.example.com"], "HTTPS": True}, []),
        ("every name", {"ALLOWED_HOSTS": ["*"]}, ["sunmao.W021"]),
        ("a remote database", {"DATABASES": {"default": {"HOST": "db", "OPTIONS": {}}}}, ["sunmao.W022"]),
        (
            "a remote database that is encrypted and not verified",
            {"DATABASES": {"default": {"HOST": "db", "OPTIONS": {"sslmode": "require"}}}},
            ["sunmao.W022"],
        ),
        (
            "a remote database that is verified",
            {"DATABASES": {"default": {"HOST": "db", "OPTIONS": {"sslmode": "verify-full"}}}},
            [],
        ),
        ("a remote model server", {"SUNMAO_OPENAI_BASE_URL": "http://models.test/v1"}, ["sunmao.W025"]),
        ("a remote broker", {"REDIS_URL": "redis://:x@broker:6379/0"}, ["sunmao.W023"]),
        ("a remote broker under TLS", {"REDIS_URL": "rediss://:x@broker:6379/0"}, []),
        ("a local broker", {"REDIS_URL": "redis://127.0.0.1:6379/0"}, []),
    ],
)
def test_a_connection_that_leaves_the_machine_in_the_clear_is_told_when(
    _case: str, change: dict[str, Any], told: list[str], settings: Any
) -> None:
    quiet = {
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "HTTPS": False,
        "REDIS_URL": "unix:///run/redis.sock",
    }
    for name, value in {**quiet, "DATABASES": {"default": LOCAL}, **change}.items():
        setattr(settings, name, value)

    messages = connections_are_encrypted()

    assert _ids(messages) == told
    assert not any(":x@" in str(message) for message in messages)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("", True), ("/run/x", True), ("::1", True), ("127.0.0.2", True), ("10.0.0.1", False), ("db", False)],
)
def test_this_machine_is_known(host: str, is_here: bool) -> None:
    assert is_this_machine(host) is is_here


def test_the_installations_own_keys_are_closed(tmp_path: Path) -> None:
    from apps.config.supervisor import secret
    from sunmao.core.crypto import keyring

    secret.ensure_encryption_key(tmp_path / "keys")
    first = (tmp_path / "keys").read_text()
    secret.ensure_encryption_key(tmp_path / "keys")

    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").read_text() == first
    assert len(keyring.parse(first).current.secret) == 32
    assert os.listdir(tmp_path) == ["keys"]
