"""A release names the guards that it was made under, and every answer's record those that looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from sunmao.core import tenancy
from sunmao.core.vertical import config_of
from sunmao.guards import policy
from sunmao.guards.outbound import wording
from sunmao.guards.pins import in_force
from sunmao.releases.models import Release
from sunmao.releases.sample import seed_vertical
from tests.fixtures import Ask, Cast, verbs_of

QUESTION = "Can I send the sofa back?"


def _serving(cast: Cast, vertical: str = "customer_service") -> Release:
    with tenancy.scope(cast.hemu.pk):
        return Release.objects.get(vertical=vertical, task="ask", state="serving")


def test_the_seeded_release_pins_policy_wording_and_figures(cast: Cast) -> None:
    seed_vertical(actor=cast.lin.actor, config=config_of("medical"), with_documents=False)
    medical, service = _serving(cast, "medical"), _serving(cast)
    assert medical.guards["policy"] == service.guards["policy"] == policy.policy().version
    assert (medical.guards["numbers"], service.guards["numbers"]) == ("remove", "remove")
    assert len(medical.guards["wording"]) == len(service.guards["wording"]) == 12
    assert medical.guards["wording"] != service.guards["wording"]


def test_a_line_that_forbids_nothing_says_so(tmp_path: Path) -> None:
    assert in_force(tmp_path) == {
        "policy": policy.policy().version,
        "wording": "",
        "numbers": "flag",
    }


def test_an_answer_records_the_guards_and_that_they_are_the_pinned_ones(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    pins = _serving(cast).guards
    assert {name: record.guards[name] for name in pins} == pins
    assert record.guards["as_pinned"] is True


def test_another_wording_makes_a_new_release_and_until_then_the_record_says_so(
    cast: Cast, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _serving(cast)
    monkeypatch.setattr(wording, "FORBIDDEN", "rules/nothing.toml")

    changed = ask(cast.mei.actor, QUESTION)
    assert (changed.guards["wording"], changed.guards["as_pinned"]) == ("", False)

    seed_vertical(actor=cast.lin.actor, config=config_of("customer_service"), with_documents=False)
    after = _serving(cast)
    assert (after.number, after.guards["wording"]) == (before.number + 1, "")
    assert verbs_of(cast.hemu)[-1] == "release.seeded"
    again = ask(cast.mei.actor, QUESTION)
    assert (again.release_id, again.guards["as_pinned"]) == (after.pk, True)


def test_the_guards_of_a_release_are_never_changed(cast: Cast) -> None:
    with (
        pytest.raises(DatabaseError, match="a release is immutable"),
        tenancy.scope(cast.hemu.pk),
        transaction.atomic(),
    ):
        Release.objects.filter(state="serving").update(guards={})


def test_a_release_of_before_pins_nothing(cast: Cast, ask: Ask) -> None:
    with tenancy.scope(cast.hemu.pk):
        old = _serving(cast)
        Release.objects.filter(pk=old.pk).update(state="retired")
        pins = {"engine": old.engine, "prompts": old.prompts, "bases": old.bases, "state": "serving"}
        Release.objects.create(vertical=old.vertical, task=old.task, number=99, **pins)
    assert ask(cast.mei.actor, QUESTION).guards["as_pinned"] is None


def test_the_console_shows_them(cast: Cast) -> None:
    release = _serving(cast)
    page = cast.lin.client.get(f"/console/releases/release/{release.pk}/change/")
    assert release.guards["policy"] in page.content.decode()
