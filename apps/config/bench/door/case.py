"""The case `api`: CPU time in this process per request, the database's own not counted.

The bare view passes the same middleware, so that what remains is what key, permission and tenancy cost.
The `recall` of a row is the share of requests that were answered as they should be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings

from apps.config.bench import asking
from apps.config.bench.door.urls import AUDITED, BARE
from apps.config.bench.door.wsgi import Client
from apps.config.bench.knowledge import VERTICAL, sample_files, serve
from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.race import Contender, Timing, race
from apps.config.bench.report import Case, Ratio, Report
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, at_most, compare, judge
from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key, listener
from sunmao.core import streams
from sunmao.core.vertical import config_of

HALF_OF_BARE = at_least(0.5)
BUDGET_SECONDS = 0.002
REQUESTS = 20


def door(stack: Stack, people: People, options: Options, report: Report) -> None:
    with _web_process():
        _overhead(people, options, report)
    options.say("api: reading the sample knowledge")
    serve(people, sample_files())
    _questions(people, options, report)


def _overhead(people: People, options: Options, report: Report) -> None:
    """A key, its permission and its organisation against a view that does nothing."""
    streams.sign_of_life()
    key = accounts.create_api_key(actor=people.system, name="lister", role=BuiltIn.KNOWLEDGE_EDITOR).secret
    client = Client(key)
    paths = {"bare": BARE, "bases": "api/v1/bases", "health": "health"}
    options.say(f"api: {', '.join(paths)}, audited")
    contenders = [Contender(name, _getting(client, path)) for name, path in paths.items()]
    contenders.append(Contender("audited", _posting(client, AUDITED)))
    timings = race(contenders, questions=REQUESTS, rounds=options.rounds, seconds=2 * options.seconds)
    bare = timings["bare"]
    report.add(
        cases=[
            _case(timing, f"GET /{paths[name]}" if name in paths else f"POST /{AUDITED}")
            for name, timing in timings.items()
        ],
        ratios=[
            compare("api.overhead", bare, timings["bases"], goal=HALF_OF_BARE, metric="cpu"),
            _budget(timings["audited"], bare),
            compare("api.health", timings["health"], bare, metric="cpu"),
        ],
    )


def _budget(audited: Timing, bare: Timing) -> Ratio:
    """What key, permission, throttle and audit cost over the two milliseconds that they may."""
    pairs = zip(audited.medians("cpu"), bare.medians("cpu"), strict=True)
    shares = [(cost - floor) / BUDGET_SECONDS for cost, floor in pairs]
    return judge("api.audited", num="audited - bare", den="2 ms", values=shares, goal=at_most(1.0))


def _questions(people: People, options: Options, report: Report) -> None:
    """The door of design document 003 against the pipeline that it calls."""
    options.say("api: qa, pipeline")
    client, channel = Client(people.key), actor_of_key(people.key, language="zh-hans")
    questions = list(_sample_questions())
    contenders = [
        Contender("qa", lambda number: _cited_by_door(client, questions[number])),
        Contender("pipeline", lambda number: asking.ask(channel, questions[number])),
    ]
    timings = race(contenders, questions=len(questions), rounds=options.rounds, seconds=options.seconds)
    report.add(
        cases=[
            _case(timing, text)
            for text, timing in zip(("POST /api/v1/qa", "ask"), timings.values(), strict=True)
        ],
        ratios=[compare("api.qa", timings["qa"], timings["pipeline"], metric="cpu")],
    )


def _getting(client: Client, path: str) -> Callable[[int], Sequence[object]]:
    def get(_: int) -> Sequence[object]:
        status, body = client.get(path)
        return [body] if status == 200 else []

    return get


def _posting(client: Client, path: str) -> Callable[[int], Sequence[object]]:
    def post(_: int) -> Sequence[object]:
        status, body = client.post(path, {})
        return [body] if status == 200 else []

    return post


@contextmanager
def _web_process() -> Iterator[None]:
    """What `apps.config.wsgi` sets: rights are remembered while PostgreSQL tells of changes. Callers are
    counted as ever, and never refused."""
    before = settings.SUNMAO_ACCESS_CACHE_SECONDS, settings.SUNMAO_API_RATE_KEY
    settings.SUNMAO_ACCESS_CACHE_SECONDS, settings.SUNMAO_API_RATE_KEY = 15, (1_000_000, 1)
    try:
        yield
    finally:
        listener.stop()
        settings.SUNMAO_ACCESS_CACHE_SECONDS, settings.SUNMAO_API_RATE_KEY = before


def _cited_by_door(client: Client, question: str) -> Sequence[object]:
    status, body = client.post("api/v1/qa", {"query": question, "top_k": 5})
    return list(json.loads(body)["citations"]) if status == 200 else []


def _case(timing: Timing, request: str) -> Case:
    answers = timing.answers
    right = sum(bool(answer) for answer in answers) / len(answers)
    rows = sum(map(len, answers)) / len(answers)
    return timing.case(f"api.{timing.name}", recall=right, nret=rows, params={"request": request})


def _sample_questions() -> Iterator[str]:
    """Chinese ones that the sample knowledge answers."""
    file = config_of(VERTICAL).folder / "knowledge" / "questions.jsonl"
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return (line["question"] for line in lines if line["language"] == "zh" and line.get("document"))
