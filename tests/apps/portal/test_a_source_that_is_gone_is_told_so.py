"""A cited document that was removed: its asker keeps what was read; nobody else learns that it was there."""

from __future__ import annotations

from sunmao.answering.models import AnswerRecord
from sunmao.core import tenancy
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.purging import purge
from sunmao.knowledge.rollback import roll_back
from tests.fixtures import Ask, Cast, Ingest
from tests.fixtures.files import RETURNS, RETURNS_LATER

QUOTE = "A refund is paid within three working days."


def _cited(record: AnswerRecord) -> str:
    return f"/passages/{record.citations[0]['passage_id']}/"


def test_the_asker_still_sees_what_was_read_and_that_it_was_removed(
    cast: Cast, ingest: Ingest, ask: Ask
) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, "When is a refund paid?")
    path = f"{_cited(record)}?record={record.pk}"
    assert "removed since" not in cast.mei.client.get(path).content.decode()

    knowledge.delete_document(actor=cast.zhou.actor, document=document)
    page = cast.mei.client.get(path)
    told = page.content.decode()
    assert page.status_code == 200
    assert "This document was removed since. Shown is what the answer read." in told
    assert QUOTE in told
    assert "seven days of delivery" not in told, "what the answer did not cite"
    assert "/document/" not in told
    assert f"/customer-service/conversations/{record.exchange.conversation_id}/" in told
    fragment = cast.mei.client.get(path, headers={"hx-request": "true"})
    assert (fragment.status_code, b"<html" in fragment.content) == (200, False)
    assert f'href="{path}"' in fragment.content.decode()
    opened = cast.mei.client.get(f"/api/v1{path.replace('/?', '?')}").json()
    assert (opened["state"], opened["text"]) == ("removed", QUOTE)


def test_of_an_erased_one_only_the_quote_is_left(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, "When is a refund paid?")
    path = f"{_cited(record)}?record={record.pk}"
    with tenancy.scope(cast.hemu.pk):
        purge(document=document)
    page = cast.mei.client.get(path)
    assert page.status_code == 410
    assert "can no longer be opened" in page.content.decode()
    assert QUOTE in page.content.decode()


def test_what_was_replaced_or_taken_back_says_so(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    base = ingest(cast.zhou.actor, "returns.md", RETURNS).base
    record = ask(cast.mei.actor, "When is a refund paid?")
    path = f"{_cited(record)}?record={record.pk}"
    ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    assert "has taken the place of this text" in cast.mei.client.get(path).content.decode()
    roll_back(actor=cast.zhou.actor, base=base, to=1)
    again = cast.mei.client.get(path).content.decode()
    assert "Shown is what the answer read" not in again, "the very text serves again"
    roll_back(actor=cast.zhou.actor, base=base, to=0)
    told = cast.mei.client.get(path).content.decode()
    assert "went back to a version without this document" in told
    assert QUOTE in told


def test_for_everybody_else_it_never_was(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, "When is a refund paid?")
    knowledge.delete_document(actor=cast.zhou.actor, document=document)
    for client, query in (
        (cast.mei.client, ""),
        (cast.mei.client, "?record=no-id"),
        (cast.zhou.client, f"?record={record.pk}"),
        (cast.omar.client, f"?record={record.pk}"),
    ):
        response = client.get(f"{_cited(record)}{query}")
        assert response.status_code == 404
        assert QUOTE not in response.content.decode()
    assert cast.mei.client.get(f"{_cited(record)}document/?record={record.pk}").status_code == 404


def test_the_whole_document_leads_back_to_the_passage_and_that_to_the_answer(
    cast: Cast, ingest: Ingest, ask: Ask
) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, "When is a refund paid?")
    passage = f"{_cited(record)}?record={record.pk}"
    document = f"{_cited(record)}document/?record={record.pk}"
    assert f'href="{document}#cited"' in cast.mei.client.get(passage).content.decode()
    assert f'href="{passage}"' in cast.mei.client.get(document).content.decode()
    back = f'href="/customer-service/conversations/{record.exchange.conversation_id}/"'
    assert back in cast.mei.client.get(passage).content.decode()
    assert back not in cast.zhou.client.get(passage).content.decode()
