"""Running the one-off process that brings the database, the static files and the sample data up to date."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from apps.config.supervisor.console import word
from apps.config.supervisor.process import Program
from apps.config.supervisor.spawn import spawn, tail


class PreparationFailed(RuntimeError):
    """The process failed; the message is the end of its log."""


@dataclass(frozen=True)
class Preparation:
    """What the process said in its last line."""

    first_run_path: str | None


def run(program: Program, *, log: Path, cwd: Path) -> Preparation:
    """Run the program to its end and read the JSON in the last line of its output."""
    process = spawn(
        program.command, log=log, environment=program.environment, cwd=cwd, output=subprocess.PIPE
    )
    try:
        output, _ = process.communicate()
    finally:
        _end_group(process)
    with log.open("ab") as stream:
        stream.write(output)
    if process.returncode:
        raise PreparationFailed(f"{word('failed', name=program.name, log=log)}\n{tail(log)}")
    return _read(output)


def _read(output: bytes) -> Preparation:
    lines = output.decode(errors="replace").strip().splitlines()
    try:
        said = json.loads(lines[-1])
        return Preparation(said["first_run_url_path"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise PreparationFailed("`manage.py prepare --json` did not end with its line of JSON.") from error


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
