"""What contract review holds about a person: exported, made unreadable, kept where the law wants it."""

from __future__ import annotations

from typing import Any

from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.core.people import Person
from verticals.contract_review.models import Contract, ContractVersion, TrainingExample
from verticals.contract_review.service import deciding
from verticals.contract_review.service.people import Contracts
from verticals.contract_review.tests.service.conftest import SAMPLE, findings_of


def person_of(actor: Any, *, going: bool = False) -> Person:
    keys = list(persons.keys_of(actor.subject))
    gone = frozenset(key.pk for key in keys) if going else frozenset()
    return Person(subject=actor.subject, organisation_id=actor.organisation_id, keys=keys, going=gone)


def test_everything_that_a_person_brought_is_exported(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    deciding.decide(actor=cast.lin.actor, finding=findings_of(review)[1], decision="rejected", note="No.")
    with tenancy.scope(cast.hemu.pk):
        parts = {one.name: one.rows for one in Contracts().export(person_of(cast.lin.actor))}
    assert parts["contracts"][0]["versions"][0]["text"] == SAMPLE
    assert parts["contract_decisions"][0]["note"] == "No."


def test_contracts_stay_as_long_as_the_law_wants_them(cast: Any, review_text: Any) -> None:
    review_text(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        [kept] = Contracts().kept(person_of(cast.lin.actor))
    assert (kept.count, kept.duty) == (1, "contract")
    assert kept.until is not None


def test_an_erased_person_leaves_no_words_and_no_examples(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor, training_consent=True)
    deciding.decide(actor=cast.lin.actor, finding=findings_of(review)[0], decision="accepted")
    with tenancy.scope(cast.hemu.pk):
        erased = {
            str(one.what): one.count for one in Contracts().erase(person_of(cast.lin.actor, going=True))
        }
        persons.destroy(cast.lin.actor.subject, duties=["", "contract"])
        assert list(erased.values()) == [1, 1]
        assert TrainingExample.objects.count() == 0
        version, contract = ContractVersion.objects.get(), Contract.objects.get()
        assert isinstance(version.text, persons.Erased)
        assert contract.owner_id is None
        assert findings_of(review)[0].content == {}
