"""The tool that a model may propose to whoever keeps a base in order: preview, confirmation, once."""

from __future__ import annotations

import pytest

from sunmao.answering.tooling import confirming, presenting
from sunmao.answering.tooling.models import ToolUse
from sunmao.answering.tooling.toolbox import context_for, toolbox_for
from sunmao.core import tenancy
from sunmao.core.errors import NotFound
from sunmao.inference.tools.problems import ToolFault
from sunmao.knowledge.models import Document
from tests.fixtures import Cast, Ingest, state_of, verbs_of

NAME = "mark_reviewed"


@pytest.fixture
def document(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "refunds.md", "# Refunds\n\nWithin seven days.\n")


def _proposed(cast: Cast, document: Document) -> ToolUse:
    with tenancy.scope(cast.hemu.pk):
        offered = toolbox_for(actor=cast.lin.actor, task="customer_service.ask")[NAME]
        context = context_for(actor=cast.lin.actor, task="customer_service.ask", language="en")
        return confirming.propose(
            context=context, exchange=None, offered=offered, call_id="a",
            arguments={"document_id": str(document.pk)},
        )  # fmt: skip


def _reviewed(cast: Cast, document: Document) -> object:
    with tenancy.scope(cast.hemu.pk):
        return Document.objects.get(pk=document.pk).reviewed_at


def test_it_is_offered_to_those_who_may_and_changes_something(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        boxes = [
            toolbox_for(actor=one.actor, task="customer_service.ask")
            for one in (cast.lin, cast.mei, cast.ann)
        ]
    assert [NAME in box for box in boxes] == [True, False, False]
    assert boxes[0][NAME].effect == "write"


def test_a_proposal_shows_the_document_and_changes_nothing(cast: Cast, document: Document) -> None:
    use = _proposed(cast, document)
    assert use.preview["values"] == {
        "document": "Refunds", "base": "customer-service", "reviewed before": "never",
    }  # fmt: skip
    assert _reviewed(cast, document) is None


def test_confirmed_it_is_done_once(cast: Cast, document: Document) -> None:
    use = _proposed(cast, document)
    with tenancy.scope(cast.hemu.pk):
        token = str(presenting.action(ToolUse.objects.get(pk=use.pk))["token"])
    done = confirming.confirm(actor=cast.lin.actor, use=use, token=token)
    first = _reviewed(cast, document)
    assert (done.state, done.result["data"]["title"], first is not None) == ("executed", "Refunds", True)
    assert verbs_of(cast.hemu)[-2:] == ["document.reviewed", "tool.confirmed"]
    again = confirming.confirm(actor=cast.lin.actor, use=done, token=token)
    assert again.state == "executed"
    assert _reviewed(cast, document) == first
    assert verbs_of(cast.hemu).count("document.reviewed") == 1


def test_a_document_of_others_cannot_even_be_proposed(cast: Cast, document: Document) -> None:
    before = state_of(cast.hemu)
    with tenancy.scope(cast.qinghe.pk):
        offered = toolbox_for(actor=cast.omar.actor, task="customer_service.ask")[NAME]
        context = context_for(actor=cast.omar.actor, task="customer_service.ask", language="en")
        with pytest.raises((ToolFault, NotFound)):
            confirming.propose(
                context=context, exchange=None, offered=offered, call_id="a",
                arguments={"document_id": str(document.pk)},
            )  # fmt: skip
    assert state_of(cast.hemu) == before
