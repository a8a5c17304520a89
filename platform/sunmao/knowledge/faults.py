"""Named points at which a test may stop a worker dead or hold it: nothing must be lost or done twice.

`SUNMAO_FAULT_PLAN=<folder>` is set in the fault tests only. A file in it that is called like a point, or like
a point and the job that gets there (`before_publish.<id>`), is taken by the first process that comes by, and
that process kills itself. A file `hold.<point>` makes it wait until the file is gone.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

POINTS = ("before_read", "after_split", "before_publish", "inside_publish", "after_publish")
BETWEEN_MEMBERS = "between_members"
"""Only what holds other files comes by."""


def point(name: str, about: object = "") -> None:
    plan = os.environ.get("SUNMAO_FAULT_PLAN")
    if not plan:
        return
    folder = Path(plan)
    while (folder / f"hold.{name}").exists():
        time.sleep(0.02)
    if _took(folder / name) or _took(folder / f"{name}.{about}"):
        os.kill(os.getpid(), signal.SIGKILL)


def _took(file: Path) -> bool:
    """Of several processes one takes it; another name says when."""
    try:
        file.rename(file.with_name(f"taken.{file.name}"))
    except FileNotFoundError:
        return False
    return True
