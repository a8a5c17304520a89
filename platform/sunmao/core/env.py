"""Typed readers of environment settings. A bad value is an error at start-up, never a silent default.

Every name may also be given as NAME_FILE, the path of a mounted secret.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_UNITS = {"": 1, "B": 1, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3}


def text(name: str, default: str = "") -> str:
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from error
    return os.environ.get(name, default)


# The files that secrets were read from; a system check looks at who may read them.
secret_files: dict[str, Path] = {}


def secret(name: str) -> str:
    """A text that nobody else may see: from NAME_FILE or NAME, never from the code or the database."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        secret_files[name] = Path(file)
    return text(name)


def integer(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def boolean(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def size(name: str, default: str) -> int:
    """A number of bytes such as `32MiB`."""
    value = text(name, default)
    match = re.fullmatch(r"(\d+)\s*([KMG]iB|B|)", value, re.IGNORECASE)
    if not match:
        raise ImproperlyConfigured(f"{name} must look like 32MiB, not {value!r}.")
    return int(match[1]) * _UNITS[match[2].upper()]


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def pairs(name: str, default: str) -> dict[str, str]:
    """A list such as `zh=one,en=another`."""
    found: dict[str, str] = {}
    for entry in words(name, default):
        key, equals, value = (part.strip() for part in entry.partition("="))
        if not (key and equals and value) or key in found:
            raise ImproperlyConfigured(f"{name} must look like zh=one,en=another, not {entry!r}.")
        found[key] = value
    return found


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def database(url: str) -> dict[str, object]:
    """Django's settings for `postgresql://user:password@host:port/name?sslmode=…`.

    A socket directory is given as the query parameter `host`, as libpq does.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("A database URL must start with postgresql://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
