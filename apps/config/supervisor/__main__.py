"""Entry point of `python -m apps.config.supervisor`."""

from __future__ import annotations

import sys

from apps.config.supervisor.main import main

if __name__ == "__main__":
    sys.exit(main())
