"""Identifiers: UUID version 7 (RFC 9562 §5.7), so that rows sort by creation time."""

from __future__ import annotations

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


def random_part(value: uuid.UUID) -> str:
    """Twelve signs that nobody can guess; those at its beginning are the hour."""
    return value.hex[-12:]


def parse_id(value: object) -> uuid.UUID | None:
    """The id in `value`, or None when it is malformed."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def reference(value: object) -> uuid.UUID:
    """The id in `value`; a malformed reference is simply one of nothing, the nil UUID (RFC 9562 §5.9)."""
    return parse_id(value) or uuid.UUID(int=0)
