"""Four organisations write at once: into the log, with its queue and its sealer, and into a plain table."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
from django.conf import settings
from django.test.utils import override_settings

from apps.config.bench.options import Options
from apps.config.bench.report import Case, Report
from apps.config.bench.stack import DATABASE, Stack
from apps.config.bench.verdict import at_least, judge
from sunmao.accounts.services import create_organisation
from sunmao.audit.sealing import seal
from sunmao.audit.verifying import verify
from sunmao.core.ids import new_id
from sunmao.core.rls import OWN_ORGANISATION

NINE_TENTHS = at_least(0.9)
WRITERS = 4
KEY = "a key for the bench only, thrown away with its database".replace(",", "")
# A log without a chain: the same columns, indexes and row-level security, no queue and nobody who seals.
_PLAIN = f"""
    CREATE TABLE bench_plain (LIKE audit_entry INCLUDING ALL);
    GRANT INSERT, SELECT ON bench_plain TO sunmao_app;
    ALTER TABLE bench_plain ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_organisation ON bench_plain USING ({OWN_ORGANISATION}) WITH CHECK ({OWN_ORGANISATION});
"""
_INSERT = """
    INSERT INTO {table} (id, organisation_id, at, actor_kind, actor_id, actor_name, verb, subject_kind,
        subject_id, detail, content, retention, request_id)
    VALUES (%s, %s, now(), 'user', %s, '', 'thing.noted', 'thing', %s, %s, '', 'standard', %s)
"""
_SEALER = """
import time
import django
django.setup()
from sunmao.audit.sealing import seal_all
while True:
    seal_all()
    time.sleep(1)
"""


@contextmanager
def keys() -> Iterator[None]:
    with override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, keys=(KEY,), sink="", head_sink="")):
        yield


def measure(stack: Stack, options: Options, report: Report) -> None:
    """Rows a second of both, in turns; afterwards every chain must be whole."""
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        connection.execute(_PLAIN.encode())
    found = [
        create_organisation(slug=f"bench-writer-{n}", name=str(n), enabled_verticals=[]).pk
        for n in range(WRITERS)
    ]
    rates: dict[str, list[_Rate]] = {"bench_plain": [], "audit_entry": []}
    with _sealer(stack):
        seconds = max(1.0, options.seconds / 2)
        for turn in range(options.rounds):
            order = list(rates) if turn % 2 else list(reversed(rates))
            for table in order:
                rates[table].append(_write(stack, table, found, seconds))
    for organisation_id in found:
        seal(organisation_id)
    written = sum(rate.rows for rate in rates["audit_entry"])
    whole = [verify(organisation_id) for organisation_id in found]
    sound = all(one.is_sound for one in whole) and sum(one.entries for one in whole) >= written
    report.add(
        cases=[
            _case("plain", rates["bench_plain"], sound=True),
            _case("chained", rates["audit_entry"], sound=sound),
        ],
        ratios=[
            judge(
                "audit.throughput",
                num="chained",
                den="plain",
                values=[
                    ours.per_second / plain.per_second
                    for ours, plain in zip(rates["audit_entry"], rates["bench_plain"], strict=True)
                ],
                goal=NINE_TENTHS,
            )
        ],
    )


class _Rate:
    def __init__(self, laps: Sequence[float], seconds: float) -> None:
        self.laps, self.rows, self.per_second = laps, len(laps), len(laps) / seconds


def _write(stack: Stack, table: str, organisations: Sequence[uuid.UUID], seconds: float) -> _Rate:
    """Each organisation has a connection of its own and commits each row."""
    laps: list[list[float]] = [[] for _ in organisations]
    ready = threading.Barrier(len(organisations))

    def work(place: int) -> None:
        statement = _INSERT.format(table=table).encode()
        organisation_id, actor = organisations[place], new_id()
        detail = json.dumps({"name": "a change like any other", "role": "agent"})
        with psycopg.connect(stack.conninfo()) as connection:
            ready.wait()
            end = time.perf_counter() + seconds
            while (began := time.perf_counter()) < end:
                connection.execute(
                    "SELECT set_config('app.organisation_id', %s, true)", [str(organisation_id)]
                )
                values: list[Any] = [new_id(), organisation_id, actor, str(actor), detail, uuid.uuid4().hex]
                connection.execute(statement, values)
                connection.commit()
                laps[place].append(time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(organisations))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _Rate([lap for each in laps for lap in each], seconds)


@contextmanager
def _sealer(stack: Stack) -> Iterator[None]:
    """In a process of its own, as a worker is."""
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://sunmao_app@/{DATABASE}?host={stack.postgres.socket_dir}",
        "SUNMAO_AUDIT_KEYS": KEY,
        "DJANGO_SETTINGS_MODULE": "apps.config.settings",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    process = subprocess.Popen([sys.executable, "-c", _SEALER], env=environment)  # noqa: S603  our own code
    try:
        time.sleep(2)
        yield
        if process.poll() is not None:
            raise RuntimeError("the sealer of the bench did not run")
    finally:
        process.terminate()
        process.wait(10)


def _case(name: str, rates: Sequence[_Rate], *, sound: bool) -> Case:
    walls = np.array([lap for rate in rates for lap in rate.laps]) * 1e3
    p50, p95, p99 = (round(float(value), 4) for value in np.percentile(walls, [50, 95, 99]))
    return Case(
        id=f"audit.throughput.{name}",
        params={"organisations": WRITERS},
        n=len(walls),
        recall=float(sound),
        nret=1,
        p50=p50,
        p95=p95,
        p99=p99,
        qps=round(statistics.median(rate.per_second for rate in rates), 1),
        cpu_us=0,
    )
