"""Named points at which a test may stop a worker dead, to prove that nothing is lost or done twice.

`SUNMAO_FAULT_AT=<point>` together with `SUNMAO_FAULT_ONCE=<file>` kills the process the first time it gets
there. Neither is set outside the fault tests.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path


def point(name: str) -> None:
    marker = os.environ.get("SUNMAO_FAULT_ONCE")
    if not marker or os.environ.get("SUNMAO_FAULT_AT") != name or Path(marker).exists():
        return
    Path(marker).touch()
    os.kill(os.getpid(), signal.SIGKILL)
