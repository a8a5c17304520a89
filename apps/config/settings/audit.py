"""The audit log: who signs its chain, where it is delivered to, how long it is kept."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from apps.config.supervisor import paths
from sunmao.audit.config import AuditSettings
from sunmao.core import env


def audit_settings() -> AuditSettings:
    return AuditSettings(
        keys=tuple(env.words("SUNMAO_AUDIT_KEYS", "")) or _installed(paths.audit_key_file()),
        seal_seconds=_seconds("SUNMAO_AUDIT_SEAL_SECONDS", 1),
        sink=env.text("SUNMAO_AUDIT_SINK"),
        sink_blocks=env.boolean("SUNMAO_AUDIT_SINK_BLOCKS", False),
        sink_lag=_seconds("SUNMAO_AUDIT_SINK_LAG_SECONDS", 60),
        head_sink=env.text("SUNMAO_AUDIT_HEAD_SINK"),
        head_seconds=_seconds("SUNMAO_AUDIT_HEAD_SECONDS", 60),
        retention_days=dict(_days(word) for word in env.words("SUNMAO_AUDIT_RETENTION_DAYS", "")),
        purge=env.boolean("SUNMAO_AUDIT_PURGE", False),
        denied_seconds=_seconds("SUNMAO_AUDIT_DENIED_SECONDS", 600),
    )


def trusted_proxies() -> list[str]:
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    words = env.words("SUNMAO_TRUSTED_PROXIES", "")
    for word in words:
        try:
            ipaddress.ip_network(word, strict=False)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"SUNMAO_TRUSTED_PROXIES must hold addresses or networks, not {word!r}."
            ) from error
    return words


def _installed(file: Path) -> tuple[str, ...]:
    """The key that the first start wrote; without one nothing can be sealed, and `check` says so."""
    try:
        return tuple(file.read_text(encoding="ascii").split())
    except FileNotFoundError:
        return ()


def _seconds(name: str, default: int) -> float:
    value = env.integer(name, default)
    if value < 1:
        raise ImproperlyConfigured(f"{name} must be at least 1.")
    return float(value)


def _days(word: str) -> tuple[str, int]:
    """`medical=6000`; whether it is long enough is a system check's question."""
    name, separator, days = word.partition("=")
    if not separator or not days.isdecimal():
        raise ImproperlyConfigured(f"SUNMAO_AUDIT_RETENTION_DAYS must look like medical=6000, not {word!r}.")
    return name, int(days)
