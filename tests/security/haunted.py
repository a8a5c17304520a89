"""A house in which everything that somebody can write holds a payload, behind a real server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation, User
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_user
from sunmao.answering import pipeline
from sunmao.answering import services as answering
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.ids import new_id
from sunmao.core.request_id import set_request_id
from sunmao.core.vertical import config_of
from sunmao.guards.outbound.numbers import figures
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Passage
from sunmao.releases.sample import seed_vertical
from tests.fixtures.knowledge import run_waiting_jobs
from tests.security.payloads import PAYLOADS, printable

FACT = "# Refunds\n\n## Time\n\nA refund is paid within three working days.\n"
QUESTION = "When is a refund paid?"
AT_ONCE = 20


@dataclass
class Haunted:
    """`conversations` and `passages` are what the pages name; `cookies` those of the owner's session."""

    organisation: Organisation
    owner: Actor
    cookies: dict[str, str]
    conversations: list[object] = field(default_factory=list)
    passages: list[object] = field(default_factory=list)


def haunt(payloads: Sequence[str], say: Any) -> Haunted:
    """`say(text)` makes the model write this next."""
    made = accounts.create_organisation(
        slug=f"haunted-{new_id().hex[-8:]}",
        name=printable(PAYLOADS[0]),
        enabled_verticals=["customer_service"],
    )
    system = accounts.system_actor(made)
    set_request_id(PAYLOADS[0])
    seed_vertical(actor=system, config=config_of("customer_service"), with_documents=False)
    owner = _owner(system)
    found = Haunted(made, actor_of_user(owner, language="en"), _session(owner))
    _names(found, payloads)
    _documents(found, payloads)
    for start in range(0, len(payloads), AT_ONCE):
        _conversation(found, payloads[start : start + AT_ONCE], say)
    return found


def _owner(system: Actor) -> User:
    """A person whose very name is one."""
    user = accounts.add_member(
        actor=system, username=f"{new_id().hex}", role=BuiltIn.OWNER, name=printable(PAYLOADS[1])
    )
    User.objects.filter(pk=user.pk).update(last_name=printable(PAYLOADS[2])[:150])
    user.refresh_from_db()
    return user


def _session(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def _names(found: Haunted, payloads: Sequence[str]) -> None:
    """Bases, keys, people and files that are called so."""
    for number, payload in enumerate(payloads):
        name = printable(payload)
        accounts.create_api_key(actor=found.owner, name=name[:100])
        if number % 5 == 0:
            accounts.add_member(actor=found.owner, username=f"{number} {name}"[:150], role=BuiltIn.END_USER)
        if number % 25 == 0:
            knowledge.create_base(actor=found.owner, slug=f"base-{number}", name=name[:200])


def _documents(found: Haunted, payloads: Sequence[str]) -> None:
    base = knowledge.create_base(actor=found.owner, slug="customer-service")
    parts = [f"## {printable(one) or 'x'}\n\n{one}\n" for one in payloads]
    # A figure that stands in no source would take its sentence, and the payload in it, out of the answer.
    numbers = sorted({shown for one in payloads for shown, _value in figures(one, every=True)})
    files = {
        "refunds.md": f"{FACT}\nNumbers: {' '.join(numbers)}\n",
        **{f"{n} {printable(one)}.md": "" for n, one in enumerate(payloads)},
    }
    for start in range(0, len(parts), AT_ONCE):
        files[f"{printable(payloads[start])}.md"] = f"# {printable(payloads[start])}\n\n" + "\n".join(
            parts[start : start + AT_ONCE]
        )
    for name, content in files.items():
        with contextlib.suppress(Exception):  # an empty file, or a name of which nothing is left
            knowledge.receive(actor=found.owner, base=base, name=name, chunks=[content.encode()])
    run_waiting_jobs(found.owner)
    with tenancy.scope(found.organisation.pk):
        found.passages = list(Passage.objects.values_list("pk", flat=True))


def _conversation(found: Haunted, payloads: Sequence[str], say: Any) -> None:
    """The payloads as a question's own words, and as a model's answer to a harmless one."""
    conversation = ""
    for question, answer in (("\n".join(payloads)[:2000], ""), (QUESTION, "\n\n".join(payloads))):
        say(f"{answer} [1]")
        exchange = answering.ask(
            actor=found.owner,
            task_name="customer_service.ask",
            data={"question": question, "conversation_id": conversation},
        )
        pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
        conversation = str(exchange.conversation_id)
    found.conversations.append(conversation)


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The application with its static files on a port of this machine."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, port=0)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()
        connections.close_all()
