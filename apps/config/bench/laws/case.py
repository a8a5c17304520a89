"""The cases `law` and `answer`: finding articles, and the whole answer against finding alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from django.db import connection

from apps.config.bench import asking
from apps.config.bench.knowledge import VERTICAL, serve
from apps.config.bench.laws import material
from apps.config.bench.laws.articles import Articles, copy_articles
from apps.config.bench.laws.material import Asked, article_of
from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.race import Contender, Timing, race
from apps.config.bench.report import Case, Report
from apps.config.bench.session import Session, server_cpu
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import compare
from sunmao.answering.run import TOP_K
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.vertical import config_of
from sunmao.knowledge import retrieval
from sunmao.knowledge.pins import pinned

LIMIT = 10
SAMPLE = 5
"""Recall needs more questions than latency does: this many times as many."""


def laws(stack: Stack, people: People, options: Options, report: Report) -> None:
    if not material.present():
        report.skip("law, answer", "no reference data: set SUNMAO_REFERENCE_DATA")
        return
    options.say("law: reading the laws")
    began = time.perf_counter()
    documents = serve(people, material.files())
    seconds = time.perf_counter() - began
    options.say(f"law: {documents} laws in {seconds:.0f} s")
    articles = copy_articles(stack.conninfo(superuser=True), people.system.organisation_id)
    connection.ensure_connection()
    asked = material.questions(articles.known, count=SAMPLE * options.questions, seed=options.seed)
    _find(stack, people.end_user, articles, asked, options, report)
    _answer(people.end_user, articles, asked[: options.questions], options, report)


def _find(
    stack: Stack, actor: Actor, articles: Articles, asked: list[Asked], options: Options, report: Report
) -> None:
    options.say(f"law: {len(asked)} questions")
    with closing(Session(stack.conninfo())) as session:
        contenders = [Contender("ours", _finding(actor, asked, LIMIT), server_cpu(connection.connection))]
        if not options.quick:
            text = articles.text_search(session, [one.text for one in asked])
            contenders.append(Contender("text", text, session.cpu))
        timings = race(contenders, questions=len(asked), rounds=options.rounds, seconds=options.seconds)
    report.add(cases=[_case("law", timing, asked, len(articles.names)) for timing in timings.values()])
    if options.quick:
        report.skip("law.text", "half a second a question: left out by --quick")
    else:
        report.add(ratios=[compare("law.p50_vs_text", timings["ours"], timings["text"])])


def _answer(actor: Actor, articles: Articles, asked: list[Asked], options: Options, report: Report) -> None:
    """From the stored question to the recorded answer. The scratch database does not wait for the disk."""
    options.say(f"answer: {len(asked)} questions")

    def answer(number: int) -> list[str]:
        return articles.of(asking.cited(asking.ask(actor, asked[number].text)))

    server = server_cpu(connection.connection)
    contenders = [
        Contender("pipeline", answer, server),
        Contender("retrieval", _finding(actor, asked, TOP_K), server),
    ]
    timings = race(contenders, questions=len(asked), rounds=options.rounds, seconds=options.seconds)
    report.add(
        cases=[_case("answer", timing, asked, len(articles.names)) for timing in timings.values()],
        ratios=[compare("answer.p50_vs_retrieval", timings["pipeline"], timings["retrieval"])],
    )


def _finding(actor: Actor, asked: list[Asked], limit: int) -> Callable[[int], list[str]]:
    """As the pipeline finds: policy, row security, one transaction."""
    bases = {config_of(VERTICAL).vertical.base_slug: "latest"}

    def find(number: int) -> list[str]:
        with tenancy.scope(actor.organisation_id):
            pins = pinned(actor=actor, bases=bases)
            found = retrieval.retrieve(actor=actor, question=asked[number].text, bases=pins, limit=limit)
        return [article_of(hit) for hit in found.hits]

    return find


def _case(prefix: str, timing: Timing, asked: list[Asked], passages: int) -> Case:
    answers = timing.answers
    rows = sum(map(len, answers)) / len(answers)
    return timing.case(
        f"{prefix}.{timing.name}",
        recall=material.recall(asked, answers),
        nret=rows,
        params={"passages": passages, "questions": len(asked)},
    )
