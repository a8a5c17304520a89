"""Runs the real supervisor with stand-ins for our own processes: `python stub_stack.py [run|stop|status]`.

The database and the broker are real. The stand-in for the web server answers on the chosen port.
"""

from __future__ import annotations

import sys
from unittest import mock

from apps.config.supervisor import commands, main, ports
from apps.config.supervisor.process import Program

_PREPARE = """print('{"first_run_url_path": "/first-run/token/", "seconds": 0}')"""
_WORKER = "import time\nwhile True: time.sleep(60)"


def prepare() -> Program:
    return Program("prepare", (sys.executable, "-c", _PREPARE), commands.environment())


def programs(port: int) -> tuple[Program, ...]:
    web = (sys.executable, "-m", "http.server", str(port), "--bind", ports.HOST)
    worker = (sys.executable, "-c", _WORKER)
    return (
        Program("web", web, commands.environment()),
        Program("interactive", worker, commands.environment()),
    )


if __name__ == "__main__":
    with mock.patch.multiple(commands, prepare=prepare, programs=programs):
        sys.exit(main.main(sys.argv[1:]))
