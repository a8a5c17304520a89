"""Reading what a command printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.fixtures.stack import Ran, Stack

_MANY = """
import contextlib, io, json
from django.core.management import ManagementUtility
told = []
for command in json.loads({commands!r}):
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            ManagementUtility(["manage.py", *command]).execute()
        except SystemExit as end:
            status = end.code
    told.append([status, out.getvalue(), err.getvalue()])
print(json.dumps(told))
"""


def json_of(ran: Ran, *, status: int = 0) -> Any:
    assert ran.returncode == status, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def many(stack: Stack, commands: Sequence[Sequence[str]]) -> list[Ran]:
    """Commands one after the other in one process, each with what it printed and the status it ended with."""
    told = json.loads(stack.run(_MANY.format(commands=json.dumps(commands))))
    return [Ran(command, *each) for command, each in zip(commands, told, strict=True)]
