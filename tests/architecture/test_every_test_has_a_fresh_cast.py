"""The cast is built once for many tests (`tests/fixtures/stage.py`), and none sees what another did."""

from __future__ import annotations

import pytest

from sunmao.accounts import services
from sunmao.accounts.models import Organisation, Team
from sunmao.core import tenancy
from sunmao.core.files import folder_of, store
from tests.fixtures import Cast, Standing


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_test_did_is_taken_back(cast: Cast, turn: str) -> None:
    with tenancy.scope(cast.hemu.pk):
        found = Organisation.objects.get(pk=cast.hemu.pk).name, Team.objects.count()
    assert found == (cast.hemu.name, 0) == ("Hemu Home", 0)
    assert not folder_of(cast.hemu.pk).exists()

    services.create_team(actor=cast.lin.actor, name="Packers")
    store(organisation_id=cast.hemu.pk, chunks=[b"a file"], limit=100)
    cast.hemu.name = "Another"
    cast.hemu.save()


def test_whoever_commits_does_not_meet_it(standing: Standing) -> None:
    assert not Organisation.objects.filter(slug="hemu").exists()
    assert Organisation.objects.filter(pk=standing.organisation.pk).exists()


def test_and_afterwards_it_is_there_again(cast: Cast) -> None:
    assert Organisation.objects.get(slug="hemu").pk == cast.hemu.pk
