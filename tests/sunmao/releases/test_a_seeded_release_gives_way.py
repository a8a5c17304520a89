"""New prompts make a new seeded release, which takes over from a seeded one and never from a promoted one."""

from __future__ import annotations

import pytest

from sunmao.accounts.services import system_actor
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.releases.models import Release
from sunmao.releases.services import NoRelease, resolve, seed_default
from tests.fixtures import Cast, state_of, verbs_of


def _seed(cast: Cast, prompts: dict[str, str], *, task: str = "ask") -> Release:
    return seed_default(
        actor=system_actor(cast.hemu),
        vertical="medical",
        task=task,
        prompts=prompts,
        bases={"customer-service": "latest"},
    )


def _states(cast: Cast) -> list[tuple[int, str]]:
    with tenancy.scope(cast.hemu.pk):
        return list(
            Release.objects.filter(vertical="medical", task="ask")
            .order_by("number")
            .values_list("number", "state")
        )


ONE, TWO, THREE = ({"zh": str(new_id())} for _ in range(3))


def test_the_first_one_serves(cast: Cast) -> None:
    entries = len(verbs_of(cast.hemu))
    first = _seed(cast, ONE)
    with tenancy.scope(cast.hemu.pk):
        assert resolve(actor=cast.mei.actor, vertical="medical", task="ask") == first
    assert verbs_of(cast.hemu)[entries:] == ["release.seeded"]


def test_the_same_pins_are_the_same_release(cast: Cast) -> None:
    first = _seed(cast, ONE)
    before = state_of(cast.hemu)
    assert _seed(cast, ONE) == first
    assert state_of(cast.hemu) == before


def test_a_newer_seed_takes_over(cast: Cast) -> None:
    _seed(cast, ONE)
    _seed(cast, TWO)
    assert _states(cast) == [(1, "retired"), (2, "serving")]


def test_a_promoted_release_stays(cast: Cast) -> None:
    _seed(cast, ONE)
    with tenancy.scope(cast.hemu.pk):
        Release.objects.filter(vertical="medical", task="ask").update(state="retired")
        Release.objects.create(vertical="medical", task="ask", number=2, state="serving", engine="default")
    _seed(cast, THREE)
    assert _states(cast) == [(1, "retired"), (2, "serving"), (3, "candidate")]


def test_without_a_release_nobody_is_served(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk), pytest.raises(NoRelease) as caught:
        resolve(actor=cast.mei.actor, vertical="medical", task="ask")
    assert (caught.value.code, caught.value.status, caught.value.retry_after) == ("no_release", 503, None)


def test_another_organisations_release_serves_nobody_here(cast: Cast) -> None:
    _seed(cast, ONE)
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NoRelease):
        resolve(actor=cast.omar.actor, vertical="medical", task="ask")
