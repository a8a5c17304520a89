"""Where a second person has to agree, one person with a key of theirs is still one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sunmao.accounts import services as accounts
from sunmao.accounts.hands import hands_of
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key, actor_of_user
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.prompts import editing as prompts
from sunmao.prompts import reviewing
from sunmao.prompts.models import Prompt, Review
from sunmao.releases.composing import compose
from sunmao.releases.judging import decide
from sunmao.training.datasets import editing as datasets
from sunmao.training.datasets.models import Version, VersionState
from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of


@pytest.fixture
def olga(cast: Cast) -> Actor:
    """An owner of Hemu's."""
    user = accounts.add_member(actor=accounts.system_actor(cast.hemu), username="olga", role=BuiltIn.OWNER)
    return actor_of_user(user, language="en")


@pytest.fixture
def hers(olga: Actor) -> Actor:
    """Her key, which speaks for somebody whom nobody knows."""
    made = accounts.create_api_key(actor=olga, name="hers", role=BuiltIn.MODEL_ENGINEER)
    return replace(actor_of_key(made.secret, language="en"), on_behalf_of="somebody else")


def test_a_key_goes_with_whoever_was_shown_its_secret(cast: Cast, olga: Actor, hers: Actor) -> None:
    system = accounts.system_actor(cast.hemu)
    other = accounts.create_api_key(actor=system, name="of a program", role=BuiltIn.CHANNEL).key
    with tenancy.scope(cast.hemu.pk):
        assert hands_of(olga) == hands_of(hers) == {olga.id, hers.id}
    accounts.rotate_api_key(actor=olga, key=other)
    with tenancy.scope(cast.hemu.pk):
        assert hands_of(olga) == hands_of(hers) == {olga.id, hers.id, other.pk}
        assert hands_of(cast.lin.actor) == {cast.lin.user.pk}


def test_a_release_that_ones_key_composed_is_ones_own(cast: Cast, olga: Actor, hers: Actor) -> None:
    release = compose(actor=hers, task_name="customer_service.ask", changes={"retrieval": {"top_k": 3}})
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        decide(actor=olga, release=release, verdict="approved")
    assert (refused.value.code, state_of(cast.hemu)) == ("own_release", before)


def test_a_data_set_that_ones_key_froze_is_ones_own(cast: Cast, olga: Actor, hers: Actor) -> None:
    made = datasets.create(actor=hers, slug="intents", title="Intents", kind="classification")
    with tenancy.scope(cast.hemu.pk):
        Version.objects.filter(dataset=made).update(state=VersionState.FROZEN, frozen_by=hers.id)
        frozen = Version.objects.get(dataset=made)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        datasets.approve(actor=olga, version=frozen)
    assert (refused.value.code, state_of(cast.hemu)) == ("own_version", before)


def test_a_prompt_that_ones_key_wrote_is_ones_own_and_no_key_approves(
    cast: Cast, olga: Actor, hers: Actor
) -> None:
    with tenancy.scope(cast.hemu.pk):
        prompt = Prompt.objects.filter(current__isnull=False).first()
        assert prompt is not None
        assert prompt.current is not None
        source: Any = prompt.current.source
    prompts.set_four_eyes(actor=olga, prompt=prompt, on=True)
    version = prompts.save(actor=hers, prompt=prompt, source=source + "\nBe brief.")
    with tenancy.scope(cast.hemu.pk):
        review = Review.objects.get(version=version)
    before = state_of(cast.hemu)
    reviewing_key = replace(hers, permissions=hers.permissions | {"prompts.prompt.review"})
    for who, code in ((olga, "own_review"), (reviewing_key, "not_a_person")):
        with pytest.raises(Conflict) as refused:
            reviewing.decide(actor=who, review=review, approve=True)
        assert (refused.value.code, state_of(cast.hemu)) == (code, before)
