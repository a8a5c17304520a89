"""A web process keeps rights for some seconds, and loses them in the moment in which they change elsewhere.

The changes here are committed, on connections and in processes of their own.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from sunmao.accounts import services
from sunmao.accounts.listening import CHANNEL
from sunmao.accounts.models import Membership
from sunmao.accounts.remembering import Memory
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key, actor_of_user, listener, memory
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Unauthenticated
from tests.fixtures import Standing
from tests.fixtures.stack import eventually

AT_ONCE = 2.0
"""Seconds; it takes milliseconds on a machine with nothing else to do."""


@pytest.fixture
def remembering(standing: Standing, settings: Any) -> Iterator[Standing]:
    settings.SUNMAO_ACCESS_CACHE_SECONDS = 30
    listener.is_listening()
    assert eventually(listener.is_listening)
    yield standing
    listener.stop()
    memory.forget_all()


def _elsewhere(act: Callable[[], object]) -> None:
    """On another connection, and committed."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def _queries(look: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        look()
    return len(captured)


def _is_kept(look: Callable[[], object]) -> None:
    """Once the word of what the test itself has made has come round."""
    assert eventually(lambda: _queries(look) == 0, seconds=AT_ONCE, pause=0.01)


def _is_refused(secret: str) -> bool:
    try:
        actor_of_key(secret, language="en")
    except Unauthenticated:
        return True
    return False


def test_a_key_is_looked_up_once(remembering: Standing) -> None:
    secret = services.create_api_key(actor=remembering.actor, name="window").secret
    assert _queries(lambda: actor_of_key(secret, language="en")) > 0
    _is_kept(lambda: actor_of_key(secret, language="zh-hans"))
    assert actor_of_key(secret, language="zh-hans").language == "zh-hans"


def test_a_key_that_is_revoked_elsewhere_is_refused_at_once(remembering: Standing) -> None:
    issued = services.create_api_key(actor=remembering.actor, name="window")
    _is_kept(lambda: actor_of_key(issued.secret, language="en"))
    _elsewhere(lambda: services.revoke_api_key(actor=remembering.actor, key=issued.key))
    assert eventually(lambda: _is_refused(issued.secret), seconds=AT_ONCE, pause=0.01)


def test_a_key_that_another_process_revokes_is_refused_at_once(remembering: Standing) -> None:
    issued = services.create_api_key(actor=remembering.actor, name="window")
    _is_kept(lambda: actor_of_key(issued.secret, language="en"))
    owner = configured.DATABASES["owner"]
    statement = (
        f"import psycopg; c = psycopg.connect(host={owner['HOST']!r}, user={owner['USER']!r},"
        f" dbname={owner['NAME']!r}); c.execute(\"SELECT set_config('app.organisation_id',"
        f" '{remembering.organisation.pk}', true)\");"
        f" c.execute(\"UPDATE accounts_apikey SET revoked_at = now() WHERE id = '{issued.key.pk}'\");"
        " c.commit()"
    )
    subprocess.run([sys.executable, "-c", statement], check=True, timeout=60)
    assert eventually(lambda: _is_refused(issued.secret), seconds=AT_ONCE, pause=0.01)


CHANGES: dict[str, Callable[[Standing, Membership], object]] = {
    "their role is taken": lambda s, m: services.take_grant(
        actor=s.actor, grant=m.grants.select_related("role", "member").get()
    ),
    "they are removed": lambda s, m: services.remove_member(actor=s.actor, membership=m),
    "their team loses its role": lambda s, m: services.remove_team(actor=s.actor, team=m.teams.get()),
}


def _editor(standing: Standing, *, through_a_team: bool) -> Membership:
    name = f"zhou-{standing.organisation.slug}"
    role = BuiltIn.END_USER if through_a_team else BuiltIn.KNOWLEDGE_EDITOR
    user = services.add_member(actor=standing.actor, username=name, role=role)
    with tenancy.scope(standing.organisation.pk):
        member = Membership.objects.select_related("user").get(user=user)
    if through_a_team:
        team = services.create_team(actor=standing.actor, name="editors")
        services.give_role(actor=standing.actor, holder=team, role=BuiltIn.KNOWLEDGE_EDITOR)
        services.add_to_team(actor=standing.actor, team=team, member=member)
    return member


def _may_upload(member: Membership) -> bool:
    try:
        actor: Actor = actor_of_user(member.user, language="en")
    except Unauthenticated:
        return False
    return actor.can("knowledge.document.upload")


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_persons_rights_end_at_once_when(remembering: Standing, change: str) -> None:
    member = _editor(remembering, through_a_team="team" in change)
    assert _may_upload(member)
    _is_kept(lambda: _may_upload(member))

    def act() -> None:
        with tenancy.scope(remembering.organisation.pk):
            CHANGES[change](remembering, member)

    _elsewhere(act)
    assert eventually(lambda: not _may_upload(member), seconds=AT_ONCE, pause=0.01)


def test_a_changed_role_changes_its_holders_at_once(remembering: Standing) -> None:
    role = services.create_role(
        actor=remembering.actor, slug="feeder", name="Feeder", permissions=["knowledge.document.upload"]
    )
    secret = services.create_api_key(actor=remembering.actor, name="f", role=role.slug).secret
    assert actor_of_key(secret, language="en").can("knowledge.document.upload")
    _elsewhere(
        lambda: services.change_role(
            actor=remembering.actor, role=role, name="Feeder", permissions=["knowledge.base.read"]
        )
    )
    assert eventually(
        lambda: not actor_of_key(secret, language="en").can("knowledge.document.upload"),
        seconds=AT_ONCE,
        pause=0.01,
    )


def test_using_a_key_tells_nobody(remembering: Standing) -> None:
    """Its last use is written once a minute; that must not empty every process's memory.

    Asked of the channel itself: what the test has made may still be on its way to the memory.
    """
    issued = services.create_api_key(actor=remembering.actor, name="window")
    actor = actor_of_key(issued.secret, language="en")
    plain = configured.DATABASES["default"]
    with psycopg.connect(
        host=plain["HOST"], user=plain["USER"], dbname=plain["NAME"], autocommit=True
    ) as other:
        other.execute(f"LISTEN {CHANNEL}")
        _elsewhere(lambda: services.touch_key(actor=actor))
        other.execute(f"NOTIFY {CHANNEL}, 'the last'")
        heard = [notice.payload for notice in other.notifies(timeout=20, stop_after=1)]
    assert heard == ["the last"]
    with tenancy.scope(remembering.organisation.pk):
        issued.key.refresh_from_db()
    assert issued.key.last_used_at is not None


def test_whoever_hears_nothing_remembers_nothing(remembering: Standing) -> None:
    """The connection that listens is cut: until there is a new one every look-up is fresh."""
    issued = services.create_api_key(actor=remembering.actor, name="window")
    assert not _is_refused(issued.secret)
    plain = configured.DATABASES["default"]
    with psycopg.connect(
        host=plain["HOST"], user=plain["USER"], dbname=plain["NAME"], autocommit=True
    ) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sunmao access'"
        )
    assert eventually(lambda: not listener.is_listening(), seconds=AT_ONCE, pause=0.01)
    _elsewhere(lambda: services.revoke_api_key(actor=remembering.actor, key=issued.key))
    assert _is_refused(issued.secret)
    assert eventually(listener.is_listening)


def test_nothing_is_remembered_while_a_transaction_may_still_be_taken_back(remembering: Standing) -> None:
    issued = services.create_api_key(actor=remembering.actor, name="window")

    def renew_and_fail() -> None:
        with tenancy.scope(remembering.organisation.pk):
            renewed = services.rotate_api_key(actor=remembering.actor, key=issued.key)
            assert not _is_refused(renewed.secret)
            seen.append(renewed.secret)
            raise ZeroDivisionError

    seen: list[str] = []
    with pytest.raises(ZeroDivisionError):
        renew_and_fail()
    assert _is_refused(seen[0])
    assert actor_of_key(issued.secret, language="en").name == "window"
    _elsewhere(lambda: services.revoke_api_key(actor=remembering.actor, key=issued.key))
    assert eventually(lambda: _is_refused(issued.secret), seconds=AT_ONCE, pause=0.01)


def test_what_was_read_before_a_change_is_not_kept_after_it(remembering: Standing) -> None:
    """The change comes between reading and keeping."""
    kept: Memory[str] = Memory(lambda: True)

    def slow() -> tuple[str, frozenset[str]]:
        kept.forget("org")
        return "stale", frozenset({"org"})

    assert kept.recall("name", slow) == "stale"
    assert kept.recall("name", lambda: ("fresh", frozenset({"org"}))) == "fresh"
