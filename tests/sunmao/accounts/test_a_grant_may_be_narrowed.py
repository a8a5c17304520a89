"""A grant for some bases, tasks or models gives nothing for the others, wherever they are reached."""

from __future__ import annotations

import pytest

from sunmao.accounts import services
from sunmao.accounts.models import Membership
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key, actor_of_user, verticals_for
from sunmao.answering import services as answering
from sunmao.answering.models import Exchange
from sunmao.answering.selectors import unanswered, visible_record
from sunmao.core import tenancy
from sunmao.core.actor import EVERY_BASE, Actor, Bases, Grant
from sunmao.core.errors import Forbidden, InvalidInput, NotFound
from sunmao.core.ids import new_id
from sunmao.core.vertical import config_of
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.selectors import visible_document, visible_job
from sunmao.releases.sample import seed_vertical
from tests.fixtures import Ask, Cast, Ingest, state_of
from tests.fixtures.files import RETURNS


def _actor(*grants: Grant, everywhere: frozenset[str] = frozenset()) -> Actor:
    return Actor(
        kind="user", id=new_id(), organisation_id=new_id(), name="x", language="en",
        permissions=everywhere, narrowed=grants,
    )  # fmt: skip


READ = frozenset({"knowledge.passage.read"})


def test_what_is_not_named_is_not_asked_about() -> None:
    actor = _actor(Grant(permissions=READ, bases=frozenset({"a"}), tasks=frozenset({"medical"})))
    assert actor.can("knowledge.passage.read")
    assert actor.can("knowledge.passage.read", base="a", task="medical.ask")
    assert not actor.can("knowledge.passage.read", base="b")
    assert not actor.can("knowledge.passage.read", base="a", task="contract_review.ask")
    assert not actor.can("knowledge.document.read", base="a")


def test_a_business_line_stands_for_its_tasks_and_for_no_other_of_like_name() -> None:
    actor = _actor(Grant(permissions=READ, tasks=frozenset({"medical"})))
    assert actor.can("knowledge.passage.read", task="medical.triage")
    assert not actor.can("knowledge.passage.read", task="medical_records.ask")
    one = _actor(Grant(permissions=READ, tasks=frozenset({"medical.ask"})))
    assert not one.can("knowledge.passage.read", task="medical")


def test_two_grants_give_what_each_gives_and_not_their_mixture() -> None:
    actor = _actor(
        Grant(permissions=READ, bases=frozenset({"a"}), tasks=frozenset({"medical"})),
        Grant(permissions=READ, bases=frozenset({"b"}), tasks=frozenset({"contract_review"})),
    )
    assert actor.bases_for("knowledge.passage.read") == Bases(frozenset({"a", "b"}))
    assert actor.bases_for("knowledge.passage.read", task="medical.ask") == Bases(frozenset({"a"}))
    assert not actor.can("knowledge.passage.read", base="a", task="contract_review.ask")


def test_a_grant_for_everything_goes_before_a_narrow_one() -> None:
    actor = _actor(Grant(permissions=READ, bases=frozenset({"a"})), everywhere=READ)
    assert actor.bases_for("knowledge.passage.read") == EVERY_BASE
    assert actor.can("knowledge.passage.read", base="z", task="any.thing", model="some")


def test_what_several_grants_reach_is_all_that_any_of_them_does() -> None:
    named, all_but = Bases(frozenset({"a"})), Bases(frozenset({"a", "b"}), but=True)
    assert named | all_but == all_but | named == Bases(frozenset({"b"}), but=True)
    assert all_but | Bases(frozenset({"b", "c"}), but=True) == Bases(frozenset({"b"}), but=True)
    assert [slug for slug in "abc" if slug in all_but] == ["c"]
    assert [slug for slug in "abc" if slug in named] == ["a"]
    assert [one.is_all for one in (named | EVERY_BASE, all_but)] == [True, False]


@pytest.fixture
def editor_of_zoo(cast: Cast) -> Actor:
    """Mei, a customer, who also edits one base."""
    knowledge.create_base(actor=cast.lin.actor, slug="zoo")
    with tenancy.scope(cast.hemu.pk):
        mei = Membership.objects.get(user=cast.mei.user)
    services.give_role(actor=cast.lin.actor, holder=mei, role=BuiltIn.KNOWLEDGE_EDITOR, bases=["zoo"])
    return actor_of_user(cast.mei.user, language="en")


def test_an_editor_of_one_base_edits_no_other(cast: Cast, editor_of_zoo: Actor, ingest: Ingest) -> None:
    own = ingest(editor_of_zoo, "zebras.md", "# Zebras", base="zoo")
    other = ingest(cast.zhou.actor, "returns.md", RETURNS)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        knowledge.receive(actor=editor_of_zoo, base=other.base, name="evil.md", chunks=[b"# Evil"])
    with pytest.raises(Forbidden):
        knowledge.delete_document(actor=editor_of_zoo, document=other)
    with tenancy.scope(cast.hemu.pk):
        assert visible_document(actor=editor_of_zoo, document_id=own.pk) == own
        with pytest.raises(NotFound):
            visible_document(actor=editor_of_zoo, document_id=other.pk)
        assert other.job is not None
        with pytest.raises(NotFound):
            visible_job(actor=editor_of_zoo, job_id=other.job.pk)
    assert state_of(cast.hemu) == before


def test_what_is_read_and_what_is_edited_may_differ(cast: Cast, editor_of_zoo: Actor) -> None:
    with tenancy.scope(cast.hemu.pk):
        assert {b.slug for b in bases_visible_to(editor_of_zoo)} == {"customer-service", "zoo"}
        editable = bases_visible_to(editor_of_zoo, "knowledge.document.upload")
        assert [base.slug for base in editable] == ["zoo"]


def test_an_internal_base_opens_for_its_own_editor_only(cast: Cast, editor_of_zoo: Actor) -> None:
    knowledge.create_base(actor=cast.lin.actor, slug="secret", audience="staff")
    with tenancy.scope(cast.hemu.pk):
        assert "secret" not in {base.slug for base in bases_visible_to(editor_of_zoo)}
        pins = pinned(actor=editor_of_zoo, bases={"zoo": "latest", "secret": "latest"})
        assert [pin.base.slug for pin in pins] == ["zoo"]


def test_rights_over_the_whole_organisation_cannot_be_narrowed(cast: Cast) -> None:
    """An administrator of one base is no administrator: they edit it and manage nobody."""
    knowledge.create_base(actor=cast.lin.actor, slug="zoo")
    with tenancy.scope(cast.hemu.pk):
        mei = Membership.objects.get(user=cast.mei.user)
    services.give_role(actor=cast.lin.actor, holder=mei, role=BuiltIn.ADMINISTRATOR, bases=["zoo"])
    actor = actor_of_user(cast.mei.user)
    assert actor.can("knowledge.document.upload", base="zoo")
    for permission in ("accounts.member.manage", "accounts.key.manage", "audit.entry.read"):
        assert not actor.can(permission)


def test_a_role_that_would_give_nothing_is_not_given(cast: Cast) -> None:
    knowledge.create_base(actor=cast.lin.actor, slug="zoo")
    role = services.create_role(
        actor=cast.lin.actor, slug="log-reader", name="Log reader", permissions=["audit.entry.read"]
    )
    with tenancy.scope(cast.hemu.pk):
        mei = Membership.objects.get(user=cast.mei.user)
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        services.give_role(actor=cast.lin.actor, holder=mei, role=role.slug, bases=["zoo"])
    assert list(caught.value.fields) == ["role"]
    assert state_of(cast.hemu) == before


# Tasks


def _key(cast: Cast, **narrowing: list[str]) -> Actor:
    issued = services.create_api_key(actor=cast.lin.actor, name="narrow", **narrowing)
    return actor_of_key(issued.secret, language="en")


@pytest.mark.parametrize(
    "base", ["no-such-base", "only-qinghe"], ids=["a base that is not there", "another organisation's base"]
)
def test_a_base_that_is_not_ones_own_is_absent(cast: Cast, base: str) -> None:
    knowledge.create_base(actor=cast.omar.actor, slug="only-qinghe")
    before = state_of(cast.hemu)
    with pytest.raises(NotFound) as caught:
        _key(cast, bases=[base])
    assert caught.value.code == "unknown_base"
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("task", ["medical.operate", "astrology", "", "medical.ask.now"])
def test_a_task_that_is_not_there_is_absent(cast: Cast, task: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(NotFound):
        _key(cast, tasks=[task])
    assert state_of(cast.hemu) == before


def test_a_task_outside_the_grant_does_not_exist(cast: Cast, broker: object) -> None:
    actor = _key(cast, tasks=["medical"])
    data = {"question": "How long is the warranty?"}
    with pytest.raises(NotFound) as caught:
        answering.ask(actor=actor, task_name="customer_service.ask", data=data)
    assert caught.value.code == "unknown_task"
    with tenancy.scope(cast.hemu.pk):
        assert not Exchange.objects.exists()
    assert answering.ask(actor=actor, task_name="medical.ask", data=data).task == "medical.ask"
    assert [line.slug for line in verticals_for(actor)] == ["medical"]


def test_a_reviewer_of_one_line_reads_its_answers_only(cast: Cast, ask: Ask) -> None:
    with tenancy.scope(cast.hemu.pk):
        zhou = Membership.objects.get(user=cast.zhou.user)
    system = services.system_actor(cast.hemu)
    seed_vertical(actor=system, config=config_of("medical"), with_documents=False)
    shop = ask(cast.mei.actor, "Who pays for return shipping?")
    clinic = ask(cast.mei.actor, "What helps against hay fever?", task="medical.ask")
    services.give_role(actor=cast.lin.actor, holder=zhou, role="clinician")
    clinician = actor_of_user(cast.zhou.user, language="en")
    with tenancy.scope(cast.hemu.pk):
        assert visible_record(actor=clinician, record_id=clinic.pk) == clinic
        with pytest.raises(NotFound):
            visible_record(actor=clinician, record_id=shop.pk)
        assert list(unanswered(clinician)) == [clinic]
        assert set(unanswered(cast.ann.actor)) == {clinic, shop}


def test_a_professions_role_is_of_its_business_line(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        zhou = Membership.objects.get(user=cast.zhou.user)
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        services.give_role(actor=cast.lin.actor, holder=zhou, role="clinician", tasks=["contract_review"])
    assert list(caught.value.fields) == ["tasks"]
    assert state_of(cast.hemu) == before


# Models


def test_a_model_outside_the_grant_does_not_answer(cast: Cast, ask: Ask, policies: object) -> None:
    question = "Who pays for return shipping?"
    assert ask(_key(cast, models=["extractive"]), question).engine == "extractive"
    with pytest.raises(answering.AnswerFailed) as caught:
        ask(_key(cast, models=["qwen3"]), question)
    assert (caught.value.code, caught.value.status) == ("model_not_allowed", 403)
