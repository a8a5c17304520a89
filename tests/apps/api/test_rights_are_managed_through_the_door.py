"""Roles, members, teams, keys and limits by REST: what is made works, what is not allowed changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sunmao.accounts import services
from sunmao.accounts.models import Grant, Membership
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_of_key
from sunmao.core import tenancy
from sunmao.core.errors import Unauthenticated
from sunmao.core.ids import new_id
from sunmao.knowledge import services as knowledge
from tests.fixtures import Ask, Cast, Person, state_of, verbs_of

API = "/api/v1/"


def _send(client: Client, method: str, path: str, body: object = None) -> Any:
    send = getattr(client, method)
    return send(API + path, body, content_type="application/json") if body is not None else send(API + path)


def _id(cast: Cast, person: Person, organisation: object = None) -> str:
    with tenancy.scope(getattr(organisation, "pk", cast.hemu.pk)):
        return str(Membership.objects.get(user=person.user).pk)


def test_a_role_is_made_given_changed_taken_and_removed(cast: Cast) -> None:
    lin = cast.lin.client
    made = _send(
        lin, "post", "roles",
        {"slug": "greeter", "name": "Greeter", "permissions": ["knowledge.base.read"]},
    )  # fmt: skip
    assert made.status_code == 201
    assert made.json() == {
        "slug": "greeter", "name": "Greeter", "built_in": False, "vertical": "",
        "permissions": ["knowledge.base.read"],
    }  # fmt: skip
    assert cast.mei.client.get("/api/v1/bases").status_code == 403
    given = _send(lin, "post", f"members/{_id(cast, cast.mei)}/roles", {"role": "greeter"})
    assert (given.status_code, given.json()["role"], given.json()["granted_by"]) == (201, "greeter", "lin")
    assert cast.mei.client.get("/api/v1/bases").status_code == 200
    changed = _send(lin, "patch", "roles/greeter", {"permissions": ["jobs.job.read"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "Greeter")
    assert cast.mei.client.get("/api/v1/bases").status_code == 403
    assert _send(lin, "delete", "roles/greeter").json()["code"] == "role_in_use"
    assert _send(lin, "delete", f"grants/{given.json()['id']}").status_code == 204
    assert _send(lin, "delete", "roles/greeter").status_code == 204
    assert verbs_of(cast.hemu)[-5:] == [
        "role.created", "role.given", "role.changed", "role.taken", "role.removed",
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize("slug", ["owner", "end_user", "clinician"])
def test_a_built_in_role_is_not_changed(cast: Cast, method: str, slug: str) -> None:
    before = state_of(cast.hemu)
    body = {"name": "Mine", "permissions": []} if method == "patch" else None
    response = _send(cast.lin.client, method, f"roles/{slug}", body)
    assert (response.status_code, response.json()["code"]) == (409, "built_in_role")
    assert state_of(cast.hemu) == before


def test_a_role_says_what_it_gives(cast: Cast) -> None:
    roles = {role["slug"]: role for role in _send(cast.lin.client, "get", "roles").json()["roles"]}
    assert list(roles) == [
        "owner", "administrator", "knowledge_editor", "model_engineer", "reviewer", "agent", "auditor",
        "end_user", "channel", "clinician", "adviser", "lawyer",
    ]  # fmt: skip
    assert roles["clinician"]["vertical"] == "medical"
    assert "accounts.owner.manage" in roles["owner"]["permissions"]
    assert "accounts.owner.manage" not in roles["administrator"]["permissions"]


def test_what_a_member_may_do_is_told_as_a_whole(cast: Cast) -> None:
    knowledge.create_base(actor=cast.lin.actor, slug="zoo")
    mei = _id(cast, cast.mei)
    _send(cast.lin.client, "post", f"members/{mei}/roles", {"role": "knowledge_editor", "bases": ["zoo"]})
    rights = _send(cast.lin.client, "get", f"members/{mei}/rights").json()
    assert rights["permissions"] == [
        "answering.record.read_own", "answering.task.run", "contract_review.contract.write",
        "contract_review.review.run", "knowledge.passage.read", "tooling.outside.use",
    ]  # fmt: skip
    (narrowed,) = rights["narrowed"]
    assert (narrowed["bases"], narrowed["tasks"], narrowed["models"]) == (["zoo"], [], [])
    assert "knowledge.document.upload" in narrowed["permissions"]
    own = _send(cast.mei.client, "get", "me").json()
    assert (own["kind"], own["name"], own["rights"]) == ("user", "mei", rights)


def test_a_team_gives_its_members_what_it_has(cast: Cast) -> None:
    lin = cast.lin.client
    team = _send(lin, "post", "teams", {"name": "Editors"}).json()["id"]
    assert _send(lin, "post", f"teams/{team}/roles", {"role": "knowledge_editor"}).status_code == 201
    member = f"teams/{team}/members/{_id(cast, cast.mei)}"
    assert _send(lin, "put", member).status_code == 204
    assert cast.mei.client.get("/api/v1/bases").status_code == 200
    shown = _send(lin, "patch", f"teams/{team}", {"name": "Writers"}).json()
    assert (shown["name"], [one["username"] for one in shown["members"]]) == ("Writers", ["mei"])
    assert _send(lin, "delete", member).status_code == 204
    assert cast.mei.client.get("/api/v1/bases").status_code == 403
    assert _send(lin, "put", member).status_code == 204
    assert _send(lin, "delete", f"teams/{team}").status_code == 204
    assert cast.mei.client.get("/api/v1/bases").status_code == 403


def test_a_member_who_is_removed_is_out_with_the_next_request(cast: Cast) -> None:
    assert cast.zhou.client.get("/api/v1/bases").status_code == 200
    assert _send(cast.lin.client, "delete", f"members/{_id(cast, cast.zhou)}").status_code == 204
    assert cast.zhou.client.get("/api/v1/bases").status_code == 401
    names = [one["username"] for one in _send(cast.lin.client, "get", "members").json()["members"]]
    assert names == ["ann", "lin", "mei"]


def test_a_key_is_made_renewed_narrowed_and_revoked(cast: Cast) -> None:
    lin = cast.lin.client
    made = _send(lin, "post", "keys", {"name": "shop window", "tasks": ["customer_service"]}).json()
    assert actor_of_key(made["secret"], language="en").tasks_for("answering.task.run") == {"customer_service"}
    assert made["owner"] == "lin"
    renewed = _send(lin, "post", f"keys/{made['id']}/rotate", {"grace_seconds": 60}).json()
    assert renewed["previous_until"] is not None
    for secret in (made["secret"], renewed["secret"]):
        assert actor_of_key(secret, language="en").name == "shop window"
    listed = _send(lin, "get", "keys").json()
    assert made["secret"] not in str(listed)
    assert [key["prefix"] for key in listed["keys"]] == [renewed["prefix"]]
    assert _send(lin, "delete", f"keys/{made['id']}").status_code == 204
    for secret in (made["secret"], renewed["secret"]):
        with pytest.raises(Unauthenticated):
            actor_of_key(secret, language="en")
    assert _send(lin, "get", f"keys/{made['id']}").json()["revoked"] is True


def test_a_limit_is_shown_with_its_use(cast: Cast, ask: Ask) -> None:
    lin = cast.lin.client
    kind = {"target": "person", "measure": "requests", "period": "day"}
    made = _send(lin, "post", "quotas", {**kind, "limit": 3}).json()
    ask(cast.mei.actor, "Who pays?")
    ask(cast.mei.actor, "Who pays?")
    (shown,) = _send(lin, "get", "quotas").json()["quotas"]
    assert (shown["id"], shown["limit"], shown["used"]) == (made["id"], 3, 2)
    (own,) = _send(cast.mei.client, "get", "me").json()["limits"]
    assert (own["limit"], own["used"]) == (3, 2)
    one = _send(lin, "post", "quotas", {**kind, "limit": 9, "only_for": _id(cast, cast.mei)}).json()
    assert one["only_for"] == f"user:{cast.mei.user.pk}"
    assert _send(lin, "delete", f"quotas/{made['id']}").status_code == 204
    assert [row["id"] for row in _send(lin, "get", "quotas").json()["quotas"]] == [one["id"]]


# Who may

REQUESTS: dict[str, tuple[str, str, object]] = {
    "list the permissions": ("get", "permissions", None),
    "list the roles": ("get", "roles", None),
    "look at a role": ("get", "roles/owner", None),
    "make a role": ("post", "roles", {"slug": "mine", "name": "Mine", "permissions": []}),
    "change a role": ("patch", "roles/{role}", {"name": "Mine"}),
    "remove a role": ("delete", "roles/{role}", None),
    "list the members": ("get", "members", None),
    "look at a member": ("get", "members/{member}", None),
    "see a member's rights": ("get", "members/{member}/rights", None),
    "remove a member": ("delete", "members/{member}", None),
    "give a member a role": ("post", "members/{member}/roles", {"role": "auditor"}),
    "take a grant": ("delete", "grants/{grant}", None),
    "list the teams": ("get", "teams", None),
    "make a team": ("post", "teams", {"name": "Mine"}),
    "look at a team": ("get", "teams/{team}", None),
    "rename a team": ("patch", "teams/{team}", {"name": "Mine"}),
    "remove a team": ("delete", "teams/{team}", None),
    "give a team a role": ("post", "teams/{team}/roles", {"role": "auditor"}),
    "put somebody into a team": ("put", "teams/{team}/members/{member}", None),
    "take somebody out of a team": ("delete", "teams/{team}/members/{member}", None),
    "list the keys": ("get", "keys", None),
    "make a key": ("post", "keys", {"name": "mine"}),
    "look at a key": ("get", "keys/{key}", None),
    "revoke a key": ("delete", "keys/{key}", None),
    "renew a key": ("post", "keys/{key}/rotate", {}),
    "give a key a role": ("post", "keys/{key}/roles", {"role": "auditor"}),
    "list the limits": ("get", "quotas", None),
    "set a limit": (
        "post", "quotas", {"target": "person", "measure": "requests", "period": "day", "limit": 1},
    ),
    "remove a limit": ("delete", "quotas/{quota}", None),
}  # fmt: skip


@pytest.fixture
def things(cast: Cast) -> dict[str, str]:
    """Everything that the addresses name, all Hemu's."""
    actor = cast.lin.actor
    role = services.create_role(actor=actor, slug="odd-jobs", name="Odd jobs", permissions=[])
    team = services.create_team(actor=actor, name="Editors")
    key = services.create_api_key(actor=actor, name="window").key
    quota = services.set_quota(actor=actor, target="key", measure="tokens", period="day", limit=5)
    with tenancy.scope(cast.hemu.pk):
        member = Membership.objects.get(user=cast.zhou.user)
        grant = Grant.objects.get(member=member)
    return {
        "role": role.slug,
        "team": str(team.pk),
        "key": str(key.pk),
        "quota": str(quota.pk),
        "member": str(member.pk),
        "grant": str(grant.pk),
    }


@pytest.mark.parametrize("act", list(REQUESTS))
def test_only_administrators_manage_rights(cast: Cast, things: dict[str, str], act: str) -> None:
    method, path, body = REQUESTS[act]
    feeder = services.create_api_key(
        actor=cast.lin.actor, name="feeder", role=BuiltIn.KNOWLEDGE_EDITOR
    ).secret
    before = state_of(cast.hemu)
    callers = {
        "mei": cast.mei.client,
        "zhou": cast.zhou.client,
        "ann": cast.ann.client,
        "a key": Client(headers={"x-api-key": feeder}),
    }
    for name, client in callers.items():
        response = _send(client, method, path.format(**things), body)
        assert (name, response.status_code, response.json()["code"]) == (name, 403, "forbidden")
    assert _send(Client(), method, path.format(**things), body).status_code == 401
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("act", [act for act in REQUESTS if "{" in REQUESTS[act][1]])
def test_what_is_another_organisation_s_is_absent(cast: Cast, things: dict[str, str], act: str) -> None:
    method, path, body = REQUESTS[act]
    before = state_of(cast.hemu), state_of(cast.qinghe)
    nothing = {name: "no-role" if name == "role" else str(new_id()) for name in things}
    told = [_send(cast.omar.client, method, path.format(**names), body) for names in (things, nothing)]
    assert [response.status_code for response in told] == [404, 404]
    assert told[0].content == told[1].content
    assert (state_of(cast.hemu), state_of(cast.qinghe)) == before


FOREIGN_BODIES: dict[str, tuple[str, dict[str, object]]] = {
    "a base of a grant": ("members/{omar}/roles", {"role": "end_user", "bases": ["only-hemu"]}),
    "a base of a key": ("keys", {"name": "x", "bases": ["only-hemu"]}),
    "a role of a key": ("keys", {"name": "x", "role": "odd-jobs"}),
    "a role of a grant": ("members/{omar}/roles", {"role": "odd-jobs"}),
    "a member of a limit": (
        "quotas",
        {"target": "person", "measure": "requests", "period": "day", "limit": 1, "only_for": "{member}"},
    ),
    "a key of a limit": (
        "quotas",
        {"target": "key", "measure": "requests", "period": "day", "limit": 1, "only_for": "{key}"},
    ),
}


@pytest.mark.parametrize("case", list(FOREIGN_BODIES))
def test_a_reference_in_a_body_is_as_absent(cast: Cast, things: dict[str, str], case: str) -> None:
    knowledge.create_base(actor=cast.lin.actor, slug="only-hemu")
    path, body = FOREIGN_BODIES[case]
    known = things | {"omar": _id(cast, cast.omar, cast.qinghe)}
    filled = {
        name: value.format(**known) if isinstance(value, str) else value for name, value in body.items()
    }
    before = state_of(cast.hemu), state_of(cast.qinghe)
    response = _send(cast.omar.client, "post", path.format(**known), filled)
    assert response.status_code == 404
    assert (state_of(cast.hemu), state_of(cast.qinghe)) == before


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("roles", {"slug": "Mine!", "name": "Mine", "permissions": []}, "slug"),
        ("roles", {"slug": "mine", "name": "Mine", "permissions": ["world.peace.make"]}, "permissions"),
        ("roles", {"slug": "mine", "name": "Mine", "permissions": [], "colour": "red"}, "colour"),
        ("roles", {"slug": "mine", "name": "\u0000", "permissions": []}, "name"),
        ("keys", {"name": "x", "expires_at": "tomorrow"}, "expires_at"),
        ("keys", {"name": "x", "role": "administrator"}, "role"),
        ("keys", {"name": "x", "models": ["\n"]}, "models"),
        ("teams", {"name": " "}, "name"),
        ("quotas", {"target": "person", "measure": "requests", "period": "day", "limit": -1}, "limit"),
    ],
)
def test_a_wrong_field_is_named(cast: Cast, path: str, body: object, field: str) -> None:
    before = state_of(cast.hemu)
    response = _send(cast.lin.client, "post", path, body)
    assert (response.status_code, list(response.json()["fields"])) == (400, [field])
    assert state_of(cast.hemu) == before
