"""Making folders that only their owner can enter."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from apps.config.supervisor import paths, secret
from apps.config.supervisor.account import Account


class UnsafeFolder(RuntimeError):
    """Somebody else made the folder that a socket or data was to live in."""


def make_home() -> None:
    """Make the home, open to enter: a root supervisor lends the database an account other than its own."""
    _make_open(paths.home())
    _make_open(paths.run_dir())
    secret.ensure(paths.identity_file())
    for private in (paths.log_dir(), paths.files_dir(), paths.redis_dir(), paths.redis_socket().parent):
        if private != paths.run_dir():
            make_private(private)


def make_private(folder: Path, account: Account | None = None) -> None:
    """Make `folder` with mode 0700 for `account`, or the present user; refuse one that a third party owns."""
    _make_open(folder.parent)
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.geteuid()}:
            raise UnsafeFolder(f"{folder} belongs to somebody else.") from None
    if account and folder.stat().st_uid != uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def _make_open(folder: Path) -> None:
    """Make a folder and its missing parents with mode 0755, whatever the umask; existing ones are left."""
    if folder.is_dir():
        return
    _make_open(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
