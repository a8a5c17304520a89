"""The bench that asks as everybody, in its short form: the long one is `manage.py bench isolation`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections import Counter

import pytest
from django.conf import settings

from apps.config.bench.isolation.attack import Tally
from apps.config.bench.isolation.world import Asker, World
from sunmao.core.actor import Actor


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "isolation", "--quick", "--json"],
        cwd=settings.BASE_DIR, env=dict(os.environ), capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    return {row["id"]: row for row in (*report["ratios"], *report["cases"])}


@pytest.mark.parametrize("way", ["filtered", "unfiltered", "asked"])
def test_nobody_reads_what_is_not_theirs(told: dict[str, dict[str, object]], way: str) -> None:
    """With the product's filter, with row-level security alone, and through the pipeline's search."""
    assert told[f"isolation.{way}.foreign"]["median"] == 0
    assert told[f"isolation.{way}.foreign"]["verdict"] == "pass"


def test_twenty_thousand_pairs_were_tried_each_way(told: dict[str, dict[str, object]]) -> None:
    assert int(str(told["isolation.filtered"]["n"])) >= 20_000
    assert int(str(told["isolation.unfiltered"]["n"])) >= 20_000


def test_what_is_theirs_they_read(told: dict[str, dict[str, object]]) -> None:
    """Otherwise nothing would have been proved."""
    assert told["isolation.filtered.own"]["verdict"] == "pass"
    assert told["isolation.asked.own"]["verdict"] == "pass"


def test_a_foreign_row_would_be_counted() -> None:
    own, foreign, unknown = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    actor = Actor(kind="system", id=None, organisation_id=uuid.uuid4(), name="x", language="en")
    tally, world = Tally(pairs=3), World(owner={own: mine, foreign: theirs})
    tally.take(Counter({own: 2, foreign: 1, unknown: 1}), Asker(actor, frozenset({mine})), world)
    assert (tally.own, tally.foreign) == (2, 2)
