"""The case `retrieve`: load, race, score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

import psycopg

from apps.config.bench.corpus.clusters import Vectors
from apps.config.bench.corpus.layout import Base, layout
from apps.config.bench.corpus.questions import Corpus
from apps.config.bench.options import Options
from apps.config.bench.peers import PEERS, Peer, installed
from apps.config.bench.people import People
from apps.config.bench.race import race
from apps.config.bench.report import Report
from apps.config.bench.retrieve import score
from apps.config.bench.retrieve.access import measure_access
from apps.config.bench.retrieve.arena import TOPICS, Arena
from apps.config.bench.retrieve.load import Loader
from apps.config.bench.retrieve.usual import WAYS, Usual
from apps.config.bench.session import Session
from apps.config.bench.stack import Stack

RACED = {"small": "1pct", "large": "10pct"}


def retrieve(stack: Stack, people: People, options: Options, report: Report) -> None:
    corpus = Corpus.of(layout(options.rows), options.seed)
    options.say(f"loading {options.rows:,} rows and building the usual way's indexes")
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        bases = Loader(corpus, people.system, connection).load()
    peers = _peers(stack, corpus, options, report)
    with _sessions(stack, people) as sessions:
        for slug, share in RACED.items():
            base = bases[slug]
            questions = {topic: corpus.questions(base.plan, topic, options.questions) for topic in TOPICS}
            _run(Arena(base, questions, sessions, peers), share, options, report)
        measure_access(
            report=report,
            options=options,
            session=sessions["ours"],
            corpus=corpus,
            secret=bases["secret"],
            people={"end_user": people.end_user, "staff": people.staff},
        )


def _run(arena: Arena, share: str, options: Options, report: Report) -> None:
    kinds = {
        "dense": (arena.dense, arena.dense_truths, score.dense_goals(options.rows)),
        "lexical": (arena.lexical, arena.lexical_truths, score.lexical_goals(options.rows)),
    }
    params = {"rows": options.rows, "base_rows": arena.base.plan.size}
    for kind, (contenders, truths_of, goals) in kinds.items():
        prefix = f"{kind}.{share}"
        options.say(f"{prefix}: {', '.join(contender.name for contender in contenders())}")
        timings = race(
            list(contenders()), questions=arena.count, rounds=options.rounds, seconds=options.seconds
        )
        truths = truths_of()
        report.add(
            cases=score.cases(prefix, timings, truths, params),
            ratios=[*score.quality(prefix, timings, truths), *score.speed(prefix, timings, goals)],
        )


@contextmanager
def _sessions(stack: Stack, people: People) -> Iterator[Mapping[str, Session]]:
    """A server process for each way, all with the runtime role."""
    own = {"app.organisation_id": str(people.system.organisation_id)}
    with ExitStack() as opened:
        sessions = {"ours": Session(stack.conninfo(), **own)}
        sessions |= {way: Usual.session_for(way, stack.conninfo()) for way in WAYS}
        for session in sessions.values():
            opened.enter_context(closing(session))
        yield sessions


def _peers(stack: Stack, corpus: Corpus, options: Options, report: Report) -> list[Peer]:
    found = []
    for name in options.peers:
        if not installed(name):
            report.skip(f"peer:{name}", "not installed")
            continue
        options.say(f"loading {name}")
        peer = PEERS[name](stack.folder)
        peer.load(_parts(corpus))
        found.append(peer)
    return found


def _parts(corpus: Corpus) -> Iterator[tuple[Base, Vectors]]:
    return ((base, corpus.clusters.vectors(base.rows)) for base in corpus.layout.bases)
