"""The installation's secret key, and its identity."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def ensure(file: Path) -> None:
    """Make a random text at the first start, readable by its owner only; never change it afterwards."""
    if file.exists():
        return
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(50))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(fresh, file)  # unlike a rename, this cannot replace a key that another start made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
