"""Settings of pages and folders that documents come from by themselves."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from sunmao.core import env


def _folders(name: str) -> list[tuple[str, str]]:
    """`hemu=/srv/hemu,*=/srv/common`: whose a folder is, and where it is."""
    found = []
    for word in env.words(name, ""):
        whose, equals, folder = word.partition("=")
        if not equals or not whose.strip() or not folder.startswith("/") or folder.rstrip("/") == "":
            raise ImproperlyConfigured(f"{name} must look like hemu=/srv/hemu,*=/srv/common, not {word!r}.")
        found.append((whose.strip(), folder))
    return found


SUNMAO_SOURCE_FOLDERS = _folders("SUNMAO_SOURCE_FOLDERS")
SUNMAO_SOURCE_ENTRIES = env.integer("SUNMAO_SOURCE_ENTRIES", 2_000)
SUNMAO_SOURCE_PAUSE = timedelta(milliseconds=env.integer("SUNMAO_SOURCE_PAUSE_MILLISECONDS", 200))
SUNMAO_SOURCE_SETTLE = timedelta(milliseconds=env.integer("SUNMAO_SOURCE_SETTLE_MILLISECONDS", 2_000))
SUNMAO_SOURCE_TURN_SECONDS = env.integer("SUNMAO_SOURCE_TURN_SECONDS", 15)
SUNMAO_SOURCE_POLL_SECONDS = env.integer("SUNMAO_SOURCE_POLL_SECONDS", 20)
