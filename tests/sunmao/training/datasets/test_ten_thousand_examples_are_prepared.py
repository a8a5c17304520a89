from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from sunmao.training.datasets import editing
from tests.fixtures.cast import Cast
from tests.sunmao.training.datasets.conftest import newest

pytestmark = pytest.mark.slow

SECONDS = {"import": 120, "clean": 120, "mask": 240, "split": 60, "check": 120}
"""Far above what one core alone needs, so that a busy machine does not fail it."""


def test_ten_thousand_examples_are_imported_cleaned_masked_and_searched(
    cast: Cast, make_set: Any, engineer: Any, do: Any, reference_data: Path, record_property: Any
) -> None:
    made, content = make_set(), (reference_data / "banking77" / "train.jsonl").read_bytes()

    took = {}
    for kind in SECONDS:
        begun = time.monotonic()
        step = do(made, kind, content) if kind == "import" else do(made, kind)
        took[kind] = round(time.monotonic() - begun, 1)
        assert step.state == "succeeded", step.job.error_code
        record_property(kind, took[kind])
    print(took, newest(made).figures["leaks"]["parts"])  # noqa: T201  a figure to be reported

    assert {kind for kind, seconds in took.items() if seconds > SECONDS[kind]} == set()
    mended = do(made, "check", leaks="joined")
    while mended.found["mended"]:
        mended = do(made, "check", leaks="joined")
    assert editing.freeze(actor=engineer, version=newest(made)).figures["examples"] > 9_000
