"""The command lines and the environment of the processes that run our own code."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from apps.config.supervisor import paths, ports
from apps.config.supervisor.process import Program
from apps.config.supervisor.records import MARK

_CELERY = (sys.executable, "-m", "celery", "-A", "apps.config.celery", "worker")
_QUIET = ("--without-gossip", "--without-mingle", "-l", "info")

# Celery answers SIGQUIT by giving unfinished tasks back to the broker and leaving at once.
_COLD_STOP = signal.SIGQUIT


def environment() -> dict[str, str]:
    """What every process of ours sees, whatever shell the supervisor was started from."""
    found = dict(os.environ)
    found.setdefault("HF_HUB_OFFLINE", "1")
    found.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
    roots = [str(paths.REPOSITORY), str(paths.REPOSITORY / "platform"), found.get("PYTHONPATH", "")]
    return found | {
        "PYTHONPATH": os.pathsep.join(root for root in roots if root),
        "PYTHONUNBUFFERED": "1",
        # Several processes share the cores: a spinning thread pool in one would starve the others.
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "SUNMAO_HOME": str(paths.home()),
        MARK: str(paths.home()),
    }


def prepare() -> Program:
    """Migrate, collect static files and seed, in one process; the last line it prints is JSON."""
    manage = str(paths.REPOSITORY / "manage.py")
    return Program("prepare", (sys.executable, manage, "prepare", "--json"), environment())


def programs(port: int) -> tuple[Program, ...]:
    """Everything that runs for as long as the supervisor does, in the order of starting."""
    return (
        Program("web", _web(port), environment()),
        Program("interactive", _interactive(), environment(), _COLD_STOP),
        Program("bulk", _bulk(), environment(), _COLD_STOP),
        Program("gpu", _gpu(), environment(), _COLD_STOP),
    )


def _web(port: int) -> tuple[str, ...]:
    return (
        sys.executable, "-m", "granian", "--interface", "asginl",
        "--host", ports.HOST, "--port", str(port), "--no-ws",
        "--workers", "1", "--workers-kill-timeout", "3", "--respawn-failed-workers",
        "--static-path-route", "/static", "--static-path-mount", str(paths.static_dir()),
        "--static-path-expires", "86400",
        "apps.config.asgi:application",
    )  # fmt: skip


def _interactive() -> tuple[str, ...]:
    beat: Path = paths.run_dir() / "beat"
    concurrency = os.environ.get("SUNMAO_INTERACTIVE_CONCURRENCY", "4")
    name = ("-n", "interactive@%h", "-Q", "default", "--pool=threads", f"--concurrency={concurrency}")
    return (*_CELERY, *name, "-B", "-s", str(beat), *_QUIET)


def _bulk() -> tuple[str, ...]:
    concurrency = os.environ.get("SUNMAO_BULK_CONCURRENCY", "1")
    name = ("-n", "bulk@%h", "-Q", "cpu", "--pool=prefork", f"--concurrency={concurrency}")
    return (*_CELERY, *name, *_QUIET)


def _gpu() -> tuple[str, ...]:
    """One at a time: a device is not shared. A training of hours must not keep documents from being read."""
    return (*_CELERY, "-n", "gpu@%h", "-Q", "gpu", "--pool=prefork", "--concurrency=1", *_QUIET)
