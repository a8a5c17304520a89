"""Where the numbers come from, without saying whose machine it was: no path, no host, no name."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil
from django.conf import settings
from django.db import connection

from apps.config.bench.options import Options
from sunmao.core import streams

_PACKAGES = (
    "django",
    "djangorestframework",
    "psycopg",
    "pgvector",
    "numpy",
    "chromadb",
    "lancedb",
    "hnswlib",
)

_VERSIONS = """
    SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'vector'
"""


class Watch:
    """Notes the machine at the beginning and tells what has changed since."""

    def __init__(self) -> None:
        self._began, self._cpu, self._load = time.perf_counter(), time.process_time(), os.getloadavg()
        self._times = psutil.cpu_times()

    def env(self, options: Options, *, versions: dict[str, str]) -> dict[str, Any]:
        return {
            "cores": os.cpu_count(),
            "usable_cores": len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else None,
            "memory_mb": psutil.virtual_memory().total // 2**20,
            "load_before": [round(load, 2) for load in self._load],
            "load_after": [round(load, 2) for load in os.getloadavg()],
            "steal_seconds": self._steal(),
            "seconds": round(time.perf_counter() - self._began, 1),
            "cpu_seconds": round(time.process_time() - self._cpu, 1),
            "system": sys.platform,
            "versions": {"python": sys.version.split()[0]} | _installed() | versions,
            "git": _commit(),
            "options": {
                "rows": options.rows,
                "rounds": options.rounds,
                "seconds": options.seconds,
                "seed": options.seed,
                "quick": options.quick,
                "peers": list(options.peers),
            },
        }

    def _steal(self) -> float | None:
        steal = getattr(psutil.cpu_times(), "steal", None)
        return None if steal is None else round(steal - self._times.steal, 1)


def stack_versions() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS)
        postgres, vector = cursor.fetchone()
    redis = streams.client().info("server")
    return {"postgresql": postgres, "pgvector_extension": vector, "redis": str(redis["redis_version"])}


def _installed() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _commit() -> dict[str, Any]:
    head, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return {"commit": head or None, "dirty": None if changes is None else bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603  fixed arguments
            ["git", *arguments],  # noqa: S607  whichever git the user has
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
