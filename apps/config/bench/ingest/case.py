"""The case `ingest`: how fast documents are read, what of the time is ours, and what others notice of it.

The `recall` of a row is the share of documents that became ready (of questions: that were answered with a
citation), `rows` the passages of a document.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.db import connection
from django.test.utils import override_settings

from apps.config.bench import asking
from apps.config.bench.figures import case, timed
from apps.config.bench.ingest.papers import Paper, papers
from apps.config.bench.ingest.upload import Uploads
from apps.config.bench.ingest.worker import queued, worker
from apps.config.bench.knowledge import sample_files, serve
from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.report import Report
from apps.config.bench.session import server_cpu
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, at_most, judge
from sunmao.core import tenancy
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import encoders, services
from sunmao.knowledge.models import KnowledgeBase

FASTEST, SHARE, AGAIN = at_least(20), at_most(0.20), at_least(50)
UPLOAD_MS, SLOWER = at_most(300), at_most(1.5)
IN_THE_QUEUE = {True: 120, False: 1_000}
A_ROUND = {True: 20, False: 60}
LONG_SECTIONS = 30
UNREAD = (JobState.QUEUED, JobState.RUNNING)


def ingest(stack: Stack, people: People, options: Options, report: Report) -> None:
    base = services.create_base(actor=people.system, slug="papers")
    _speed(people, base, options, report)
    if encoders.available(encoders.MINILM):
        with override_settings(SUNMAO_ENGLISH_ENCODER="minilm"):
            _share(people, base, options, report)
    else:
        report.skip("ingest.platform_share, ingest.again", "no encoder is installed")
    _meanwhile(stack, people, base, options, report)


# One worker alone


def _speed(people: People, base: KnowledgeBase, options: Options, report: Report) -> None:
    """Received and read in this process, without embedding."""
    count = A_ROUND[options.quick]
    options.say(f"ingest: {options.rounds} times {count} text documents without embedding")
    _read(people, base, papers(5, seed=options.seed, kind="warm"))
    walls: list[float] = []
    rates, busy = [], []
    server = server_cpu(connection.connection)
    for number in range(options.rounds):
        these = papers(count, seed=options.seed + number, kind=f"text{number}")
        ours, theirs = time.process_time(), server()
        took = _read(people, base, these)
        busy.append((time.process_time() - ours + server() - theirs) / count)
        walls += took
        rates.append(len(took) / sum(took))
    share, rows = _ready(base, "text")
    per_core = [1 / seconds for seconds in busy]
    report.add(
        cases=[case("ingest.text", walls, recall=share, nret=rows, cpu=float(np.median(busy)))],
        ratios=[
            judge("ingest.documents_per_second", num="documents", den="second", values=rates, goal=FASTEST),
            judge("ingest.documents_per_cpu_second", num="documents", den="CPU second", values=per_core),
        ],
    )


def _read(people: People, base: KnowledgeBase, these: Sequence[Paper]) -> list[float]:
    """Seconds of each, from the first byte to the last row."""
    return [timed(lambda paper=paper: _receive(people, base, paper)) for paper in these]  # type: ignore[misc]


def _receive(people: People, base: KnowledgeBase, paper: Paper) -> None:
    services.receive(actor=people.system, base=base, name=paper.name, chunks=[paper.data])


# With an encoder


def _share(people: People, base: KnowledgeBase, options: Options, report: Report) -> None:
    """What is left of the time when the encoder's own is taken away; and the same files once more."""
    options.say("ingest: loading the encoder")
    spent = _Spent()
    count = max(6, A_ROUND[options.quick] // 6)
    ours, walls, again, ratios, second = [], [], [], [], 0
    with spent.on_encoder():
        _read(people, base, papers(2, seed=options.seed, kind="warm-en", language="en"))
        options.say(f"ingest: {options.rounds} times {count} English documents with embedding, twice")
        for number in range(options.rounds):
            these = papers(
                count, seed=options.seed + number, kind=f"dense{number}", language="en",
                sections=LONG_SECTIONS,
            )  # fmt: skip
            before = spent.seconds
            took = _read(people, base, these)
            ours.append(1 - (spent.seconds - before) / sum(took))
            walls += took
            texts = spent.texts
            repeated = _read(people, base, these)
            second += spent.texts - texts
            again += repeated
            ratios.append(sum(took) / sum(repeated))
    share, rows = _ready(base, "dense")
    report.add(
        cases=[
            case("ingest.embedded", walls, recall=share, nret=rows, params={"encoded": spent.texts}),
            case("ingest.again", again, recall=share, nret=rows, params={"encoded": second}),
        ],
        ratios=[
            judge("ingest.platform_share", num="all but the encoder", den="all", values=ours, goal=SHARE),
            judge("ingest.unchanged_faster", num="first", den="again", values=ratios, goal=AGAIN),
        ],
    )


class _Spent:
    """Seconds inside the encoder, and how many texts it was given."""

    def __init__(self) -> None:
        self.seconds, self.texts = 0.0, 0

    @contextmanager
    def on_encoder(self) -> Iterator[None]:
        encoder: Any = encoders.encoder_for("en")
        inner = encoder.encode

        def encode(texts: Sequence[str]) -> Any:
            began = time.perf_counter()
            try:
                return inner(texts)
            finally:
                self.seconds += time.perf_counter() - began
                self.texts += len(texts)

        encoder.encode = encode
        try:
            yield
        finally:
            del encoder.encode


# Everybody else


def _meanwhile(stack: Stack, people: People, base: KnowledgeBase, options: Options, report: Report) -> None:
    """Uploads while a thousand documents wait, and questions while a worker reads them."""
    serve(people, sample_files())
    waiting = IN_THE_QUEUE[options.quick]
    questions = _questions()
    ask = _asking(people, questions)
    _laps(ask, questions)
    with queued(), Uploads(people) as uploads:
        options.say(f"ingest: {waiting} uploads through the door, nobody reads")
        uploaded = uploads.send(base, papers(waiting, seed=options.seed, kind="bulk"))
        options.say(f"ingest: {options.rounds} rounds of {len(questions)} questions, nobody reads")
        idle = [_laps(ask, questions) for _ in range(options.rounds)]
        with worker(stack, "bulk"):
            options.say("ingest: the same questions while a worker reads")
            busy = [_laps(ask, questions) for _ in range(options.rounds)]
            left = _unread(base)
            idle += [_laps(ask, questions)] if not left else []
    if not left:
        report.skip("ingest.questions", "the worker had read everything before the questions were over")
        return
    calm = float(np.median([_p95(laps) for laps in idle]))
    report.add(
        cases=[
            case("ingest.upload", uploaded.walls, recall=uploaded.accepted, nret=0,
                  params={"waiting": waiting}),
            case("ingest.question_idle", _flat(idle), recall=ask.answered, nret=0),
            case("ingest.question_busy", _flat(busy), recall=ask.answered, nret=0, params={"left": left}),
        ],
        ratios=[
            judge("ingest.upload_p95_ms", num="p95", den="1 ms", goal=UPLOAD_MS,
                  values=[1e3 * _p95(part) for part in _parts(uploaded.walls, options.rounds)]),
            judge("ingest.question_p95_busy", num="busy", den="idle", goal=SLOWER,
                  values=[_p95(laps) / calm for laps in busy]),
        ],
    )  # fmt: skip


class _asking:  # noqa: N801  called like a function
    def __init__(self, people: People, questions: list[str]) -> None:
        self._actor, self._count, self._cited = people.end_user, 0, 0

    def __call__(self, question: str) -> None:
        self._count += 1
        self._cited += bool(asking.ask(self._actor, question))

    @property
    def answered(self) -> float:
        return self._cited / max(1, self._count)


def _questions() -> list[str]:
    """The first headings of the sample knowledge: what it is certain to answer."""
    found = []
    for _name, file in sample_files():
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                found.append(line.removeprefix("## ").strip())
    return found[:40]


def _laps(ask: Callable[[str], None], questions: list[str]) -> list[float]:
    return [timed(lambda question=question: ask(question)) for question in questions]  # type: ignore[misc]


# Figures


def _p95(walls: Sequence[float]) -> float:
    return float(np.percentile(np.array(walls), 95))


def _parts(walls: list[float], count: int) -> list[list[float]]:
    size = max(1, len(walls) // count)
    return [walls[start : start + size] for start in range(0, size * count, size)]


def _flat(rounds: list[list[float]]) -> list[float]:
    return [lap for laps in rounds for lap in laps]


def _ready(base: KnowledgeBase, prefix: str) -> tuple[float, float]:
    """(share of documents that became ready, passages of one)."""
    with tenancy.scope(base.organisation_id):
        jobs = Job.objects.filter(document__base=base, document__name__startswith=prefix)
        results = list(jobs.values_list("state", "result"))
    passages = [result["passages"] for state, result in results if state == JobState.SUCCEEDED]
    return len(passages) / max(1, len(results)), float(np.mean(passages or [0]))


def _unread(base: KnowledgeBase) -> int:
    with tenancy.scope(base.organisation_id):
        return Job.objects.filter(document__base=base, state__in=UNREAD).count()
