"""The case `stream`: from an engine's word to the bytes of the door, through Redis, guards and all.

Worker and web share this process, so that its CPU time is what both cost; the Redis server's own is told
beside it. Nothing of HTTP on a wire is in it.
"""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from django.db import connections
from django.test.utils import override_settings

from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.report import Case, Report
from apps.config.bench.stack import Stack
from apps.config.bench.stream.listening import Heard, Listener
from apps.config.bench.stream.metronome import FIRST, MetronomeEngine
from apps.config.bench.verdict import at_least, at_most, judge
from apps.config.celery import app as celery
from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import streams
from sunmao.inference import registry

ENGINE = "apps.config.bench.stream.metronome.MetronomeEngine"
FIRST_SECONDS, TOKEN_SECONDS, STOP_SECONDS = 0.05, 0.0001, 1.0
MANY, PACE, EACH = 50, 0.05, 100
ARRIVAL = 0.02
LONG, QUICK = 600, 0.005


def stream(stack: Stack, people: People, options: Options, report: Report) -> None:
    made = accounts.create_api_key(actor=people.system, name="listener", role=BuiltIn.MODEL_ENGINEER)
    with _metronome(), _few_connections(), _workers():
        _one(made.secret, 20)  # imports, connections, caches
        options.say("stream: cost of a token")
        _token(made.secret, options, report)
        options.say("stream: first byte")
        _first(made.secret, options, report)
        options.say("stream: a listener goes away")
        _stop(made.secret, options, report)
        options.say(f"stream: {MANY} at once")
        _many(made.secret, options, report)


def _token(key: str, options: Options, report: Report) -> None:
    """What a long answer of two hundred tokens a second costs over a short one, for each further token, less
    what the engine costs when nobody carries its words: it sleeps between them, and waking up is not free."""
    costs, walls = [], []
    for _ in range(options.rounds):
        short = statistics.median(_cpu(lambda: _one(key, 1))[0] for _ in range(3))
        long, wall = _cpu(lambda: _one(key, LONG, pause=QUICK))
        bare, _wall = _cpu(lambda: MetronomeEngine.alone(LONG, QUICK))
        costs.append((long - short - bare) / (LONG - 1))
        walls.append(wall)
    report.add(
        cases=[_case("stream.token", walls, 1.0, tokens=LONG, cpu=statistics.median(costs), qps=LONG)],
        ratios=[
            judge(
                "stream.token_cpu",
                num="CPU of a token",
                den="0.1 ms",
                values=[cost / TOKEN_SECONDS for cost in costs],
                goal=at_most(1.0),
            )
        ],
    )


def _first(key: str, options: Options, report: Report) -> None:
    """The engine's first token is a sentence; guards let nothing shorter out."""
    rounds = []
    for _ in range(options.rounds):
        rounds.append([_delay(*_one(key, 5)) for _ in range(10)])
    delays = [one for of_round in rounds for one in of_round]
    report.add(
        cases=[_case("stream.first_byte", delays, 1.0, tokens=5)],
        ratios=[
            judge(
                "stream.first_byte_p95",
                num="engine's first token to first byte, p95",
                den="50 ms",
                values=[float(np.percentile(one, 95)) / FIRST_SECONDS for one in rounds],
                goal=at_most(1.0),
            )
        ],
    )


def _stop(key: str, options: Options, report: Report) -> None:
    waits = []
    for _ in range(max(5, options.rounds)):
        name, heard = _one(key, 2000, pause=0.02, leaves=True)
        end = time.monotonic() + 5
        while name not in MetronomeEngine.stopped and time.monotonic() < end:
            time.sleep(0.01)
        waits.append(MetronomeEngine.stopped.get(name, heard.left + 5) - heard.left)
    report.add(
        cases=[_case("stream.stop", waits, sum(wait < 5 for wait in waits) / len(waits), tokens=0)],
        ratios=[
            judge(
                "stream.stop_slowest",
                num="listener gone to engine stopped, slowest",
                den="1 s",
                values=[max(waits) / STOP_SECONDS] * 3,
                goal=at_most(1.0),
            )
        ],
    )


def _many(key: str, options: Options, report: Report) -> None:
    """At twenty tokens a second each, which is what a person reads."""
    delays, whole = [], []
    cpu = 0.0
    wall: list[float] = []
    for _ in range(options.rounds):
        names = [_name() for _ in range(MANY)]
        found: list[Heard] = []
        streams.sign_of_life()
        used, took = _cpu(lambda names=names, found=found: found.extend(_listen(key, names)))  # type: ignore[misc]
        cpu, wall = cpu + used, [*wall, took]
        for one in found:
            if not one.whole:
                options.say(f"stream: not whole: {one.status} {one.told[:200]}")
        right = [one.whole and one.said.count("词") == _words(EACH) for one in found]
        whole.append(sum(right) / MANY)
        begun = [(name, one) for name, one in zip(names, found, strict=True) if name in MetronomeEngine.began]
        delays += [_delay(name, one) for name, one in begun if one.first]
    tokens = MANY * EACH * options.rounds
    cost, rate = cpu / tokens, tokens / sum(wall)
    report.add(
        cases=[_case("stream.fifty", delays, min(whole), tokens=EACH, cpu=cost, qps=rate)],
        ratios=[
            judge("stream.fifty_whole", num="heard whole", den="50", values=whole, goal=at_least(1.0)),
        ],
    )


def _words(tokens: int) -> int:
    return sum(1 for number in range(1, tokens) if number % 12)


def _listen(key: str, names: Sequence[str]) -> list[Heard]:
    async def together() -> list[Heard]:
        listening = []
        for name in names:
            listening.append(asyncio.create_task(Listener(key, f"{name} {EACH} {PACE}").listen()))
            await asyncio.sleep(ARRIVAL)
        return list(await asyncio.gather(*listening))

    return asyncio.run(together())


def _one(key: str, tokens: int, *, pause: float = 0.0, leaves: bool = False) -> tuple[str, Heard]:
    name = _name()
    heard = asyncio.run(Listener(key, f"{name} {tokens} {pause}", leaves=leaves).listen())
    if heard.status != 200 or FIRST[0] not in heard.said:
        raise RuntimeError(f"answered with {heard.status}: {heard.said[:200]}{heard.told[:200]}")
    return name, heard


def _name() -> str:
    """Letters alone: digits could be somebody's number, and would be taken out of the question."""
    return uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def _delay(name: str, heard: Heard) -> float:
    return heard.first - MetronomeEngine.began[name]


def _cpu(work: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def _case(
    name: str, seconds: Sequence[float], right: float, *, tokens: int, cpu: float = 0.0, qps: float = 0.0
) -> Case:
    p50, p95, p99 = (float(np.percentile(seconds, part)) * 1000 for part in (50, 95, 99))
    params = {"tokens": tokens, "streams": MANY if name == "stream.fifty" else 1}
    return Case(
        id=name,
        params=params,
        n=len(seconds),
        recall=right,
        nret=1.0,
        p50=round(p50, 3),
        p95=round(p95, 3),
        p99=round(p99, 3),
        qps=round(qps, 1),
        cpu_us=round(cpu * 1e6, 2),
    )


@contextmanager
def _metronome() -> Iterator[None]:
    registry.ENGINES["metronome"] = ENGINE
    try:
        with override_settings(
            SUNMAO_ENGINE="metronome", SUNMAO_MODEL="metronome", SUNMAO_API_RATE_KEY=(1_000_000, 1)
        ):
            yield
    finally:
        del registry.ENGINES["metronome"]


@contextmanager
def _few_connections() -> Iterator[None]:
    """The web process has a pool; here each request gives its connection back when it ends."""
    known = connections["default"].settings_dict
    before, known["CONN_MAX_AGE"] = known["CONN_MAX_AGE"], 0
    try:
        yield
    finally:
        known["CONN_MAX_AGE"] = before


@contextmanager
def _workers() -> Iterator[None]:
    """A worker with a thread for each answer, as the interactive one has some."""
    pool = ThreadPoolExecutor(MANY, thread_name_prefix="worker")

    def work(name: str, args: tuple[str, ...]) -> None:
        try:
            celery.tasks[name](*args)
        finally:
            connections.close_all()

    def send(name: str, args: tuple[str, ...] = (), **_: object) -> None:
        pool.submit(work, name, args)

    before = celery.send_task
    celery.send_task = send  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        celery.send_task = before  # type: ignore[method-assign]


__all__ = ["stream"]
