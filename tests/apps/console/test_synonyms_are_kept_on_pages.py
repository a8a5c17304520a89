"""Which words mean the same in a base is said, seen and withdrawn in the console."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.knowledge.learning.models import Synonyms
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, Ingest, state_of, verbs_of
from tests.fixtures.files import RETURNS

LIST = "/console/learning/synonyms/"


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "returns.md", RETURNS).base


def test_words_come_one_to_a_line_and_go_by_a_button(cast: Cast, base: KnowledgeBase) -> None:
    form = {"base": str(base.pk), "words": "refund\r\n\r\n money  back \r\n"}
    assert cast.zhou.client.post(f"{LIST}add/", form).status_code == 302
    with tenancy.scope(cast.hemu.pk):
        made = Synonyms.objects.get()
    assert made.words == ["refund", "money back"]
    page = cast.zhou.client.get(LIST).content.decode()
    assert "refund = money back" in page
    assert str(cast.zhou.user) in page

    cast.zhou.client.post(LIST, {"action": "withdraw", "_selected_action": str(made.pk)})
    assert "refund = money back" not in cast.zhou.client.get(LIST).content.decode()
    assert verbs_of(cast.hemu, subject=made.pk) == ["synonyms.added", "synonyms.withdrawn"]


def test_what_is_wrong_is_said_on_the_form(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    told = cast.zhou.client.post(f"{LIST}add/", {"base": str(base.pk), "words": "refund"})
    assert "must be 2 to 20 different words" in told.content.decode()
    assert state_of(cast.hemu) == before


def test_who_only_reads_is_offered_nothing(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    assert cast.ann.client.get(LIST).status_code == 403
    form = {"base": str(base.pk), "words": "refund\nmoney back"}
    assert cast.ann.client.post(f"{LIST}add/", form).status_code == 403
    assert state_of(cast.hemu) == before


def test_a_base_of_a_neighbour_cannot_be_named(cast: Cast, ingest: Ingest) -> None:
    foreign = ingest(cast.omar.actor, "returns.md", RETURNS).base
    before = state_of(cast.qinghe)
    told = cast.zhou.client.post(f"{LIST}add/", {"base": str(foreign.pk), "words": "refund\nmoney back"})
    assert told.status_code == 200
    assert state_of(cast.qinghe) == before
