"""Model servers and what is done when they fail."""

from __future__ import annotations

import json

from django.core.exceptions import ImproperlyConfigured

from sunmao.core import env

CAPABILITIES = ("adapters", "images", "schema", "tools")


def servers() -> list[dict[str, str]]:
    """`SUNMAO_OPENAI_SERVERS`: JSON, because a server has an address, a model and a key."""
    name = "SUNMAO_OPENAI_SERVERS"
    try:
        rows = json.loads(env.secret(name) or "[]")
        return [_server(row) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(
            f'{name} must be a JSON list such as [{{"url": "http://10.0.0.5/v1", "model": "m", "key": "k"}}].'
        ) from error


def _server(row: dict[str, str]) -> dict[str, str]:
    known = {"url": row["url"], "model": row["model"], "key": row.get("key", "")}
    if not row["url"].startswith(("http://", "https://")) or set(row) - set(known):
        raise ValueError(row["url"])
    return known


def capabilities() -> list[str]:
    found = env.words("SUNMAO_OPENAI_CAN", "schema")
    if unknown := [one for one in found if one not in CAPABILITIES]:
        raise ImproperlyConfigured(
            f"SUNMAO_OPENAI_CAN may name {', '.join(CAPABILITIES)}, not {unknown[0]!r}."
        )
    return found


SUNMAO_OPENAI_SERVERS = servers()
SUNMAO_OPENAI_CAN = capabilities()
SUNMAO_OPENAI_RETRIES = env.integer("SUNMAO_OPENAI_RETRIES", 2)
SUNMAO_OPENAI_SILENCE_SECONDS = env.integer("SUNMAO_OPENAI_SILENCE_SECONDS", 60)
SUNMAO_OPENAI_FAILURES = env.integer("SUNMAO_OPENAI_FAILURES", 5)
SUNMAO_OPENAI_PAUSE = env.integer("SUNMAO_OPENAI_PAUSE", 30)
SUNMAO_ENGINE_FALLBACK = env.words("SUNMAO_ENGINE_FALLBACK", "")
SUNMAO_DROPPED_RETRIES = env.integer("SUNMAO_DROPPED_RETRIES", 1)
