"""A release pins a version of a base; a question that names the base does not slip past the pin."""

from __future__ import annotations

import pytest

from sunmao.answering.models import AnswerRecord
from sunmao.core import tenancy
from sunmao.releases.models import Release
from tests.fixtures import Ask, Cast, Ingest

QUESTION = "How long is the warranty of a sofa?"
OLD = "# Warranty\n\nThe warranty of a sofa is 24 months from delivery.\n"
NEW = "# Warranty\n\nThe warranty of a sofa is 36 months from delivery.\n"


def _serve(cast: Cast, bases: dict[str, int | str]) -> None:
    with tenancy.scope(cast.hemu.pk):
        known = Release.objects.filter(vertical="customer_service", task="ask")
        serving = known.get(state="serving")
        known.update(state="retired")
        Release.objects.create(
            vertical="customer_service",
            task="ask",
            number=serving.number + 1,
            state="serving",
            engine=serving.engine,
            prompts=serving.prompts,
            bases=bases,
        )


@pytest.fixture
def pinned_version(cast: Cast, ingest: Ingest, policies: object) -> int:
    """Zhou replaces the policy after the release pinned the base."""
    version = ingest(cast.zhou.actor, "warranty.md", OLD).base.version
    _serve(cast, {"customer-service": version})
    ingest(cast.zhou.actor, "warranty.md", NEW)
    return version


def _read(record: AnswerRecord) -> tuple[bool, bool, dict[str, int]]:
    return "24 months" in record.text, "36 months" in record.text, record.knowledge


@pytest.mark.parametrize("named", [{}, {"base": "customer-service"}], ids=["no base named", "base named"])
def test_a_pinned_base_is_read_as_it_was(
    cast: Cast, ask: Ask, pinned_version: int, named: dict[str, str]
) -> None:
    record = ask(cast.mei.actor, QUESTION, **named)
    assert _read(record) == (True, False, {"customer-service": pinned_version})


def test_a_base_that_follows_the_newest_is_read_as_it_is(cast: Cast, ask: Ask, pinned_version: int) -> None:
    _serve(cast, {"customer-service": "latest"})
    old, new, versions = _read(ask(cast.mei.actor, QUESTION))
    assert (old, new) == (False, True)
    assert versions["customer-service"] > pinned_version
