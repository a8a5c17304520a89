"""All rows in one base, without any filter but access: what the index and the word lists are for.

`exact` and `scan` are the same statements without them, which is also what is right. Off topic is a question
about nothing that any row is about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
from django.utils.timezone import localdate
from numpy.typing import NDArray
from pgvector.psycopg import register_vector

from apps.config.bench.corpus.clusters import DIMENSIONS, Clusters, Vectors
from apps.config.bench.corpus.layout import Layout, layout
from apps.config.bench.corpus.questions import OFF, ON, Corpus, Question
from apps.config.bench.corpus.truth import K, Truth, dense_truth, mean_recall, mean_rows
from apps.config.bench.options import Options
from apps.config.bench.peers import PEERS, Peer, installed
from apps.config.bench.people import People
from apps.config.bench.race import Contender, Timing, race
from apps.config.bench.report import Report
from apps.config.bench.retrieve.load import Loader, row_of
from apps.config.bench.retrieve.ours import near_of
from apps.config.bench.session import Session
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, at_most, compare, judge
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.knowledge import retrieval, statements
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.embedding import by_vector
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.embedding.questions import NOTHING, EncodedQuestion
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.text.lexical import document_vector, query_dimensions, query_vector
from sunmao.knowledge.vectors import sparse_literal
from sunmao.knowledge.versions.statistics import document_frequencies

UNTRACKED = 10_001
"""The seed of topics that no row has."""
EXTRA_MS = 15.0
Halves = NDArray[np.float16]
SERVED_BYTES = 3 * 2**30
EXACT_AS_WELL = 200_000
"""Above, a comparison with every row takes seconds a question; it is then asked once, for what is right."""


@dataclass(frozen=True)
class Whole:
    """The base, and what is asked of it."""

    actor: Actor
    base: KnowledgeBase
    space: Space
    session: Session
    questions: Mapping[str, list[Question]]

    def values(self, question: Question) -> dict[str, Any]:
        return {
            "base": self.base.pk,
            "version": 1,
            "on": localdate(),
            "internal": False,
            "lexical": sparse_literal({}),
            **by_vector.parameters(near_of(self.space, question)),
            "limit": retrieval.CANDIDATES,
        }

    def dense(self, topic: str, *, index: bool = True) -> Callable[[int], list[int]]:
        questions = self.questions[topic]
        asked = [self.values(question) for question in questions]
        nears = [replace(near_of(self.space, question), indexed=index) for question in questions]
        return lambda number: [
            row_of(passage)
            for passage in by_vector.nearest(nears[number], statements.DENSE, asked[number], self._run)
        ]

    def search(self, *, dense: bool) -> Callable[[int], list[int]]:
        """One base's part of `retrieve`, with its Python and its statements; inside the actor's scope."""
        pin = BaseVersion(self.base, self.base.version)
        asked = self.questions[ON]
        numbers = [
            EncodedQuestion({self.base.pk: near_of(self.space, one)}) if dense else NOTHING for one in asked
        ]

        def put(number: int) -> list[int]:
            found = retrieval.search(
                actor=self.actor,
                question=asked[number].text,
                pin=pin,
                dense=numbers[number],
            )
            best = sorted(found.rows, key=lambda row: row.lexical, reverse=True)
            return [row_of(row.passage_id) for row in best if row.lexical > 0]

        return put

    def _run(self, statement: str, values: Mapping[str, Any]) -> by_vector.Scored:
        return {row[0]: (row[1], row[2]) for row in self.session.rows(statement, values)}


def whole(stack: Stack, people: People, options: Options, report: Report) -> None:
    corpus = Corpus.of(layout(options.rows), options.seed)
    options.say(f"loading {options.rows:,} rows into one base, with its index and word lists")
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        base, space, vectors = _load(Loader(corpus, people.system, connection), options)
        connection.execute("VACUUM ANALYZE")
    own = {"app.organisation_id": str(people.system.organisation_id)}
    questions = {ON: _about(corpus, options.questions), OFF: _about_nothing(corpus.layout, options)}
    with closing(Session(stack.conninfo(), **own)) as session:
        case = Whole(people.system, base, space, session, questions)
        _dense(case, vectors, _peers(stack.folder / "whole", corpus, options, report), options, report)
        _words(case, options, report)
        _hybrid(case, options, report)
    _memory(stack, base, space, options, report)


def _load(loader: Loader, options: Options) -> tuple[KnowledgeBase, Space, Halves]:
    register_vector(loader.connection)
    base = knowledge.create_base(actor=loader.actor, slug="whole")
    space = loader.space_of(base)
    kept = np.empty((options.rows, DIMENSIONS), np.float16)
    frequencies: Counter[int] = Counter()
    for plan in loader.corpus.layout.bases:
        lexical = [document_vector({"body": text}) for text in loader.corpus.texts.texts(plan.rows)]
        for vector in lexical:
            frequencies.update(vector.keys())
        vectors = loader.corpus.clusters.vectors(plan.rows)
        kept[plan.start : plan.stop] = vectors
        loader.copy_words(base.pk, plan.rows, lexical)
        loader.copy_vectors(space, plan.rows, vectors)
    loader.copy_terms(base.pk, frequencies)
    loader.finish(base, space, options.rows)
    base.version, base.passage_count = 1, options.rows
    return base, space, kept


def _about(corpus: Corpus, count: int) -> list[Question]:
    """About rows of anywhere."""
    bases = [corpus.layout.bases[number % len(corpus.layout.bases)] for number in range(count)]
    return [corpus.questions(base, ON, place + 1)[-1] for place, base in enumerate(bases)]


def _about_nothing(of: Layout, options: Options) -> list[Question]:
    others = Clusters(of, UNTRACKED + options.seed)
    rng = np.random.default_rng([options.seed, 7])
    vectors = others.vectors(range(of.rows - options.questions, of.rows))
    return [Question("", others.near(vector, rng)) for vector in vectors]


def _peers(folder: Path, corpus: Corpus, options: Options, report: Report) -> list[Peer]:
    folder.mkdir()
    found = []
    for name in options.peers:
        if not installed(name):
            report.skip(f"peer:{name}", "not installed")
            continue
        options.say(f"loading {name}")
        peer = PEERS[name](folder)
        peer.load((base, corpus.clusters.vectors(base.rows)) for base in corpus.layout.bases)
        found.append(peer)
    return found


def _dense(case: Whole, vectors: Halves, peers: Sequence[Peer], options: Options, report: Report) -> None:
    truths = {
        topic: [_truth(question.vector, vectors) for question in asked]
        for topic, asked in case.questions.items()
    }
    for topic in (ON, OFF):
        contenders = list(_contenders(case, topic, peers, exact=options.rows <= EXACT_AS_WELL))
        options.say(f"whole.dense.{topic}: {', '.join(one.name for one in contenders)}")
        timings = race(
            contenders, questions=options.questions, rounds=options.rounds, seconds=options.seconds
        )
        prefix = f"whole.dense.{topic}"
        recalls = {name: mean_recall(truths[topic], timing.answers) for name, timing in timings.items()}
        report.add(
            cases=[_case(f"{prefix}.{name}", timings[name], recalls[name], options) for name in timings]
        )
        ours = timings["ours"]
        report.add(
            ratios=[
                judge(f"{prefix}.recall", num="ours", den="brute force", values=[recalls["ours"]],
                      goal=at_least(0.95)),
                *(
                    compare(f"{prefix}.p50_vs_{name}", ours, timing,
                            goal=at_most(1.25) if name == "chroma" and recalls[name] >= 0.95 else None)
                    for name, timing in timings.items()
                    if name != "ours"
                ),
            ]
        )  # fmt: skip


def _contenders(case: Whole, topic: str, peers: Sequence[Peer], *, exact: bool) -> Iterator[Contender]:
    yield Contender("ours", case.dense(topic), case.session.cpu)
    if exact:
        yield Contender("exact", case.dense(topic, index=False), case.session.cpu)
    questions = case.questions[topic]
    for peer in peers:
        yield Contender(
            peer.name,
            lambda number, peer=peer: peer.ask_all(questions[number].vector, retrieval.CANDIDATES),  # type: ignore[misc]
        )


def _truth(question: Vectors, vectors: Halves) -> Truth:
    scores = np.concatenate(
        [
            part.astype(np.float32) @ question
            for part in np.array_split(vectors, max(1, len(vectors) // 65_536))
        ]
    )
    return dense_truth(np.ones(1, np.float32), scores.reshape(-1, 1), 0)


def _words(case: Whole, options: Options, report: Report) -> None:
    """Word lists against a scan of every passage: the same scores, so the same rows but for equals."""
    with tenancy.scope(case.actor.organisation_id):
        listed, scan = case.search(dense=False), _scan(case)
        pairs = [(listed(number), scan(number)) for number in range(options.questions)]
        agreed = [
            len(
                set(ours[:K])
                & {row for row, score in right if score >= right[min(K, len(right)) - 1][1] - 1e-3}
            )
            / min(K, len(right))
            for ours, right in pairs
            if right
        ]
        contenders = [Contender("ours", listed)]
        if options.rows <= EXACT_AS_WELL:
            contenders.append(Contender("scan", lambda number: [row for row, _ in scan(number)]))
        options.say(f"whole.words: {', '.join(one.name for one in contenders)}")
        timings = race(
            contenders, questions=options.questions, rounds=options.rounds, seconds=options.seconds
        )
    recall = float(np.mean(agreed))
    cases = [_case("whole.words.ours", timings["ours"], recall, options)]
    ratios = [judge("whole.words.recall", num="lists", den="scan", values=[recall], goal=at_least(0.99))]
    if "scan" in timings:
        cases.append(_case("whole.words.scan", timings["scan"], 1.0, options))
        ratios.append(compare("whole.words.p50_vs_scan", timings["ours"], timings["scan"]))
    report.add(cases=cases, ratios=ratios)


def _scan(case: Whole) -> Callable[[int], list[tuple[int, float]]]:
    questions = case.questions[ON]
    total = case.base.passage_count

    def put(number: int) -> list[tuple[int, float]]:
        terms = query_dimensions(questions[number].text)
        pin = BaseVersion(case.base, case.base.version)
        weights = query_vector(terms, document_frequencies(pin, terms), total)
        values = {
            "base": case.base.pk,
            "version": 1,
            "on": localdate(),
            "internal": False,
            "lexical": sparse_literal(weights),
            **by_vector.parameters(None),
            "limit": retrieval.CANDIDATES,
        }
        found = statements.scored(statements.LEXICAL, values)
        return [(row_of(passage), scores[0]) for passage, scores in found.items() if scores[0] > 0]

    return put


def _hybrid(case: Whole, options: Options, report: Report) -> None:
    """What the words cost a question that is asked by vectors as well: both ways through the product."""
    asked = case.questions[ON]
    nears = [near_of(case.space, question) for question in asked]
    values = [case.values(question) for question in asked]

    def alone(number: int) -> list[int]:
        found = by_vector.nearest(nears[number], statements.DENSE, values[number], statements.scored)
        return [row_of(passage) for passage in found]

    with tenancy.scope(case.actor.organisation_id):
        contenders = [Contender("alone", alone), Contender("hybrid", case.search(dense=True))]
        options.say("whole.hybrid: alone, hybrid")
        timings = race(
            contenders, questions=options.questions, rounds=options.rounds, seconds=options.seconds
        )
    pairs = zip(timings["hybrid"].medians("wall"), timings["alone"].medians("wall"), strict=True)
    extra = [(both - one) * 1e3 / EXTRA_MS for both, one in pairs]
    report.add(
        cases=[_case(f"whole.hybrid.{name}", timing, 1.0, options) for name, timing in timings.items()],
        ratios=[
            judge("whole.hybrid.extra", num="hybrid - vectors alone", den="15 ms", values=extra,
                  goal=at_most(1))
        ],
    )  # fmt: skip


def _memory(stack: Stack, base: KnowledgeBase, space: Space, options: Options, report: Report) -> None:
    """The relations that questions read, as if all of them lay in memory, and the server's own."""
    names = {
        "vectors": f"embedding_vector_{space.pk.hex}",
        "words": f"knowledge_passage_vector_{base.pk.hex}",
        "lists": "postings_list",
        "segments": "postings_segment",
    }
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        sizes = {
            part: int(connection.execute("SELECT pg_total_relation_size(%s)", [name]).fetchone()[0])  # type: ignore[index]
            for part, name in names.items()
        }
    server = sum(
        process.memory_info().rss - getattr(process.memory_info(), "shared", 0)
        for process in _processes(stack.postgres.pid)
    )
    sizes["server"] = server
    # Goals are set for a million vectors of 384 numbers; fewer rows have as much less.
    allowed = SERVED_BYTES * options.rows / 1_000_000
    report.env_more["bytes"] = sizes
    report.add(
        ratios=[
            judge("whole.memory.vectors", num="bytes of vectors, index and server", den="3 GiB per million",
                  values=[(sizes["vectors"] + server) / (allowed + server)], goal=at_most(1)),
            judge("whole.memory.all", num="bytes of everything searched", den="3 GiB per million",
                  values=[sum(sizes.values()) / (allowed + server)]),
        ]
    )  # fmt: skip


def _processes(pid: int | None) -> list[psutil.Process]:
    if pid is None:
        return []
    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


def _case(name: str, timing: Timing, recall: float, options: Options) -> Any:
    return timing.case(name, recall=recall, nret=mean_rows(timing.answers), params={"rows": options.rows})
