"""Worker processes are killed at named points of their work, one for every document: ten in an ordinary run,
two hundred with `make faults`. Nothing is lost, nothing is there twice, nothing is stuck beyond two leases.

PostgreSQL, Redis and the bulk worker are real, and every kill is a SIGKILL.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import sweep
from sunmao.knowledge import services
from sunmao.knowledge.faults import POINTS
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from tests.fixtures import Standing, verbs_of
from tests.fixtures.worker import LEASE_SECONDS, bulk_worker

ROUNDS = int(os.environ.get("SUNMAO_FAULT_ROUNDS", "10"))
SECONDS_A_ROUND, SECONDS_TO_START = 6, 60
pytestmark = [pytest.mark.stack, pytest.mark.timeout(SECONDS_TO_START + ROUNDS * SECONDS_A_ROUND + 60)]

TEXT = (
    "# Rule {n}\n\n## First\n\nRule {n} holds for deliveries.\n\n## Second\n\nRule {n} holds for returns.\n"
)
TABLE = "rule,holds for\n{n},deliveries\n{n}0,returns\n"
PASSAGES = 2
_DOUBLED = """
    SELECT count(*) FROM (
        SELECT document_id FROM knowledge_passage WHERE died IS NULL
        GROUP BY document_id, ordinal HAVING count(*) > 1) doubled
"""
_VECTORS = "SELECT passage_id, lexical::text FROM knowledge_passage_vector WHERE died IS NULL"


@dataclass
class Found:
    """What a run found; the first three have to be nought."""

    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    rounds: int = 0
    kills: int = 0
    lease_seconds: int = LEASE_SECONDS
    longest_beyond_lease: float = 0.0
    seconds: float = 0.0


def _receive(standing: Standing) -> list[Document]:
    """Every fifth is a table, which is read in a process of its own."""
    base = services.create_base(actor=standing.actor, slug="rules")
    received = []
    for n in range(1, ROUNDS + 1):
        table = n % 5 == 0
        name, text = (f"{n}.csv", TABLE) if table else (f"{n}.md", TEXT)
        data = text.format(n=n).encode()
        received.append(services.receive(actor=standing.actor, base=base, name=name, chunks=[data]).document)
    return received


def _plan(folder: Path, documents: list[Document]) -> dict[str, str]:
    folder.mkdir()
    for place, document in enumerate(documents):
        (folder / f"{POINTS[place % len(POINTS)]}.{document.job_id}").touch()
    return {"SUNMAO_FAULT_PLAN": str(folder)}


def _watch(standing: Standing, found: Found) -> None:
    """Sweep as the interactive worker does, and look how long a lease that has run out is left alone."""
    deadline = time.monotonic() + SECONDS_TO_START + ROUNDS * SECONDS_A_ROUND
    stuck: set[Any] = set()
    while time.monotonic() < deadline:
        with tenancy.scope(standing.organisation.pk), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, extract(epoch FROM clock_timestamp() - lease_until) FROM jobs_job"
                " WHERE state = 'running' AND lease_until < clock_timestamp()"
            )
            late = dict(cursor.fetchall())
            waiting = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists()
        found.longest_beyond_lease = max([found.longest_beyond_lease, *map(float, late.values())])
        # The lease was renewed last one lease before it ran out.
        stuck |= {job for job, seconds in late.items() if seconds > LEASE_SECONDS}
        if not waiting:
            break
        sweep()
        time.sleep(0.2)
    found.stuck = len(stuck)


def _look(standing: Standing, documents: list[Document], found: Found) -> None:
    with tenancy.scope(standing.organisation.pk), connection.cursor() as cursor:
        base = KnowledgeBase.objects.get(slug="rules")
        passages = Counter(Passage.objects.filter(died=None).values_list("document_id", flat=True))
        states = dict(Job.objects.values_list("pk", "state"))
        cursor.execute(_DOUBLED)
        found.doubled = cursor.fetchone()[0]
        cursor.execute(_VECTORS)
        vectors = cursor.fetchall()
        cursor.execute("SELECT dimension, passages FROM knowledge_term WHERE passages > 0")
        terms = Counter(dict(cursor.fetchall()))
        living = set(Passage.objects.filter(died=None).values_list("pk", flat=True))
    found.lost = sum(
        states[document.job_id] != JobState.SUCCEEDED or passages[document.pk] < PASSAGES
        for document in documents
    )
    found.doubled += sum(passages[document.pk] > PASSAGES for document in documents)
    found.doubled += verbs_of(standing.organisation).count("document.published") - len(documents)
    entries = [entry for _, text in vectors for entry in text.partition("/")[0].strip("{}").split(",")]
    assert terms == Counter(int(entry.partition(":")[0]) for entry in entries)
    assert {row[0] for row in vectors} == living
    assert (base.version, base.passage_count) == (len(documents), PASSAGES * len(documents))


def test_every_document_is_ready_exactly_once(
    standing: Standing, broker: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Celery replaces the dead every five seconds: with many children many die between.
    monkeypatch.setenv("SUNMAO_BULK_CONCURRENCY", "8")
    found, plan = Found(rounds=ROUNDS), tmp_path / "plan"
    documents = _receive(standing)
    began = time.monotonic()
    with bulk_worker(tmp_path / "worker.log", _plan(plan, documents)):
        _watch(standing, found)
    found.seconds = round(time.monotonic() - began, 1)
    found.kills = len(list(plan.glob("taken.*")))
    found.longest_beyond_lease = round(found.longest_beyond_lease, 2)
    _look(standing, documents, found)
    if report := os.environ.get("SUNMAO_FAULT_REPORT"):
        Path(report).write_text(json.dumps(asdict(found), indent=2) + "\n")
    assert found.kills == ROUNDS
    assert (found.lost, found.doubled, found.stuck) == (0, 0, 0)
