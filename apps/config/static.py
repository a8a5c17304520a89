"""Collected static files, renewed only when a package or one of our own files has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import django
import unfold
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = ".stamp"


def fingerprint() -> str:
    """Every file that the finders see: its name, size and time."""
    digest = hashlib.sha256(f"{django.__version__} {Path(unfold.__file__).parent}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_when_stale(root: Path) -> bool:
    stamp, current = root / STAMP, fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == current:
        return False
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(current, encoding="ascii")
    return True
