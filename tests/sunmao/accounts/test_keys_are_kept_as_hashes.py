"""A key is shown once and kept as a hash; its use is remembered coarsely; revoking acts at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from sunmao.accounts import services
from sunmao.accounts.models import ApiKey
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key
from sunmao.audit.models import Entry
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from tests.fixtures import Cast, state_of, verbs_of


def _kept(cast: Cast, key: ApiKey) -> ApiKey:
    with tenancy.scope(cast.hemu.pk):
        return ApiKey.objects.get(pk=key.pk)


def test_the_secret_is_nowhere_in_the_database(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="shop window")
    assert issued.secret.startswith("sm_")
    assert len(issued.secret) == 46
    kept = _kept(cast, issued.key)
    assert (kept.prefix, len(kept.hash)) == (issued.secret[:8], 64)
    for table in ("accounts_apikey", "audit_entry"):
        with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{issued.secret[8:]}%"]
            )
            assert cursor.fetchone() == (0,)


def test_its_holder_acts_as_a_channel_of_the_organisation(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="shop window")
    actor = actor_of_key(issued.secret, language="en")
    assert (actor.kind, actor.id, actor.organisation_id) == ("api_key", issued.key.pk, cast.hemu.pk)
    assert actor.can("answering.task.run")
    assert not actor.can("knowledge.document.upload")
    assert not actor.can("answering.record.read_all")


@pytest.mark.parametrize("secret", ["", "sm_", "sm_wrong", "é"])
def test_what_is_no_key_is_nobody(cast: Cast, secret: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        actor_of_key(secret, language="en")
    assert caught.value.code == "invalid_api_key"


def test_a_revoked_key_is_nobody_at_once(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="shop window")
    services.revoke_api_key(actor=cast.lin.actor, key=issued.key)
    with pytest.raises(Unauthenticated):
        actor_of_key(issued.secret, language="en")
    before = state_of(cast.hemu)
    services.revoke_api_key(actor=cast.lin.actor, key=issued.key)
    assert state_of(cast.hemu) == before
    assert verbs_of(cast.hemu, subject=issued.key.pk) == ["key.created", "key.revoked"]


def test_a_key_ends_at_its_time(cast: Cast) -> None:
    for lifetime, valid in (
        (timedelta(seconds=60), True),
        (timedelta(0), False),
        (timedelta(days=-1), False),
    ):
        issued = services.create_api_key(actor=cast.lin.actor, name="window")
        with tenancy.scope(cast.hemu.pk):
            ApiKey.objects.filter(pk=issued.key.pk).update(expires_at=now() + lifetime)
        if valid:
            assert actor_of_key(issued.secret, language="en").id == issued.key.pk
        else:
            with pytest.raises(Unauthenticated):
                actor_of_key(issued.secret, language="en")


def test_its_last_use_is_written_once_a_minute(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="shop window")
    actor = actor_of_key(issued.secret, language="en")
    assert _kept(cast, issued.key).last_used_at is None
    services.touch_key(actor=actor)
    first = _kept(cast, issued.key).last_used_at
    assert first is not None
    services.touch_key(actor=actor)
    assert _kept(cast, issued.key).last_used_at == first
    with tenancy.scope(cast.hemu.pk):
        ApiKey.objects.filter(pk=issued.key.pk).update(last_used_at=first - timedelta(seconds=61))
    services.touch_key(actor=actor)
    again = _kept(cast, issued.key).last_used_at
    assert again is not None
    assert again >= first


@pytest.mark.parametrize("name", ["mei", "zhou", "ann"])
def test_only_an_administrator_makes_and_revokes_keys(cast: Cast, name: str) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="shop window")
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.create_api_key(actor=getattr(cast, name).actor, name="own")
    with pytest.raises(Forbidden):
        services.revoke_api_key(actor=getattr(cast, name).actor, key=issued.key)
    assert state_of(cast.hemu) == before


def test_another_organisation_cannot_revoke_it(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="shop window")
    before = state_of(cast.hemu), state_of(cast.qinghe)
    services.revoke_api_key(actor=cast.omar.actor, key=issued.key)
    assert (state_of(cast.hemu), state_of(cast.qinghe)) == before
    assert actor_of_key(issued.secret, language="en").id == issued.key.pk


def test_knowing_a_hash_shows_that_one_key_and_no_other(cast: Cast) -> None:
    mine = services.create_api_key(actor=cast.lin.actor, name="one").key
    services.create_api_key(actor=cast.lin.actor, name="two")
    with tenancy.presenting(tenancy.API_KEY, mine.hash):
        assert [key.pk for key in ApiKey.objects.all()] == [mine.pk]
        assert ApiKey.objects.filter(pk=mine.pk).update(name="changed") == 0


def test_a_key_may_feed_knowledge_when_its_maker_says_so(cast: Cast) -> None:
    issued = services.create_api_key(actor=cast.lin.actor, name="crawler", role=BuiltIn.KNOWLEDGE_EDITOR)
    actor = actor_of_key(issued.secret, language="en")
    assert actor.can("knowledge.document.upload")
    assert not actor.can("accounts.key.manage")
    with tenancy.scope(cast.hemu.pk):
        assert Entry.objects.get(verb="key.created").detail["role"] == "knowledge_editor"


@pytest.mark.parametrize("role", ["owner", "administrator"])
def test_a_key_gets_no_role_with_which_it_could_make_others(cast: Cast, role: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        services.create_api_key(actor=services.system_actor(cast.hemu), name="too strong", role=role)
    assert list(caught.value.fields) == ["role"]
    assert state_of(cast.hemu) == before


def test_a_role_that_does_not_exist_makes_no_key(cast: Cast) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(NotFound) as caught:
        services.create_api_key(actor=cast.lin.actor, name="odd", role="emperor")
    assert caught.value.code == "unknown_role"
    assert state_of(cast.hemu) == before
