"""Input that cannot be answered is refused with a stable code, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.accounts.selectors import actor_of_key
from sunmao.answering import services
from sunmao.answering.models import Conversation, Exchange
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import new_id
from sunmao.core.origin import Origin, set_origin
from sunmao.core.request_id import set_request_id
from tests.fixtures import Cast, state_of

TASK = "customer_service.ask"


def _refused(cast: Cast, data: object, *, actor: Actor | None = None, task: str = TASK) -> SunmaoError:
    before = state_of(cast.hemu)
    with pytest.raises(SunmaoError) as caught:
        services.ask(actor=actor or cast.mei.actor, task_name=task, data=data)
    assert state_of(cast.hemu) == before
    return caught.value


@pytest.mark.parametrize(
    ("case", "data", "code", "status", "fields"),
    [
        ("nothing", {}, "empty_input", 400, ["question"]),
        ("an empty question", {"question": ""}, "empty_input", 400, ["question"]),
        ("white space", {"question": " \n\t\u3000"}, "empty_input", 400, ["question"]),
        ("only invisible characters", {"question": "\u200b\u202e\x00"}, "empty_input", 400, ["question"]),
        ("one character too many", {"question": "问" * 2001}, "too_long", 413, ["question"]),
        ("100,000 characters", {"question": "a" * 100_000}, "too_long", 413, ["question"]),
        ("a list", ["question"], "invalid_input", 400, []),
        ("a text", "question", "invalid_input", 400, []),
        ("null", None, "invalid_input", 400, []),
        ("a number for a question", {"question": 7}, "invalid_input", 400, ["question"]),
        ("null for a question", {"question": None}, "invalid_input", 400, ["question"]),
        ("an unknown field", {"question": "a", "model": "x"}, "invalid_input", 400, ["model"]),
        ("top_k 0", {"question": "a", "top_k": 0}, "invalid_input", 400, ["top_k"]),
        ("top_k 21", {"question": "a", "top_k": 21}, "invalid_input", 400, ["top_k"]),
        ("top_k as text", {"question": "a", "top_k": "3"}, "invalid_input", 400, ["top_k"]),
        ("top_k as a truth", {"question": "a", "top_k": True}, "invalid_input", 400, ["top_k"]),
        ("half a top_k", {"question": "a", "top_k": 2.5}, "invalid_input", 400, ["top_k"]),
        ("too cold", {"question": "a", "temperature": -0.1}, "invalid_input", 400, ["temperature"]),
        ("too hot", {"question": "a", "temperature": 2.1}, "invalid_input", 400, ["temperature"]),
        (
            "not a number",
            {"question": "a", "temperature": float("nan")},
            "invalid_input",
            400,
            ["temperature"],
        ),
        ("temperature as text", {"question": "a", "temperature": "0"}, "invalid_input", 400, ["temperature"]),
        ("no id", {"question": "a", "conversation_id": "x"}, "invalid_input", 400, ["conversation_id"]),
        (
            "several at once",
            {"question": 1, "top_k": 0, "x": 1},
            "invalid_input",
            400,
            ["question", "top_k", "x"],
        ),
    ],
)
def test_it_is_refused_and_says_where(
    cast: Cast, case: str, data: object, code: str, status: int, fields: list[str]
) -> None:
    error = _refused(cast, data)
    assert (error.code, error.status, sorted(error.fields)) == (code, status, fields)
    with translation.override("en"):
        told = error.as_dict()
    assert told["message"] != ""
    assert all(told["fields"].values())


@pytest.mark.parametrize(
    ("case", "options", "kept"),
    [
        ("the least", {"top_k": 1, "temperature": 0}, {"top_k": 1, "temperature": 0}),
        ("the most", {"top_k": 20, "temperature": 2.0}, {"top_k": 20, "temperature": 2.0}),
        ("nothing said", {"top_k": None, "temperature": None}, {}),
    ],
)
def test_the_limits_themselves_are_allowed(cast: Cast, case: str, options: Any, kept: Any) -> None:
    set_origin(Origin())  # what a request before this one left behind
    set_request_id("")
    exchange = services.ask(actor=cast.mei.actor, task_name=TASK, data={"question": "问" * 2000, **options})
    assert exchange.options == kept


def test_invisible_characters_are_not_kept(cast: Cast) -> None:
    exchange = services.ask(
        actor=cast.mei.actor, task_name=TASK, data={"question": "  Re\u200bturns\u202e?\x00 "}
    )
    assert exchange.question == "Returns?"


@pytest.mark.parametrize(
    ("case", "task"),
    [("an unknown task", "customer_service.sing"), ("an unknown vertical", "astrology.ask"), ("nothing", "")],
)
def test_an_unknown_task_is_not_found(cast: Cast, case: str, task: str) -> None:
    error = _refused(cast, {"question": "a"}, task=task)
    assert (error.code, error.status) == ("unknown_task", 404)


def test_a_vertical_that_is_not_enabled_is_unknown(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.hemu.pk).update(enabled_verticals=["medical"])
    assert _refused(cast, {"question": "a"}).code == "unknown_task"


def test_a_key_narrowed_to_a_task_knows_no_other(cast: Cast) -> None:
    issued = accounts.create_api_key(actor=cast.lin.actor, name="narrow", tasks=["medical.ask"])
    actor = actor_of_key(issued.secret, language="en")
    assert _refused(cast, {"question": "a"}, actor=actor).code == "unknown_task"
    assert services.ask(actor=actor, task_name="medical.ask", data={"question": "a"}).task == "medical.ask"


def _conversation_of(actor: Actor, task: str = TASK) -> Exchange:
    return services.ask(actor=actor, task_name=task, data={"question": "the first question"})


@pytest.mark.parametrize(
    ("case", "owner", "task"),
    [
        ("another organisation's", "omar", TASK),
        ("a colleague's", "zhou", TASK),
        ("one's own of another vertical", "mei", "medical.ask"),
    ],
)
def test_a_foreign_conversation_is_not_found(cast: Cast, case: str, owner: str, task: str) -> None:
    foreign = _conversation_of(getattr(cast, owner).actor, task)
    qinghe = state_of(cast.qinghe)
    error = _refused(cast, {"question": "a", "conversation_id": str(foreign.conversation_id)})
    assert (error.code, error.status) == ("unknown_conversation", 404)
    assert state_of(cast.qinghe) == qinghe


def test_a_conversation_that_does_not_exist_is_not_found(cast: Cast) -> None:
    assert _refused(cast, {"question": "a", "conversation_id": str(new_id())}).code == "unknown_conversation"


def test_ones_own_conversation_goes_on(cast: Cast) -> None:
    first = _conversation_of(cast.mei.actor)
    second = services.ask(
        actor=cast.mei.actor,
        task_name=TASK,
        data={"question": "and then?", "conversation_id": str(first.conversation_id)},
    )
    assert second.conversation_id == first.conversation_id
    with tenancy.scope(cast.hemu.pk):
        assert Conversation.objects.get().title == "the first question"
        assert Exchange.objects.count() == 2
