"""Random secrets and what is kept of them.

A key has 256 random bits, so one SHA-256 is enough: there is no dictionary to try (NIST SP 800-63B §5.1.2.2
asks for slow hashing of secrets that people choose).
"""

from __future__ import annotations

import hashlib
import secrets

KEY_PREFIX = "sm_"


def new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_link_token() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
