from __future__ import annotations

from typing import Any

import pytest

from sunmao.accounts import services as accounts
from sunmao.accounts.selectors import actor_of_key
from sunmao.core import tenancy
from sunmao.core.errors import EmptyInput, Forbidden, NotFound, SunmaoError, TooLong
from sunmao.core.resolving import visible
from sunmao.core.streams import BrokerUnavailable
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.models import Audience, Document
from sunmao.knowledge.trials import presenting, selectors, trying
from sunmao.knowledge.trials.models import Trial
from tests.fixtures import Cast, Ingest, Person, state_of
from tests.sunmao.knowledge.trials.shelf import OUTSIDE, PETS, POLICY, REWORDED, newest, passage_of


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


def _tried(person: Person, question: str, **wanted: int | None) -> dict[str, Any]:
    bases = {slug.replace("_", "-"): version for slug, version in wanted.items()}
    with tenancy.scope(person.actor.organisation_id):
        pins = selectors.pins_of(actor=person.actor, wanted=bases)
        result = trying.look(actor=person.actor, question=question, bases=pins)
        return presenting.tried(actor=person.actor, question=question, result=result, pins=pins)


def test_the_stages_say_what_they_found(cast: Cast, policy: Document) -> None:
    shown = _tried(cast.zhou, PETS, customer_service=None)
    assert (shown["accepted"], shown["reason"], shown["language"]) == (True, "covered", "en")
    assert [stage["name"] for stage in shown["stages"]] == ["lexical", "fused", "judged"]
    first = shown["hits"][0]
    assert (first["rank"], first["passage"]["label"], first["expected"]) == (1, "Wear", False)
    assert [(one["stage"], one["rank"]) for one in first["places"]] == [("lexical", 1), ("fused", 1)]
    assert {"cat", "dog", "scratch"} <= set(first["words"])
    assert shown["milliseconds"] >= sum(stage["milliseconds"] for stage in shown["stages"])


def test_a_refusal_says_why(cast: Cast, policy: Document) -> None:
    shown = _tried(cast.zhou, OUTSIDE, customer_service=None)
    assert (shown["accepted"], shown["reason"]) == (False, "nothing")
    assert shown["hits"] == []


def test_an_earlier_version_shows_what_was_found_then(cast: Cast, policy: Document, ingest: Ingest) -> None:
    before = newest(policy.base).version
    ingest(cast.zhou.actor, "returns.md", REWORDED)
    then, today = (_tried(cast.zhou, PETS, customer_service=version) for version in (before, None))
    assert "a cat or a dog" in then["hits"][0]["passage"]["text"]
    assert "a pet" in today["hits"][0]["passage"]["text"]
    assert then["versions"] == {"customer-service": before}


def test_several_bases_are_searched_together(cast: Cast, policy: Document, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "pets.md", "# Pets\n\nA dog or a cat is welcome in the shop.\n", base="house")
    shown = _tried(cast.zhou, "May a cat or a dog come in?", customer_service=None, house=None)
    assert {hit["passage"]["base"] for hit in shown["hits"]} == {"customer-service", "house"}
    lexical = [stage["base"] for stage in shown["stages"] if stage["name"] == "lexical"]
    assert lexical == ["customer-service", "house"]


def test_a_confirmed_question_is_a_stage(cast: Cast, policy: Document) -> None:
    passage = passage_of(policy, "a cat or a dog")
    confirming.confirm(
        actor=cast.zhou.actor, base=policy.base, question="my kitty ruined the couch", passage=passage
    )
    shown = _tried(cast.zhou, "the kitty ruined our couch", customer_service=None)
    assert ("confirmed", 1) in [(one["stage"], one["rank"]) for one in shown["hits"][0]["places"]]


@pytest.mark.parametrize("version", [0, -1, 99])
def test_a_version_that_never_was_is_unknown(cast: Cast, policy: Document, version: int) -> None:
    with pytest.raises(NotFound) as refused:
        _tried(cast.zhou, PETS, customer_service=version)
    assert refused.value.code == "unknown_version"


def test_a_base_for_editors_is_absent_for_others(cast: Cast, policy: Document) -> None:
    knowledge.create_base(actor=cast.zhou.actor, slug="drafts", audience=Audience.STAFF)
    reader = accounts.create_role(
        actor=cast.lin.actor,
        slug="tester",
        name="Tester",
        permissions=["trials.case.read", "knowledge.passage.read"],
    )
    key = accounts.create_api_key(actor=cast.lin.actor, name="k", role=reader.slug)
    actor = actor_of_key(key.secret, language="en")
    with tenancy.scope(cast.hemu.pk), pytest.raises(NotFound):
        selectors.pins_of(actor=actor, wanted={"drafts": None})


def test_who_may_not_test_is_refused(cast: Cast, policy: Document) -> None:
    before = state_of(cast.hemu)
    with tenancy.scope(cast.hemu.pk):
        pin = newest(policy.base)
    with pytest.raises(Forbidden):
        trying.ask(actor=cast.mei.actor, question=PETS, bases=[pin])
    with tenancy.scope(cast.hemu.pk), pytest.raises(Forbidden):
        trying.look(actor=cast.mei.actor, question=PETS, bases=[pin])
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    ("question", "error"), [("  \n", EmptyInput), ("\0", EmptyInput), ("a" * 2_001, TooLong)]
)
def test_a_question_that_is_none_is_not_kept(
    cast: Cast, policy: Document, question: str, error: type[SunmaoError]
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(error):
        trying.ask(actor=cast.zhou.actor, question=question, bases=[newest(policy.base)])
    assert state_of(cast.hemu) == before


@pytest.mark.usefixtures("broker", "worker_at_once")
def test_a_worker_tries_it_and_only_the_asker_reads_it(
    cast: Cast, policy: Document, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = trying.ask(actor=cast.zhou.actor, question=PETS, bases=[newest(policy.base)])
    assert trying.wait(trial=made, seconds=1).state == "done"
    with tenancy.scope(cast.hemu.pk):
        known = visible(cast.zhou.actor, "trial", made.pk)
        assert known.result["hits"][0]["passage_id"] == str(passage_of(policy, "a cat or a dog").pk)
        with pytest.raises(NotFound):
            visible(cast.lin.actor, "trial", made.pk)


@pytest.mark.usefixtures("no_broker")
def test_without_a_broker_the_asker_is_told(
    cast: Cast, policy: Document, django_capture_on_commit_callbacks: Any
) -> None:
    with pytest.raises(BrokerUnavailable), django_capture_on_commit_callbacks(execute=True):
        trying.ask(actor=cast.zhou.actor, question=PETS, bases=[newest(policy.base)])
    with tenancy.scope(cast.hemu.pk):
        assert [(one.state, one.error["code"]) for one in Trial.objects.all()] == [
            ("failed", "broker_unavailable")
        ]


@pytest.mark.usefixtures("broker")
def test_nobody_waits_for_ever(cast: Cast, policy: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("celery.current_app.send_task", lambda *_, **__: None)
    made = trying.ask(actor=cast.zhou.actor, question=PETS, bases=[newest(policy.base)])
    with pytest.raises(trying.NoWorker):
        trying.wait(trial=made, seconds=1)
