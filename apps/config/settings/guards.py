"""Settings of the external moderation service."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from sunmao.core import env


def moderation() -> dict[str, Any]:
    """Empty `url`: there is none."""
    return {
        "url": env.text("SUNMAO_MODERATION_URL"),
        "key": env.secret("SUNMAO_MODERATION_KEY"),
        "shape": env.choice("SUNMAO_MODERATION_SHAPE", "openai", ("openai", "json")),
        "model": env.text("SUNMAO_MODERATION_MODEL"),
        "request": _template("SUNMAO_MODERATION_REQUEST", '{"text": "$TEXT", "direction": "$DIRECTION"}'),
        "flagged": env.text("SUNMAO_MODERATION_FLAGGED", "flagged"),
        "categories": env.text("SUNMAO_MODERATION_CATEGORIES", "categories"),
        "checks": env.words("SUNMAO_MODERATION_CHECKS", "question,answer"),
        "milliseconds": env.integer("SUNMAO_MODERATION_MILLISECONDS", 2_000),
        "retries": env.integer("SUNMAO_MODERATION_RETRIES", 1),
        "fail": env.choice("SUNMAO_MODERATION_FAIL", "closed", ("open", "closed")),
        "failures": env.integer("SUNMAO_MODERATION_FAILURES", 5),
        "pause": env.integer("SUNMAO_MODERATION_PAUSE", 30),
    }


def _template(name: str, default: str) -> Any:
    try:
        return json.loads(env.text(name, default))
    except json.JSONDecodeError as error:
        raise ImproperlyConfigured(f"{name} must be JSON: {error}") from error
