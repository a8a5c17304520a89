"""The case `audit`: requests with and without an entry, four organisations at once, verification, tampering.

Its database waits for the disk, as one that keeps an audit log must.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.test.utils import override_settings
from django.urls import clear_url_caches

from apps.config.bench.audit import throughput, walk
from apps.config.bench.audit.urls import WITH, WITHOUT
from apps.config.bench.door.wsgi import Client
from apps.config.bench.knowledge import sample_files, serve
from apps.config.bench.options import Options
from apps.config.bench.people import People
from apps.config.bench.race import Contender, Timing, race
from apps.config.bench.report import Report
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_most, compare
from sunmao.answering.models import Conversation
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.crypto import persons

A_TENTH_MORE = at_most(1.1)
REQUESTS = 20
_QUESTION = "沙发的保修期是多久？"


def audited(stack: Stack, people: People, options: Options, report: Report) -> None:
    with throughput.keys():
        options.say("audit: requests with and without an entry")
        with _urls():
            _writing(people, options, report)
        _asking(people, options, report)
        options.say("audit: four organisations at once")
        throughput.measure(stack, options, report)
        options.say(f"audit: verifying {options.rows} entries")
        walk.verification(stack, people, options, report)
        options.say("audit: tampering")
        walk.tampering(stack, report)


@contextmanager
def _urls() -> Iterator[None]:
    clear_url_caches()
    with override_settings(ROOT_URLCONF="apps.config.bench.audit.urls"):
        yield
    clear_url_caches()


def _writing(people: People, options: Options, report: Report) -> None:
    """The least that a request can write: what an entry adds weighs most here."""
    client, numbers = Client(people.key), itertools.count()
    actor = people.system
    with tenancy.scope(actor.organisation_id):
        key = persons.key_of(actor.subject)
        row = Conversation.objects.create(person_key=key, vertical="", title="").pk

    def post(path: str) -> Callable[[int], Sequence[object]]:
        def send(_: int) -> Sequence[object]:
            status, body = client.post(path, {"id": str(row), "title": f"{next(numbers)}"})
            return [body] if status == 200 else []

        return send

    contenders = [Contender("with_entry", post(WITH)), Contender("without_entry", post(WITHOUT))]
    timings = race(contenders, questions=REQUESTS, rounds=options.rounds, seconds=2 * options.seconds)
    _tell("write", timings, report, request="POST, one row changed")


def _asking(people: People, options: Options, report: Report) -> None:
    """A question through the door, answered and recorded: three entries in three transactions."""
    serve(people, sample_files())
    client = Client(people.key)

    def ask(_: int) -> Sequence[object]:
        status, body = client.post("api/v1/qa", {"query": _QUESTION, "top_k": 5})
        return [body] if status == 200 else []

    def ask_unseen(number: int) -> Sequence[object]:
        with patch.object(audit, "record", _nothing):
            return ask(number)

    contenders = [Contender("with_entry", ask), Contender("without_entry", ask_unseen)]
    timings = race(contenders, questions=REQUESTS, rounds=options.rounds, seconds=2 * options.seconds)
    _tell("qa", timings, report, request="POST /api/v1/qa")


def _nothing(**_: Any) -> None:
    """Where an entry would have been written."""


def _tell(name: str, timings: dict[str, Timing], report: Report, *, request: str) -> None:
    with_entry, without = timings["with_entry"], timings["without_entry"]
    report.add(
        cases=[
            timing.case(
                f"audit.{name}.{timing.name}",
                recall=sum(map(bool, timing.answers)) / len(timing.answers),
                nret=1,
                params={"request": request},
            )
            for timing in timings.values()
        ],
        ratios=[
            compare(f"audit.{name}", with_entry, without, goal=A_TENTH_MORE),
            compare(f"audit.{name}.cpu", with_entry, without, metric="cpu"),
        ],
    )
