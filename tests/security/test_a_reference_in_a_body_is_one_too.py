"""What a body or a query names is an object reference as in an address: 404, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from sunmao.answering.selectors import quoted_spans
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from tests.security.matrix import Send, Target, get, post, post_json, send_json
from tests.security.world import QUESTION, House, Shelf, Watch, World, taken_back

QA, TASK, ASK = "api/v1/qa", "api/v1/tasks/customer_service/ask", "customer-service/ask/"
BASES: dict[str, Send] = {
    "a base, in a channel's question": post_json(QA, lambda t: {"query": QUESTION, "base": t.shelf.base}),
    "a base, in a task": post_json(TASK, lambda t: {"question": QUESTION, "base": t.shelf.base}),
}
CONVERSATIONS: dict[str, Send] = {
    "a conversation, in a channel's question": post_json(
        QA, lambda t: {"query": QUESTION, "conversation_id": str(t.exchange.conversation_id)}
    ),
    "a conversation, in a task": post_json(
        TASK, lambda t: {"question": QUESTION, "conversation_id": str(t.exchange.conversation_id)}
    ),
    "a conversation, on a page": post(
        ASK, lambda t: {"question": QUESTION, "conversation_id": str(t.exchange.conversation_id)}
    ),
}


def _own(world: World, name: str) -> object:
    return world.own.others[name]


# An address of one's own, and in the body what is another house's: `theirs` is its target.
GIVEN: dict[str, Callable[[World, Target], tuple[str, str, object]]] = {
    "a base, for a new key": lambda w, theirs: ("POST", "keys", {"name": "k", "bases": [theirs.shelf.base]}),
    "a role, for a new key": lambda w, theirs: ("POST", "keys", {"name": "k", "role": theirs.others["role"]}),
    "a role, for a member": lambda w, theirs: (
        "POST", f"members/{_own(w, 'member')}/roles", {"role": theirs.others["role"]}
    ),
    "a base, for a member": lambda w, theirs: (
        "POST", f"members/{_own(w, 'member')}/roles",
        {"role": "knowledge_editor", "bases": [theirs.shelf.base]},
    ),
    "a role, for a team": lambda w, theirs: (
        "POST", f"teams/{_own(w, 'team')}/roles", {"role": theirs.others["role"]}
    ),
    "a base, for a key": lambda w, theirs: (
        "POST", f"keys/{_own(w, 'key')}/roles", {"role": "knowledge_editor", "bases": [theirs.shelf.base]}
    ),
    "a member, for a team": lambda w, theirs: (
        "PUT", f"teams/{_own(w, 'team')}/members/{theirs.others['member']}", {}
    ),
    "a member, out of a team": lambda w, theirs: (
        "DELETE", f"teams/{_own(w, 'team')}/members/{theirs.others['colleague']}", {}
    ),
    "a member, for a limit": lambda w, theirs: (
        "POST", "quotas",
        {"target": "person", "measure": "requests", "period": "day", "limit": 5,
         "only_for": str(theirs.others["member"])},
    ),
    "a key, for a limit": lambda w, theirs: (
        "POST", "quotas",
        {"target": "key", "measure": "requests", "period": "day", "limit": 5,
         "only_for": str(theirs.others["key"])},
    ),
    "a base, for a policy": lambda w, theirs: (
        "PUT", "policies/personal-data",
        {"place": "question", "scope_kind": "base", "scope": theirs.shelf.base, "modes": {"mobile": "mask"}},
    ),
    "a role, for an invitation": lambda w, theirs: ("POST", "invitations", {"role": theirs.others["role"]}),
    "a role, for signing in": lambda w, theirs: (
        "PUT", "sign-in-rules", {"second_factor_roles": [theirs.others["role"]]}
    ),
    "a role, of a provider": lambda w, theirs: (
        "PATCH", f"connections/{_own(w, 'connection')}", {"default_role": theirs.others["role"]}
    ),
    "a person, to export": lambda w, theirs: ("POST", "people/export", {"subject": theirs.others["subject"]}),
    "a person, to erase": lambda w, theirs: ("POST", "people/erasure", {"subject": theirs.others["subject"]}),
    "an entry, to go on from": lambda w, theirs: (
        "GET", f"audit/entries?before={theirs.others['entry']}", {}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(GIVEN))
def test_nor_can_it_be_given_to_what_is_ones_own(world: World, case: str) -> None:
    method, path, body = GIVEN[case](world, at(world.foreign))
    send = send_json(method, f"api/v1/{path}", lambda _: body)
    if method == "GET":
        send = get(f"api/v1/{path}")
    assert refused(world, "owner", send, at(world.own)) == 404


def at(house: House, shelf: Shelf | None = None) -> Target:
    return Target(house, shelf or house.open, house.exchanges["colleague"])


def refused(world: World, caller: str, send: Send, target: Target) -> int:
    client = world.callers[caller].client
    with taken_back(client):
        watch = Watch()
        status = send(client, target).status_code
        assert watch.written() == set()
    return status


@pytest.mark.parametrize("case", [*BASES, *CONVERSATIONS])
@pytest.mark.parametrize("caller", ["owner", "end_user"])
def test_what_is_another_houses_does_not_exist(world: World, case: str, caller: str) -> None:
    assert refused(world, caller, (BASES | CONVERSATIONS)[case], at(world.foreign)) == 404


@pytest.mark.parametrize("case", list(BASES))
@pytest.mark.parametrize(
    "caller", ["end_user", "auditor", "a channel's key", "a feeding key of another base"]
)
def test_a_base_for_staff_does_not_exist_for_others(world: World, case: str, caller: str) -> None:
    assert refused(world, caller, BASES[case], at(world.own, world.own.staff)) == 404


@pytest.mark.parametrize("case", list(CONVERSATIONS))
@pytest.mark.parametrize("caller", ["owner", "auditor", "end_user"])
def test_a_colleagues_conversation_does_not_exist(world: World, case: str, caller: str) -> None:
    assert refused(world, caller, CONVERSATIONS[case], at(world.own)) == 404


def test_a_conversation_of_another_business_line_is_none_of_this(world: World) -> None:
    send = post_json(
        "api/v1/tasks/medical/ask",
        lambda t: {"question": QUESTION, "conversation_id": str(t.exchange.conversation_id)},
    )
    own = Target(world.own, world.own.open, world.own.exchanges["owner"])
    assert refused(world, "owner", send, own) == 404


def test_a_foreign_record_marks_nothing_in_a_passage(world: World) -> None:
    """`record` in the query says which parts an answer quoted: only of an answer that one may see."""
    own = world.own.exchanges["end_user"].record
    passage = UUID(own.citations[0]["passage_id"])
    actor = world.callers["end_user"].actor
    assert actor is not None

    def marked(record: object) -> list[tuple[int, int]]:
        with tenancy.scope(actor.organisation_id):
            return quoted_spans(actor=actor, record_id=record, passage_id=passage)

    strangers = (new_id(), world.foreign.record, world.own.exchanges["colleague"].record.pk, "no id")
    assert [marked(one) for one in strangers] == [[], [], [], []]
    assert len(marked(own.pk)) == 1
