"""Thirty markers of one person, planted through the product; after erasure none is found anywhere.

Looked through are a dump of the whole database, everything that its sealed columns still give away to whoever
has the installation's keys, the stored files opened, the broker and the broker's file.
"""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from apps.config.supervisor import paths
from apps.config.supervisor.postgres import EmbeddedPostgres
from sunmao.accounts import services as accounts
from sunmao.accounts.selectors import actor_of_user
from sunmao.accounts.signin.models import Connection, Identity, Invitation, MemberAddress, Protocol
from sunmao.answering import services as answering
from sunmao.answering.models import Exchange
from sunmao.answering.people import services
from sunmao.core import files, streams, tenancy
from sunmao.core.crypto import persons
from sunmao.core.crypto.fields import SealedField
from sunmao.core.ids import new_id
from sunmao.core.origin import Origin, set_origin
from sunmao.jobs.models import Job
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.shop import Shop

MARKERS = [f"zq{new_id().hex[-8:]}m{number:02d}" for number in range(30)]


def _plant(shop: Shop) -> Any:
    """The person lives in the shop's organisation: account, questions, documents, jobs, sessions, log."""
    mark = iter(MARKERS)
    system = accounts.system_actor(shop.organisation)
    name = next(mark)  # 0
    user = accounts.add_member(
        actor=system, username=name, role="administrator", email=f"{next(mark)}@example.com", name=next(mark)
    )
    user.last_name = next(mark)
    user.save()
    actor = actor_of_user(user, language="en")
    _sign_in_data(shop, user, mark)  # 5 more
    set_origin(Origin(address="203.0.113.7", agent=next(mark)))
    for _ in range(8):
        exchange = answering.ask(
            actor=actor,
            task_name="customer_service.ask",
            data={"question": f"Within how many days may goods be sent back? I am {next(mark)}."},
        )
        answering.finished(exchange=exchange)
        answering.give_feedback(actor=actor, exchange=exchange, value="down")
    set_origin(Origin())  # a worker's entries come from nowhere
    _document(actor, mark)  # 3 more
    accounts.create_api_key(actor=actor, name="shop window")
    _job(actor, mark)  # 2 more
    _leftovers(shop, exchange, mark)
    assert next(mark, None) is None
    return actor


def _sign_in_data(shop: Shop, user: Any, mark: Iterator[str]) -> None:
    with tenancy.scope(shop.organisation.pk):
        address = f"{next(mark)}@example.com"
        MemberAddress.objects.create(user=user, email=address)
        EmailAddress.objects.create(user=user, email=address, verified=True)
        connection = Connection.objects.create(
            slug=f"idp-{new_id().hex[-8:]}", name="idp", protocol=Protocol.OIDC, issuer="https://idp.example"
        )
        Identity.objects.create(connection=connection, user=user, subject=next(mark))
        Invitation.objects.create(
            email=f"{next(mark)}@example.com",
            name=next(mark),
            role="end_user",
            hash=new_id().hex,
            invited_by_kind="system",
            accepted_by=user,
            expires_at=timezone.now(),
        )
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
        UserSession.objects.create(
            user=user, ip="203.0.113.7", session_key=new_id().hex, user_agent=next(mark), data={}
        )


def _document(actor: Any, mark: Iterator[str]) -> None:
    with tenancy.scope(actor.organisation_id):
        base = KnowledgeBase.objects.get(slug="customer-service")
    content = f"# About {next(mark)}\n\nThis text is about {next(mark)}, who wrote it.\n"
    knowledge.receive(actor=actor, base=base, name=f"{next(mark)}.md", chunks=[content.encode()])
    run_waiting_jobs(actor)


def _job(actor: Any, mark: Iterator[str]) -> None:
    with tenancy.scope(actor.organisation_id):
        Job.objects.filter(person_key=persons.key_of(actor.subject)).update(
            result={"text": next(mark)}, payload={"input": next(mark)}
        )


def _leftovers(shop: Shop, exchange: Exchange, mark: Iterator[str]) -> None:
    """What a stream still holds of an answer, and a question that nobody came to answer."""
    streams.publish(str(exchange.pk), "token", {"text": next(mark)})
    with tenancy.scope(shop.organisation.pk):
        person_key, conversation = exchange.person_key, exchange.conversation
        for rest in mark:
            Exchange.objects.create(
                conversation=conversation,
                owner_kind=exchange.owner_kind,
                owner_id=exchange.owner_id,
                owner_language="en",
                person_key=person_key,
                task=exchange.task,
                question=rest,
                deadline=timezone.now(),
            )


def _dump() -> str:
    server = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir(), durable=False)
    done = subprocess.run(
        [str(paths.postgres_binaries() / "pg_dump"), "--data-only", "--inserts", server.conninfo("sunmao")],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def _readable(shop: Shop) -> str:
    """All sealed columns of the organisation, opened with whatever keys are still there."""
    persons.forget()
    found: list[str] = []
    with tenancy.scope(shop.organisation.pk):
        for model in apps.get_models():
            sealed = [field for field in model._meta.local_fields if isinstance(field, SealedField)]
            for row in model._base_manager.all() if sealed else ():
                found += [str(getattr(row, field.attname)) for field in sealed]
    return "\n".join(found)


def _files(shop: Shop) -> str:
    organisation_id = shop.organisation.pk
    opened = [
        files.read(organisation_id=organisation_id, sha256=name) for name in files.stored(organisation_id)
    ]
    raw = [path.read_bytes() for path in settings.SUNMAO_FILES.rglob("*") if path.is_file()]
    return b"\n".join([*opened, *raw]).decode(errors="replace")


def _broker() -> str:
    client, found = streams.client(), []
    for key in client.scan_iter():
        kind = client.type(key)
        value: Any = client.xrange(key) if kind == "stream" else client.get(key) if kind == "string" else ""
        found.append(f"{key} {value}")
    while client.info("persistence")["aof_rewrite_in_progress"]:
        time.sleep(0.05)
    found += [path.read_bytes().decode(errors="replace") for path in paths.redis_dir().rglob("*.aof")]
    return "\n".join(found)


PLACES = {
    "dump": lambda shop: _dump(),
    "sealed": _readable,
    "files": _files,
    "broker": lambda shop: _broker(),
}


def _hits(shop: Shop) -> dict[str, set[str]]:
    places = {name: look(shop) for name, look in PLACES.items()}
    return {name: {marker for marker in MARKERS if marker in text} for name, text in places.items()}


def test_thirty_markers_are_found_before_and_none_afterwards(shop: Shop, worker_at_once: None) -> None:
    person = _plant(shop)
    before = _hits(shop)
    assert set().union(*before.values()) == set(MARKERS)
    assert all(before.values())  # each place is really looked through
    export = io.BytesIO()
    services.export(actor=shop.lin.actor, subject=person.subject, to=export)
    with zipfile.ZipFile(export) as archive:
        exported = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    own_words = [marker for marker in MARKERS if marker in exported]

    report = services.erase(actor=shop.lin.actor, subject=person.subject, with_documents=True)

    assert report.keys_destroyed == 1
    assert _hits(shop) == {name: set() for name in PLACES}
    assert len(own_words) >= 20
