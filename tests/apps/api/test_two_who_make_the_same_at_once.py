"""Whoever comes second with a name that is being taken at this moment is told of a conflict."""

from __future__ import annotations

import threading
import time

from django.db import connection, connections, transaction
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.roles import BuiltIn
from sunmao.core import tenancy
from sunmao.evaluation.judging.judges import create_judge
from sunmao.evaluation.judging.models import Judge
from tests.fixtures import Standing

SECONDS = 20
# Whoever inserts what another transaction has inserted waits for that transaction to end.
WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"


def test_the_second_of_two_is_a_conflict_and_no_fault(standing: Standing) -> None:
    person = accounts.add_member(
        actor=standing.actor, username=f"twice-{standing.organisation.slug}", role=BuiltIn.ADMINISTRATOR
    )
    client = Client()
    answered: list[tuple[int, dict[str, object]]] = []
    client.force_login(person)
    second = threading.Thread(target=lambda: answered.append(_post(client)))

    with transaction.atomic():
        create_judge(actor=standing.actor, slug="strict", title="First")
        second.start()
        _wait_until_it_waits()
    second.join(SECONDS)

    ((status, told),) = answered
    assert (status, told["code"], told["status"]) == (409, "conflict", 409)
    with tenancy.scope(standing.organisation.pk):
        assert [judge.title for judge in Judge.objects.filter(slug="strict")] == ["First"]


def _post(client: Client) -> tuple[int, dict[str, object]]:
    try:
        body = {"slug": "strict", "title": "Second"}
        answered = client.post("/api/v1/judges", body, content_type="application/json")
        return answered.status_code, answered.json()
    finally:
        connections.close_all()


def _wait_until_it_waits() -> None:
    """The other has looked, found nothing, and now waits for what we have not committed yet."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("The second request never reached the constraint.")
