"""One entry for each change, in its transaction, without secrets."""

from __future__ import annotations

import pytest
from django.db import transaction

from sunmao.audit.models import Entry
from sunmao.audit.services import AuditUnavailable, record
from sunmao.core import tenancy
from sunmao.core.request_id import set_request_id
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, StopAuditing, state_of


def test_it_names_actor_verb_subject_and_request(cast: Cast) -> None:
    set_request_id("request-17")
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get()
        entry = record(actor=cast.zhou.actor, verb="base.looked_at", subject=base, why="to know")
        kept = Entry.objects.get(pk=entry.pk)
    set_request_id("")
    assert (kept.actor_kind, kept.actor_id, kept.who) == ("user", cast.zhou.user.pk, "zhou")
    assert (kept.verb, kept.subject_kind, kept.subject_id) == (
        "base.looked_at",
        "knowledgebase",
        str(base.pk),
    )
    assert (kept.detail, kept.request_id) == ({"why": "to know"}, "request-17")


def test_it_is_rolled_back_with_its_change(cast: Cast) -> None:
    before = state_of(cast.hemu)

    def change_and_fail() -> None:
        with tenancy.scope(cast.hemu.pk), transaction.atomic():
            record(actor=cast.zhou.actor, verb="base.looked_at", subject=KnowledgeBase.objects.get())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert state_of(cast.hemu) == before


def test_without_an_entry_there_is_no_change(cast: Cast, stop_auditing: StopAuditing) -> None:
    before = state_of(cast.hemu)
    stop_auditing()
    with pytest.raises(AuditUnavailable) as caught:
        knowledge.create_base(actor=cast.zhou.actor, slug="unseen")
    assert (caught.value.code, caught.value.status) == ("audit_unavailable", 503)
    assert state_of(cast.hemu) == before


def test_another_organisation_sees_none_of_it(cast: Cast) -> None:
    with tenancy.scope(cast.qinghe.pk):
        assert {entry.organisation_id for entry in Entry.objects.all()} == {cast.qinghe.pk}
