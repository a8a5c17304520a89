"""The installation's secret key."""

from __future__ import annotations

import secrets
from pathlib import Path


def installed_secret(file: Path) -> str:
    """The key that the first start wrote, or one for this process only: `check` needs no installation."""
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return secrets.token_urlsafe(48)
