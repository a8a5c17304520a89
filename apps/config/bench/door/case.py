"""The case `api`: CPU time in this process per request, the database's own not counted.

The bare view passes the same middleware, so that what remains is what key, permission and tenancy cost.
The `recall` of a row is the share of requests that were answered as they should be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import psycopg

from apps.config.bench import asking
from apps.config.bench.door.urls import BARE
from apps.config.bench.door.wsgi import Client
from apps.config.bench.knowledge import VERTICAL, sample_files, serve
from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.race import Contender, Timing, race
from apps.config.bench.report import Case, Report
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, compare
from sunmao.accounts.selectors import actor_of_key
from sunmao.core import streams
from sunmao.core.vertical import config_of

HALF_OF_BARE = at_least(0.5)
REQUESTS = 20
# A channel's key may ask but not list bases, and the verb that makes keys knows no other role yet.
_MAY_LIST = "UPDATE accounts_apikey SET role = 'knowledge_editor'"


def door(stack: Stack, people: People, options: Options, report: Report) -> None:
    with psycopg.connect(stack.conninfo(superuser=True), autocommit=True) as connection:
        connection.execute(_MAY_LIST)
    _overhead(people, options, report)
    options.say("api: reading the sample knowledge")
    serve(people, sample_files())
    _questions(people, options, report)


def _overhead(people: People, options: Options, report: Report) -> None:
    """A key, its permission and its organisation against a view that does nothing."""
    streams.sign_of_life()
    client = Client(people.key)
    paths = {"bare": BARE, "bases": "api/v1/bases", "health": "health"}
    options.say(f"api: {', '.join(paths)}")
    contenders = [Contender(name, _getting(client, path)) for name, path in paths.items()]
    timings = race(contenders, questions=REQUESTS, rounds=options.rounds, seconds=2 * options.seconds)
    bare = timings["bare"]
    report.add(
        cases=[_case(timing, f"GET /{paths[name]}") for name, timing in timings.items()],
        ratios=[
            compare("api.overhead", bare, timings["bases"], goal=HALF_OF_BARE, metric="cpu"),
            compare("api.health", timings["health"], bare, metric="cpu"),
        ],
    )


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
