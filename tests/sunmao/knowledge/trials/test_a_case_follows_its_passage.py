from __future__ import annotations

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound
from sunmao.core.resolving import visible
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import Document
from sunmao.knowledge.trials import cases, expecting, presenting
from sunmao.knowledge.trials.models import Case, Expectation
from tests.fixtures import Cast, Ingest, state_of, verbs_of
from tests.sunmao.knowledge.trials.shelf import (
    PETS,
    POLICY,
    RENAMED,
    REWORDED,
    WITHOUT_PETS,
    newest,
    passage_of,
)


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


@pytest.fixture
def case(cast: Cast, policy: Document) -> Case:
    passage = passage_of(policy, "a cat or a dog")
    return cases.save_case(actor=cast.zhou.actor, base=policy.base, question=PETS, passages=[passage])


def _expected(cast: Cast) -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        return [one.passage.text for one in Expectation.objects.select_related("passage")]


def _at(cast: Cast, document: Document, version: int | None = None) -> list[tuple[str, ...] | None]:
    pin = newest(document.base)
    with tenancy.scope(cast.hemu.pk):
        if version is not None:
            pin = type(pin)(pin.base, version)
        found = expecting.units_of(Expectation.objects.select_related("document"), pin)
        return [unit.passages for units in found.values() for unit in units]


def test_it_is_kept_once_and_grows(cast: Cast, policy: Document, case: Case) -> None:
    more = [passage_of(policy, "a cat or a dog"), passage_of(policy, "room of choice")]
    again = cases.save_case(actor=cast.zhou.actor, base=policy.base, question=f" {PETS} ", passages=more)
    assert again.pk == case.pk
    with tenancy.scope(cast.hemu.pk):
        shown = presenting.case(visible(cast.zhou.actor, "trial_case", case.pk))
    assert [(one["label"], one["serves"]) for one in shown["expected"]] == [
        ("Wear", True),
        ("Delivery", True),
    ]
    assert verbs_of(cast.hemu, subject=case.pk) == ["trial_case.saved", "trial_case.saved"]


def test_its_words_are_sealed(cast: Cast, case: Case) -> None:
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute("SELECT question FROM trials_case")
        assert PETS not in cursor.fetchone()[0]


def test_it_goes_on_to_the_next_revisions(cast: Cast, policy: Document, case: Case, ingest: Ingest) -> None:
    """First by its label, then by its words: the label of the third revision is another."""
    first = newest(policy.base).version
    ingest(cast.zhou.actor, "returns.md", REWORDED)
    ingest(cast.zhou.actor, "returns.md", RENAMED)
    assert [("a pet has made" in text) for text in _expected(cast)] == [True]
    assert _at(cast, policy) == [(str(passage_of(policy, "a pet has made").pk),)]
    assert _at(cast, policy, first) == [()]


def test_an_earlier_version_has_the_passage_of_then(
    cast: Cast, policy: Document, case: Case, ingest: Ingest
) -> None:
    first, passage = newest(policy.base).version, passage_of(policy, "a cat or a dog")
    ingest(cast.zhou.actor, "returns.md", REWORDED)
    assert _at(cast, policy, first) == [(str(passage.pk),)]


def test_a_passage_without_a_successor_is_told_as_gone(
    cast: Cast, policy: Document, case: Case, ingest: Ingest
) -> None:
    ingest(cast.zhou.actor, "returns.md", WITHOUT_PETS)
    assert _at(cast, policy) == [()]
    with tenancy.scope(cast.hemu.pk):
        shown = presenting.case(visible(cast.zhou.actor, "trial_case", case.pk))
    assert [one["serves"] for one in shown["expected"]] == [False]


def test_of_a_removed_document_nothing_is_there(cast: Cast, policy: Document, case: Case) -> None:
    knowledge.delete_document(actor=cast.zhou.actor, document=policy)
    assert _at(cast, policy) == [()]


def test_it_is_removed_once(cast: Cast, case: Case) -> None:
    cases.remove_case(actor=cast.zhou.actor, case=case)
    before = state_of(cast.hemu)
    with pytest.raises(NotFound) as refused:
        cases.remove_case(actor=cast.zhou.actor, case=case)
    assert refused.value.code == "unknown_case"
    assert state_of(cast.hemu) == before
    assert verbs_of(cast.hemu)[-1] == "trial_case.removed"


def test_others_save_and_remove_nothing(cast: Cast, policy: Document, case: Case, ingest: Ingest) -> None:
    foreign = passage_of(ingest(cast.omar.actor, "returns.md", POLICY), "a cat or a dog")
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        cases.remove_case(actor=cast.ann.actor, case=case)
    with pytest.raises(Forbidden):
        cases.save_case(actor=cast.mei.actor, base=policy.base, question="Why?", passages=[foreign])
    with pytest.raises(NotFound):
        cases.save_case(actor=cast.zhou.actor, base=policy.base, question="Why?", passages=[foreign])
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NotFound):
        visible(cast.omar.actor, "trial_case", case.pk)
    assert state_of(cast.hemu) == before
