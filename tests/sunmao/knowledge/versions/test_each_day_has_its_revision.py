"""Several revisions of one document stand side by side, each on its own days, at every version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput
from sunmao.knowledge import dating, retrieval, services
from sunmao.knowledge.models import Change, Document, Edition, KnowledgeBase, Passage, Revision
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.versions.dates import ALWAYS, Dates
from tests.fixtures import Cast, WorkOff
from tests.fixtures.state import state_of

Put = Callable[..., Document]
BASE = "customer-service"
QUESTION = "How many months does the warranty last?"
OLD, NEW = Dates(date(2020, 1, 1), None), Dates(date(2026, 3, 1), None)


def _law(months: str) -> str:
    return f"# Warranty\n\n## Term\n\nThe warranty lasts {months} months.\n"


@pytest.fixture
def put(cast: Cast, work_off: WorkOff) -> Put:
    def receive(months: str, dates: Dates = ALWAYS) -> Document:
        with tenancy.scope(cast.hemu.pk):
            base = KnowledgeBase.objects.get(slug=BASE)
        received = services.receive(
            actor=cast.zhou.actor, base=base, name="warranty.md", chunks=[_law(months).encode()], dates=dates
        )
        work_off(cast.zhou.actor)
        with tenancy.scope(cast.hemu.pk):
            return Document.objects.select_related("base", "current").get(pk=received.document.pk)

    return receive


def _read(cast: Cast, day: date, version: int | None = None) -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        pins = pinned(actor=cast.mei.actor, bases={BASE: "latest"}, on=day, version=version)
        hits = retrieval.retrieve(actor=cast.mei.actor, question=QUESTION, bases=pins).hits
        return [hit.passage.text.split()[-2] for hit in hits]


def test_a_later_revision_leaves_the_days_before_it_to_the_older_one(cast: Cast, put: Put) -> None:
    put("twelve", OLD)
    document = put("thirty", NEW)
    assert _read(cast, date(2019, 12, 31)) == []
    assert _read(cast, date(2020, 1, 1)) == ["twelve"]
    assert _read(cast, date(2026, 2, 28)) == ["twelve"]
    assert _read(cast, date(2026, 3, 1)) == ["thirty"]
    assert document.current is not None
    assert document.current.number == 2


def test_an_earlier_version_of_the_base_knew_nothing_of_it(cast: Cast, put: Put) -> None:
    put("twelve", OLD)
    put("thirty", NEW)
    assert _read(cast, date(2026, 3, 1), version=1) == ["twelve"]
    assert _read(cast, date(2026, 3, 1), version=2) == ["thirty"]
    with pytest.raises(InvalidInput) as refused:
        _read(cast, date(2026, 3, 1), version=3)
    assert refused.value.code == "unknown_version"


def test_history_may_be_filled_in_afterwards(cast: Cast, put: Put) -> None:
    put("thirty", NEW)
    put("twelve", OLD)
    assert _read(cast, date(2021, 6, 1)) == ["twelve"]
    assert _read(cast, date(2026, 6, 1)) == ["thirty"]


def test_the_last_day_is_included_and_what_was_replaced_does_not_come_back(cast: Cast, put: Put) -> None:
    put("twelve", OLD)
    put("six", Dates(date(2023, 1, 1), date(2023, 12, 31)))
    assert _read(cast, date(2022, 12, 31)) == ["twelve"]
    assert _read(cast, date(2023, 12, 31)) == ["six"]
    assert _read(cast, date(2024, 1, 1)) == []


def test_content_without_dates_takes_the_place_of_what_is_in_force(cast: Cast, put: Put) -> None:
    put("twelve", OLD)
    put("ninety", Dates(date(2999, 1, 1)))
    put("thirteen")
    with tenancy.scope(cast.hemu.pk):
        assert Revision.objects.get(number=3).effective_from == date(2020, 1, 1)
    assert _read(cast, date(2025, 1, 1)) == ["thirteen"]
    assert _read(cast, date(2999, 1, 1)) == ["ninety"]


def test_dates_may_be_changed_and_what_was_replaced_comes_back(cast: Cast, put: Put) -> None:
    put("twelve")
    document = put("thirty")
    assert _read(cast, date(2021, 1, 1)) == ["thirty"]
    version = dating.set_dates(actor=cast.zhou.actor, document=document, revision=2, dates=NEW)
    assert version == 3
    assert _read(cast, date(2021, 1, 1)) == ["twelve"]
    assert _read(cast, date(2026, 3, 1)) == ["thirty"]
    assert _read(cast, date(2021, 1, 1), version=2) == ["thirty"]
    with tenancy.scope(cast.hemu.pk):
        change = Change.objects.get(version=3)
        assert (change.kind, change.made_by, change.revision) == ("dated", "zhou", 2)
        assert change.counts == {"added": 2, "removed": 1, "documents": 1, "passages": 2}


def test_the_same_dates_once_more_change_nothing(cast: Cast, put: Put) -> None:
    document = put("twelve", OLD)
    before = state_of(cast.hemu)
    assert dating.set_dates(actor=cast.zhou.actor, document=document, revision=1, dates=OLD) == 1
    assert state_of(cast.hemu) == before


def test_whoever_may_not_change_dates_changes_nothing(cast: Cast, put: Put) -> None:
    document = put("twelve", OLD)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        dating.set_dates(actor=cast.mei.actor, document=document, revision=1, dates=NEW)
    with pytest.raises(dating.NotStanding):
        dating.set_dates(actor=cast.zhou.actor, document=document, revision=7, dates=NEW)
    backwards = Dates(date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(InvalidInput):
        dating.set_dates(actor=cast.zhou.actor, document=document, revision=1, dates=backwards)
    assert state_of(cast.hemu) == before


def test_the_same_file_with_other_dates_stands_beside_itself(cast: Cast, put: Put) -> None:
    put("twelve", OLD)
    put("twelve", OLD)
    with tenancy.scope(cast.hemu.pk):
        assert Edition.objects.count() == 1
    put("twelve", NEW)
    with tenancy.scope(cast.hemu.pk):
        assert Edition.objects.filter(died=None).count() == 2
        assert Passage.objects.filter(died=None).count() == 2
