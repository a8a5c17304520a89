"""The installation's secret key, and its identity."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def ensure(file: Path) -> None:
    """Make a random text at the first start, readable by its owner only; never change it afterwards."""
    _write_once(file, secrets.token_urlsafe(50))


def ensure_encryption_key(file: Path) -> None:
    """The first encryption key. Its id is random: another installation's data must not seem to be ours."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    _write_once(file, f"k{secrets.token_hex(4)}:{key}\n")


def _write_once(file: Path, text: str) -> None:
    if file.exists():
        return
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(fresh, file)  # unlike a rename, this cannot replace a key that another start made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
