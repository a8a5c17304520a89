"""Where the reference data lie; tests that need them are skipped with a reason where they are absent."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("SUNMAO_REFERENCE_DATA", Path(__file__).parents[5] / "shared" / "data"))


def path(name: str) -> Path:
    found = ROOT / name
    if not found.exists():
        pytest.skip(f"reference data {name} not found; set SUNMAO_REFERENCE_DATA")
    return found


def records(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path(name).read_text("utf-8").splitlines()]
