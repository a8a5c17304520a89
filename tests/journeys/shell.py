"""Reading what a command printed."""

from __future__ import annotations

import json
from typing import Any

from tests.fixtures.stack import Ran


def json_of(ran: Ran, *, status: int = 0) -> Any:
    assert ran.returncode == status, ran.stdout + ran.stderr
    return json.loads(ran.stdout)
