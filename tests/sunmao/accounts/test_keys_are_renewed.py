"""A renewed key has a new secret; the one before stays good for a while; every key ends some day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sunmao.accounts import services
from sunmao.accounts.models import ApiKey
from sunmao.accounts.selectors import actor_by_id, actor_of_key
from sunmao.audit.models import Entry
from sunmao.core import clock, tenancy
from sunmao.core.errors import InvalidInput, Unauthenticated
from tests.fixtures import Cast, state_of, verbs_of

DAY = timedelta(days=1)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> dict[str, timedelta]:
    """How far the clock of this process is ahead."""
    ahead = {"by": timedelta(0)}
    for module in ("sunmao.core.clock", "sunmao.accounts.selectors", "sunmao.accounts.services.keys"):
        monkeypatch.setattr(f"{module}.now", lambda: timezone.now() + ahead["by"])
    return ahead


def _refused(secret: str) -> bool:
    try:
        actor_of_key(secret, language="en")
    except Unauthenticated:
        return True
    return False


def test_both_secrets_are_good_until_the_grace_is_over(cast: Cast, moved: dict[str, timedelta]) -> None:
    first = services.create_api_key(actor=cast.lin.actor, name="shop window")
    second = services.rotate_api_key(actor=cast.lin.actor, key=first.key, grace=timedelta(hours=1))
    assert second.key.pk == first.key.pk
    assert second.secret != first.secret
    assert second.key.previous_until is not None
    moved["by"] = timedelta(minutes=59)
    assert actor_of_key(first.secret, language="en").id == actor_of_key(second.secret, language="en").id
    moved["by"] = timedelta(minutes=61)
    assert _refused(first.secret)
    assert not _refused(second.secret)


def test_without_grace_the_old_secret_ends_at_once(cast: Cast) -> None:
    first = services.create_api_key(actor=cast.lin.actor, name="leaked")
    second = services.rotate_api_key(actor=cast.lin.actor, key=first.key, grace=timedelta(0))
    assert _refused(first.secret)
    assert not _refused(second.secret)


def test_renewing_twice_ends_the_first_secret(cast: Cast) -> None:
    first = services.create_api_key(actor=cast.lin.actor, name="window")
    second = services.rotate_api_key(actor=cast.lin.actor, key=first.key)
    third = services.rotate_api_key(actor=cast.lin.actor, key=first.key)
    assert [_refused(one.secret) for one in (first, second, third)] == [True, False, False]


def test_revoking_ends_both_secrets(cast: Cast) -> None:
    first = services.create_api_key(actor=cast.lin.actor, name="window")
    second = services.rotate_api_key(actor=cast.lin.actor, key=first.key)
    services.revoke_api_key(actor=cast.lin.actor, key=first.key)
    assert [_refused(one.secret) for one in (first, second)] == [True, True]


def test_a_revoked_key_is_not_renewed(cast: Cast) -> None:
    key = services.create_api_key(actor=cast.lin.actor, name="window").key
    services.revoke_api_key(actor=cast.lin.actor, key=key)
    before = state_of(cast.hemu)
    with pytest.raises(services.KeyRevoked):
        services.rotate_api_key(actor=cast.lin.actor, key=key)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("grace", [timedelta(days=31), timedelta(seconds=-1)], ids=["too long", "negative"])
def test_a_grace_that_makes_no_sense_is_refused(cast: Cast, grace: timedelta) -> None:
    key = services.create_api_key(actor=cast.lin.actor, name="window").key
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput):
        services.rotate_api_key(actor=cast.lin.actor, key=key, grace=grace)
    assert state_of(cast.hemu) == before


def test_the_log_has_what_changed_and_no_secret(cast: Cast) -> None:
    first = services.create_api_key(actor=cast.lin.actor, name="window")
    second = services.rotate_api_key(actor=cast.lin.actor, key=first.key)
    assert verbs_of(cast.hemu, subject=first.key.pk) == ["key.created", "key.rotated"]
    with tenancy.scope(cast.hemu.pk):
        entry = Entry.objects.get(verb="key.rotated")
    assert (entry.before["prefix"], entry.after["prefix"]) == (first.key.prefix, second.key.prefix)
    assert entry.after["previous_until"] == second.key.previous_until.isoformat()
    for secret in (first.secret, second.secret):
        assert secret[8:] not in str(entry.before) + str(entry.after) + str(entry.detail)


def test_a_key_ends_after_a_year_unless_told_otherwise(cast: Cast) -> None:
    ordinary = services.create_api_key(actor=cast.lin.actor, name="ordinary").key
    short = services.create_api_key(actor=cast.lin.actor, name="short", expires_at=clock.now() + 7 * DAY).key
    assert ordinary.expires_at is not None
    assert ordinary.expires_at - clock.now() > 364 * DAY
    assert ordinary.expires_at - clock.now() <= 365 * DAY
    renewed = services.rotate_api_key(actor=cast.lin.actor, key=short).key
    assert renewed.expires_at is not None
    assert abs(renewed.expires_at - clock.now() - 7 * DAY) < timedelta(minutes=1)


def test_no_key_lives_longer_than_the_installation_allows(cast: Cast, settings: Any) -> None:
    settings.SUNMAO_KEY_MAX_LIFETIME = 30 * DAY
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        services.create_api_key(actor=cast.lin.actor, name="long", expires_at=clock.now() + 40 * DAY)
    assert list(caught.value.fields) == ["expires_at"]
    assert state_of(cast.hemu) == before
    key = services.create_api_key(actor=cast.lin.actor, name="ordinary").key
    assert key.expires_at is not None
    assert key.expires_at - clock.now() <= 30 * DAY


def test_a_clock_that_is_ahead_ends_a_key_and_one_that_is_behind_does_not_revive_a_revoked_one(
    cast: Cast, moved: dict[str, timedelta]
) -> None:
    issued = services.create_api_key(
        actor=cast.lin.actor, name="window", expires_at=clock.now() + timedelta(minutes=5)
    )
    moved["by"] = timedelta(minutes=6)
    assert _refused(issued.secret)
    moved["by"] = timedelta(0)
    assert not _refused(issued.secret)
    services.revoke_api_key(actor=cast.lin.actor, key=issued.key)
    moved["by"] = timedelta(days=-1)
    assert _refused(issued.secret)
    with pytest.raises(Unauthenticated):
        actor_by_id(kind="api_key", actor_id=issued.key.pk, organisation_id=cast.hemu.pk, language="en")


def test_whoever_holds_the_old_secret_sees_that_one_key(cast: Cast) -> None:
    first = services.create_api_key(actor=cast.lin.actor, name="one")
    services.create_api_key(actor=cast.lin.actor, name="two")
    services.rotate_api_key(actor=cast.lin.actor, key=first.key)
    with tenancy.presenting(tenancy.API_KEY, first.key.hash):
        assert [key.pk for key in ApiKey.objects.all()] == [first.key.pk]
