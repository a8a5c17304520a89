"""The work page: ask, see the answer with its sources, open a source, rate it, come back to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from sunmao.answering import services
from sunmao.answering.models import Exchange, ExchangeState
from sunmao.core import streams, tenancy
from sunmao.core.ids import new_id
from sunmao.knowledge.models import Passage
from tests.fixtures import Ask, Cast, Shop, state_of, verbs_of

QUESTION = "Who pays for return shipping of a large item?"
HTMX = {"hx-request": "true"}


def _ask(shop: Shop, question: str = QUESTION, headers: dict[str, str] | None = None, **more: str) -> Any:
    return shop.mei.client.post("/customer-service/ask/", {"question": question, **more}, headers=headers)


def _exchange(shop: Shop, **fields: Any) -> Exchange:
    with tenancy.scope(shop.organisation.pk):
        found = Exchange.objects.filter(owner_id=shop.mei.user.pk, **fields).order_by("-created_at").first()
    assert found is not None
    return found


def test_the_page_shows_how_to_begin(shop: Shop) -> None:
    page = shop.mei.client.get("/customer-service/")
    assert page.status_code == 200
    assert 'action="/customer-service/ask/"' in page.content.decode()
    assert '<html lang="en"' in page.content.decode()
    chinese = shop.mei.client.get("/customer-service/", headers={"accept-language": "zh-hans"})
    assert '<html lang="zh-Hans"' in chinese.content.decode()


def test_a_stranger_is_sent_to_the_door(shop: Shop) -> None:
    before = state_of(shop.organisation)
    for response in (
        Client().get("/customer-service/"),
        Client().post("/customer-service/ask/", {"question": QUESTION}),
    ):
        assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, "/sign-in/")
    fragment = Client().post("/customer-service/ask/", {"question": QUESTION}, headers=HTMX)
    assert (fragment.status_code, fragment.headers["HX-Refresh"]) == (401, "true")
    assert state_of(shop.organisation) == before


@pytest.mark.usefixtures("worker_at_once")
def test_without_scripts_the_answer_is_on_the_next_page(shop: Shop) -> None:
    response = _ask(shop, f"{QUESTION} <script>alert(1)</script>")
    exchange = _exchange(shop)
    assert response.headers["Location"] == f"/customer-service/conversations/{exchange.conversation_id}/"
    page = shop.mei.client.get(response.headers["Location"]).content.decode()
    assert "80 yuan per large item" in page
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    link = re.search(r'class="cite" href="([^"]+)"', page)
    assert link is not None
    evidence = shop.mei.client.get(link[1].replace("&amp;", "&")).content.decode()
    assert re.search(r"<mark[^>]*>[^<]*80 yuan per large item", evidence) is not None


def test_with_scripts_a_fragment_listens_for_the_answer(shop: Shop) -> None:
    response = _ask(shop, headers=HTMX)
    exchange = _exchange(shop)
    text = response.content.decode()
    assert "<html" not in text
    assert f'sse-connect="/answers/{exchange.pk}/stream/"' in text
    assert response.headers["HX-Push-Url"] == f"/customer-service/conversations/{exchange.conversation_id}/"


@pytest.mark.parametrize(
    ("case", "question", "status", "text"),
    [
        ("nothing", " ", 400, "Enter a question first."),
        ("100,000 characters", "a" * 100_000, 413, "at most 2,?000"),
    ],
)
def test_a_bad_question_is_told_on_the_spot(
    shop: Shop, case: str, question: str, status: int, text: str
) -> None:
    before = state_of(shop.organisation)
    for headers in (HTMX, {}):
        response = _ask(shop, question, headers)
        assert response.status_code == status
        assert re.search(text, response.content.decode()) is not None
        assert ("<html" in response.content.decode()) is (headers == {})
    assert state_of(shop.organisation) == before


@pytest.mark.usefixtures("worker_at_once")
def test_a_conversation_goes_on_and_is_listed(shop: Shop) -> None:
    _ask(shop, "When are refunds paid?")
    first = _exchange(shop)
    _ask(shop, conversation_id=str(first.conversation_id))
    assert _exchange(shop).conversation_id == first.conversation_id
    assert "When are refunds paid?" in shop.mei.client.get("/customer-service/").content.decode()


def _events(raw: str) -> list[tuple[str, str]]:
    found = []
    for part in raw.strip().split("\n\n"):
        lines = [
            line.split(": ", 1) for line in part.split("\n") if ": " in line and not line.startswith(":")
        ]
        if lines:
            data = "\n".join(value for key, value in lines if key == "data")
            found.append((dict(lines)["event"], data))  # type: ignore[arg-type]
    return found


def _stream(shop: Shop, exchange: Exchange, **headers: str) -> list[tuple[str, str]]:
    async def read() -> str:
        client = AsyncClient()
        client.cookies = shop.mei.client.cookies
        response = await client.get(
            f"/answers/{exchange.pk}/stream/", headers={"accept-language": "en", **headers}
        )
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-cache"
        parts = cast(AsyncIterator[bytes], response.streaming_content)
        return "".join([part.decode() async for part in parts])

    return _events(async_to_sync(read)())


@pytest.mark.usefixtures("worker_at_once")
def test_the_stream_of_an_ended_answer_is_the_answer(shop: Shop) -> None:
    _ask(shop)
    events = _stream(shop, _exchange(shop))
    assert [kind for kind, _ in events] == ["done", "close"]
    assert "80 yuan per large item" in events[0][1]


def test_a_stream_tells_what_happened_so_far_and_goes_on_where_it_broke_off(shop: Shop) -> None:
    _ask(shop)
    exchange = _exchange(shop)
    name = str(exchange.pk)
    streams.publish(name, "step", {"name": "read", "passages": 3})
    streams.publish(name, "token", {"text": "one <b>"})
    streams.publish(name, "token", {"text": "two"})
    second = next(event.id for event in streams.listen(name, seconds=1) if event.kind == "token")
    with tenancy.scope(shop.organisation.pk):
        Exchange.objects.filter(pk=exchange.pk).update(
            state=ExchangeState.FAILED, error={"code": "x", "status": 502, "texts": {"en": "It broke."}}
        )
    streams.publish(name, "failed", {})
    exchange.state = ExchangeState.PENDING
    ended = _stream(shop, exchange)
    assert [kind for kind, _ in ended] == ["failed", "close"]
    assert "It broke." in ended[0][1]
    with tenancy.scope(shop.organisation.pk):
        Exchange.objects.filter(pk=exchange.pk).update(state=ExchangeState.RUNNING)
    heard = _stream(shop, exchange)
    assert [kind for kind, _ in heard] == ["step", "token", "token", "failed", "close"]
    assert [data for kind, data in heard if kind == "token"] == ["one &lt;b&gt;", "two"]
    again = _stream(shop, exchange, **{"last-event-id": second})
    assert [data for kind, data in again if kind == "token"] == ["two"]
    with tenancy.scope(shop.organisation.pk):
        Exchange.objects.filter(pk=exchange.pk).update(state=ExchangeState.FAILED)


@pytest.mark.usefixtures("worker_at_once")
def test_an_answer_is_rated(shop: Shop) -> None:
    _ask(shop)
    exchange = _exchange(shop)
    address = f"/answers/{exchange.pk}/feedback/"
    assert shop.mei.client.post(address, {"verdict": "up"}, headers=HTMX).status_code == 200
    assert _exchange(shop, pk=exchange.pk).feedback == "up"
    wrong = shop.mei.client.post(address, {"verdict": "sideways"}, headers=HTMX)
    assert wrong.status_code == 400
    assert _exchange(shop, pk=exchange.pk).feedback == "up"
    assert verbs_of(shop.organisation, subject=exchange.pk) == ["answer.intended", "answer.rated"]


def test_an_answer_is_stopped(shop: Shop) -> None:
    _ask(shop)
    exchange = _exchange(shop)
    assert shop.mei.client.post(f"/answers/{exchange.pk}/stop/", headers=HTMX).status_code == 204
    assert streams.flag_is_up(str(exchange.pk))
    response = shop.mei.client.post(f"/answers/{exchange.pk}/stop/")
    assert response.headers["Location"] == f"/customer-service/conversations/{exchange.conversation_id}/"


def test_what_is_somebody_elses_does_not_exist(shop: Shop) -> None:
    theirs = services.ask(
        actor=shop.lin.actor, task_name="customer_service.ask", data={"question": "Lin's own question"}
    )
    before = state_of(shop.organisation)
    client = shop.mei.client
    told = [
        client.get(f"/customer-service/conversations/{theirs.conversation_id}/"),
        client.get(f"/customer-service/conversations/{new_id()}/"),
        client.post(f"/answers/{theirs.pk}/stop/"),
        client.post(f"/answers/{theirs.pk}/feedback/", {"verdict": "up"}),
        _ask(shop, conversation_id=str(theirs.conversation_id)),
    ]
    assert [response.status_code for response in told] == [404] * 5
    assert "Lin" not in "".join(response.content.decode() for response in told)
    assert not streams.flag_is_up(str(theirs.pk))
    assert state_of(shop.organisation) == before


@pytest.mark.usefixtures("policies")
def test_evidence_opens_for_the_organisation_only(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    address = f"/passages/{record.citations[0]['passage_id']}/"
    page = cast.mei.client.get(f"{address}?record={record.pk}").content.decode()
    assert "<mark" in page
    fragment = cast.mei.client.get(address, headers=HTMX).content.decode()
    assert "<html" not in fragment
    document = cast.mei.client.get(f"{address}document/").content.decode()
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.get(pk=record.citations[0]["passage_id"])
    assert 'id="cited"' in document
    assert passage.text[:40] in document.replace("&quot;", '"').replace("&#x27;", "'")
    for client in (cast.omar.client, Client()):
        for path in (address, f"{address}document/"):
            response = client.get(path)
            assert response.status_code in (302, 404)
            assert "yuan" not in response.content.decode()
    assert cast.omar.client.get(address).status_code == 404
