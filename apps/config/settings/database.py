"""Two ways into one database: `default` runs, `owner` migrates."""

from __future__ import annotations

from typing import Any

from apps.config.supervisor import paths
from sunmao.core import env


def databases() -> dict[str, dict[str, Any]]:
    return {
        "default": {**_connect("DATABASE_URL", "sunmao_app"), **_pooling()},
        # Only `migrate` and the tests' setup use it: it owns the tables.
        "owner": _connect("DATABASE_OWNER_URL", "sunmao_owner"),
    }


def _connect(name: str, role: str) -> dict[str, Any]:
    url = env.secret(name)
    if url:
        return env.database(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "sunmao",
        "USER": role,
        "PASSWORD": "",
        "HOST": str(paths.postgres_socket_dir()),
        "PORT": "",
        "OPTIONS": {},
    }


def _pooling() -> dict[str, Any]:
    """Under ASGI every request has a thread of its own, so a connection per thread would never be reused."""
    if not env.boolean("SUNMAO_DB_POOL", False):
        return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    pool = {"min_size": 1, "max_size": 12, "timeout": 3}
    # Without the checks every pooled connection would fail one request after the database restarts.
    return {"OPTIONS": {**_options("DATABASE_URL"), "pool": pool}, "CONN_HEALTH_CHECKS": True}


def _options(name: str) -> dict[str, Any]:
    url = env.secret(name)
    options: Any = env.database(url)["OPTIONS"] if url else {}
    return dict(options)
