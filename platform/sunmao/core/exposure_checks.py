"""System checks of what others could read: secrets in files, and connections that leave this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from sunmao.core import env
from sunmao.core.crypto import keyring

VERIFIED = {"verify-full"}


@register(Tags.security)
def secrets_are_closed_to_others(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """The keys decide about everything at rest, so that an open key file stops the start."""
    found: list[CheckMessage] = []
    keys = Path(settings.SUNMAO_ENCRYPTION_KEYS_FILE)
    if not settings.SUNMAO_ENCRYPTION_KEYS and _is_open(keys):
        found.append(
            Error(
                f"Others may read the encryption keys in {keys}.",
                hint="Give the file mode 0400 or 0600; for a mounted secret set its mode.",
                id="sunmao.E020",
            )
        )
    found += [
        Caution(f"Others may read {name}_FILE, {file}.", hint="Give it mode 0400.", id="sunmao.W020")
        for name, file in env.secret_files.items()
        if _is_open(file)
    ]
    return found


def _is_open(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & 0o007)
    except OSError:
        return False


@register(Tags.database)
def there_are_encryption_keys(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Asked when an installation starts, not of a mere copy of the code."""
    if "default" not in (databases or ()) or keyring.ring().keys:
        return []
    return [
        Error(
            "There are no encryption keys.",
            hint="`make run` makes one; elsewhere set SUNMAO_ENCRYPTION_KEYS or SUNMAO_ENCRYPTION_KEYS_FILE.",
            id="sunmao.E021",
        )
    ]


@register(Tags.security)
def connections_are_encrypted(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    return [*_https(), *_database(), *_broker(), *_model_servers()]


def _https() -> Iterable[CheckMessage]:
    public = [host for host in settings.ALLOWED_HOSTS if not is_this_machine(host.strip("[]."))]
    if public and not settings.HTTPS:
        yield Caution(
            f"SUNMAO_HTTPS is off, and {public[0]} is served: passwords and cookies travel in the clear.",
            hint="Put a proxy with TLS in front, and set SUNMAO_HTTPS=1.",
            id="sunmao.W021",
        )


def _database() -> Iterable[CheckMessage]:
    for alias, database in settings.DATABASES.items():
        host, mode = str(database["HOST"]), database.get("OPTIONS", {}).get("sslmode", "")
        if not is_this_machine(host) and mode not in VERIFIED:
            yield Caution(
                f"The database connection {alias} goes to {host} and does not verify whom it talks to.",
                hint="Add ?sslmode=verify-full&sslrootcert=FILE to its URL.",
                id="sunmao.W022",
            )


def _broker() -> Iterable[CheckMessage]:
    url = urlsplit(settings.REDIS_URL)
    if url.scheme == "redis" and not is_this_machine(url.hostname or ""):
        yield Caution(
            f"The broker at {url.hostname} is spoken to in the clear.",
            hint="Use rediss:// in REDIS_URL.",
            id="sunmao.W023",
        )


def _model_servers() -> Iterable[CheckMessage]:
    """Questions, passages and the key go there."""
    urls = [settings.SUNMAO_OPENAI_BASE_URL, *(one["url"] for one in settings.SUNMAO_OPENAI_SERVERS)]
    for url in map(urlsplit, filter(None, urls)):
        if url.scheme == "http" and not is_this_machine(url.hostname or ""):
            yield Caution(
                f"The model server at {url.hostname} is spoken to in the clear.",
                hint="Use https:// in SUNMAO_OPENAI_BASE_URL and SUNMAO_OPENAI_SERVERS.",
                id="sunmao.W025",
            )


def is_this_machine(host: str) -> bool:
    """A socket's folder, no host at all, or an address that leads back here."""
    if not host or host.startswith("/") or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
