#!/usr/bin/env python
"""Command line of Sunmao. `platform/` is an import root, so both roots go on the path first."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

# A start makes half a million objects that stay; looking them over as often as usual is a quarter of it.
OBJECTS_BETWEEN_LOOKS = 10_000
ROOT = Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]


def main() -> None:
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
