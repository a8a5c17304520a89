"""What an entry may say: no secret in any depth, and never more than a reader could read.

A secret is replaced by a reference that is the same for the same secret and tells nothing else, so that an
auditor can still see that two entries are about one key (Vault does the same).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.apps import apps

from sunmao.core.crypto.sealing import blind_index
from sunmao.core.secret_text import PATTERNS

# As whole words of a name, so that `max_tokens` is a number like any other.
SECRET_WORDS = re.compile(
    r"(?:^|_)(?:passwords?|passphrase|secrets?|token|api_?keys?|private_key|authorization|cookies?"
    r"|credentials?|otp|totp|recovery_codes?|session_key)(?:_|$)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s.\-]+")
LONGEST_TEXT, MOST_ITEMS, DEEPEST = 1000, 100, 6


def _patterns() -> re.Pattern[str]:
    """Ours and those that apps name on their AppConfig as `secret_patterns`."""
    known = [
        *PATTERNS,
        *(one for app in apps.get_app_configs() for one in getattr(app, "secret_patterns", ())),
    ]
    return re.compile("|".join(f"(?:{pattern})" for pattern in known), re.DOTALL)


_compiled: re.Pattern[str] | None = None


def masked(value: Any, *, depth: int = 0) -> Any:
    """`value` as JSON can carry it, without secrets and not too large."""
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [] if depth > DEEPEST else [masked(item, depth=depth + 1) for item in list(items)[:MOST_ITEMS]]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _text(str(value))


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    if depth > DEEPEST:
        return {}
    kept = list(value.items())[:MOST_ITEMS]
    return {
        _text(str(name)): _reference(item) if is_secret(str(name)) else masked(item, depth=depth + 1)
        for name, item in kept
    }


def is_secret(name: str) -> bool:
    return bool(SECRET_WORDS.search(_CAMEL.sub("_", name).lower()))


def _text(text: str) -> str:
    global _compiled
    _compiled = _compiled or _patterns()
    # The database keeps neither NUL nor half a surrogate pair.
    sendable = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    hidden = _compiled.sub(lambda found: _reference(found[0]), sendable)
    return hidden if len(hidden) <= LONGEST_TEXT else hidden[: LONGEST_TEXT - 1] + "…"


def _reference(secret: object) -> str:
    if secret in (None, "", False, True):
        return ""  # that there is none is no secret
    return f"hmac:{blind_index(str(secret), context='audit.secret').rpartition('.')[2][:24]}"
