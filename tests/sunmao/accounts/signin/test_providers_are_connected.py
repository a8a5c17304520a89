"""Setting up identity providers and rules: through the service, the API, the console and the command line."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test import Client

from sunmao.accounts.models import Organisation
from sunmao.accounts.signin import connections, invitations, people
from sunmao.accounts.signin.models import Connection, MemberAddress, ResetLink
from sunmao.audit.models import Entry
from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, SunmaoError
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.accounts.signin.people import PASSWORD, visitor, with_app, with_password

SECRET = "a secret of the provider"
OIDC = {
    "slug": "hemu",
    "name": "Hemu sign-on",
    "protocol": "oidc",
    "issuer": "https://idp.hemu.example",
    "client_id": "sunmao",
    "client_secret": SECRET,
    "domains": ["hemu.example"],
}


def _api(client: Client, method: str, path: str, data: Any = None) -> Any:
    body = "" if data is None else json.dumps(data)
    return client.generic(method, f"/api/v1/{path}", body, content_type="application/json")


@pytest.fixture
def made(cast: Cast) -> Connection:
    connections.save_connection(actor=cast.lin.actor, values=OIDC)
    return connections.vouch(organisation=cast.hemu, slug="hemu")


def test_the_secret_is_sealed_and_never_told(cast: Cast, made: Connection) -> None:
    with tenancy.scope(cast.hemu.pk), database.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM signin_connection")
        (kept,) = cursor.fetchone()
        entry = Entry.objects.get(verb="connection.made")
        assert Connection.objects.get().client_secret == SECRET
    assert SECRET not in kept
    assert SECRET not in json.dumps([entry.detail, entry.before, entry.after])
    for page in ("signin/connection/", f"signin/connection/{made.pk}/change/"):
        assert SECRET not in cast.lin.client.get(f"/console/{page}").content.decode()
    assert SECRET not in _api(cast.lin.client, "GET", "connections/hemu").content.decode()


def test_a_secret_that_is_left_out_stays(cast: Cast, made: Connection) -> None:
    connections.save_connection(actor=cast.lin.actor, values={"name": "New name"}, connection=made)
    with tenancy.scope(cast.hemu.pk):
        found = Connection.objects.get()
    assert (found.name, found.client_secret) == ("New name", SECRET)
    assert verbs_of(cast.hemu)[-1] == "connection.changed"


@pytest.mark.parametrize("name", ["zhou", "ann", "mei"])
def test_only_who_may_connects(cast: Cast, name: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        connections.save_connection(actor=getattr(cast, name).actor, values=OIDC)
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    ("case", "change", "field"),
    [
        ("an issuer that is no address", {"issuer": "hemu"}, "issuer"),
        ("an issuer that is a file", {"issuer": "file:///etc/passwd"}, "issuer"),
        ("no client id", {"client_id": ""}, "client_id"),
        ("an unknown protocol", {"protocol": "ldap"}, "protocol"),
        ("a field that is not there", {"colour": "red"}, "colour"),
        ("domains that are none", {"domains": ["Hemu Home"]}, "domains"),
        ("domains that are no list", {"domains": "hemu.example"}, "domains"),
        ("roles that are no table", {"role_of_group": ["auditor"]}, "role_of_group"),
        ("the ownership for a group", {"role_of_group": {"all": "owner"}}, "role_of_group"),
        ("new members without a role", {"just_in_time": True}, "default_role"),
        ("an address with a slash", {"slug": "a/b"}, "slug"),
    ],
)
def test_what_cannot_work_is_refused(cast: Cast, case: str, change: dict[str, Any], field: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as caught:
        connections.save_connection(actor=cast.lin.actor, values=OIDC | change)
    assert list(caught.value.fields) == [field]
    assert state_of(cast.hemu) == before


def test_a_provider_gives_nobody_more_than_its_author_has(cast: Cast) -> None:
    from dataclasses import replace

    narrow = replace(cast.lin.actor, permissions=frozenset({"accounts.signin.manage"}))
    before = state_of(cast.hemu)
    with pytest.raises(SunmaoError) as caught:
        connections.save_connection(actor=narrow, values=OIDC | {"default_role": "auditor"})
    assert caught.value.code == "beyond_own_rights"
    assert state_of(cast.hemu) == before


def test_an_address_belongs_to_one_provider_of_all_organisations(cast: Cast, made: Connection) -> None:
    before = state_of(cast.qinghe)
    with pytest.raises(Conflict) as caught:
        connections.save_connection(actor=cast.omar.actor, values=OIDC)
    assert caught.value.code == "connection_exists"
    assert state_of(cast.qinghe) == before


def test_another_organisations_provider_is_absent(cast: Cast, made: Connection) -> None:
    omar = cast.omar.client
    before = state_of(cast.hemu)
    for method, data in (("GET", None), ("PATCH", {"name": "taken"}), ("DELETE", None)):
        assert _api(omar, method, "connections/hemu", data).status_code == 404
    assert _api(omar, "GET", "connections").json() == {"connections": []}
    assert state_of(cast.hemu) == before


def test_a_name_of_an_organisation_that_is_gone_gives_nobodys_account(cast: Cast, made: Connection) -> None:
    """The links go with the provider: whoever takes its address next has none of its people."""
    from sunmao.accounts.signin.models import Identity

    with tenancy.scope(cast.hemu.pk):
        Identity.objects.create(connection=made, subject="mei-1", user=cast.mei.user)
    connections.remove_connection(actor=cast.lin.actor, connection=made)
    again = connections.save_connection(actor=cast.omar.actor, values=OIDC)
    with tenancy.scope(cast.qinghe.pk):
        assert not Identity.objects.filter(connection=again).exists()


# At the door


def test_the_sign_in_page_shows_what_is_shown_to_everybody(cast: Cast, made: Connection) -> None:
    page = visitor().get("/sign-in/?next=/medical/").content.decode()
    assert "Continue with Hemu sign-on" in page
    assert "/sso/hemu/?next=/medical/" in page
    connections.save_connection(actor=cast.lin.actor, values={"listed": False}, connection=made)
    assert "Hemu sign-on" not in visitor().get("/sign-in/").content.decode()


def test_a_provider_is_found_by_the_domain_of_an_address(cast: Cast, made: Connection) -> None:
    found = visitor().get("/sso/find/", {"email": "Mei@Hemu.Example", "next": "/medical/"})
    assert found.headers["Location"] == "/sso/hemu/?login_hint=Mei%40Hemu.Example&next=%2Fmedical%2F"
    nothing = visitor().get("/sso/find/", {"email": "x@elsewhere.example"})
    assert "No organisation here has a sign-in for this address" in nothing.content.decode()


def test_where_two_name_the_same_domain_people_choose(cast: Cast, made: Connection) -> None:
    other = OIDC | {"slug": "qinghe", "name": "Clinic sign-on"}
    connections.save_connection(actor=cast.omar.actor, values=other)
    connections.vouch(organisation=cast.qinghe, slug="qinghe")
    page = visitor().get("/sso/find/", {"email": "mei@hemu.example"}).content.decode()
    assert "Hemu sign-on" in page
    assert "Clinic sign-on" in page


def test_strangers_are_shown_nobody_for_whom_the_operator_did_not_vouch(cast: Cast, made: Connection) -> None:
    """Omar's clinic takes the shop's name and its customers' domains."""
    claim = OIDC | {"slug": "false", "name": "Hemu staff", "domains": ["hemu.example", "gmail.com"]}
    connections.save_connection(actor=cast.omar.actor, values=claim)
    assert "Hemu staff" not in visitor().get("/sign-in/").content.decode()
    assert visitor().get("/sso/find/", {"email": "ann@gmail.com"}).status_code == 200
    found = visitor().get("/sso/find/", {"email": "mei@hemu.example"})
    assert found.headers["Location"].startswith("/sso/hemu/")


def test_another_name_or_domain_needs_the_operators_word_again(cast: Cast, made: Connection) -> None:
    assert cast.qinghe.pk != cast.hemu.pk, "where there is one organisation, its own word is enough"
    connections.save_connection(actor=cast.lin.actor, values={"listed": False}, connection=made)
    assert connections.of_domain("hemu.example") == [made]
    connections.save_connection(
        actor=cast.lin.actor, values={"domains": ["hemu.example", "gmail.com"]}, connection=made
    )
    assert connections.of_domain("hemu.example") == connections.of_domain("gmail.com") == []
    told = json.loads(_run("connection", "vouch", "hemu", "--org", "hemu", "--json"))
    assert told["vouched"] is True
    assert connections.of_domain("gmail.com") == [made]
    assert verbs_of(cast.hemu, subject=made.pk)[-2:] == ["connection.changed", "connection.vouched"]


@pytest.mark.parametrize(("organisations", "enough"), [(1, True), (2, False)])
def test_where_there_is_one_organisation_its_word_is_enough(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, organisations: int, enough: bool
) -> None:
    monkeypatch.setattr(Organisation.objects, "count", lambda: organisations)
    made = connections.save_connection(actor=cast.lin.actor, values=OIDC)
    assert made.vouched is enough


def test_nobody_at_the_door_sees_more_than_that(cast: Cast, made: Connection) -> None:
    connections.save_connection(actor=cast.lin.actor, values={"listed": False}, connection=made)
    own = Connection.objects.filter(slug="hemu")
    assert not own.all().exists()
    with tenancy.presenting(connections.SLUG, "*"):
        assert not own.all().exists()
    with tenancy.presenting(connections.SLUG, "hemu"):
        assert Connection.objects.count() == 1


@pytest.mark.parametrize("path", ["/sso/nothing/", "/sso/nothing/callback/", "/sso/nothing/metadata/"])
def test_an_unknown_provider_is_not_found(db: None, path: str) -> None:
    assert visitor().get(path).status_code == 404


def test_a_provider_of_one_protocol_does_not_speak_the_other(cast: Cast, made: Connection) -> None:
    assert visitor().get("/sso/hemu/metadata/").status_code == 404
    assert visitor().get("/sso/hemu/acs/finish/").status_code == 404


# The API


def test_the_api_connects_changes_and_disconnects(cast: Cast) -> None:
    lin = cast.lin.client
    answer = _api(lin, "POST", "connections", OIDC)
    assert answer.status_code == 201, answer.content
    assert answer.json()["has_client_secret"] is True
    changed = _api(lin, "PATCH", "connections/hemu", {"enabled": False})
    assert changed.json()["enabled"] is False
    assert _api(lin, "PATCH", "connections/hemu", {"slug": "other"}).status_code == 400
    assert _api(lin, "DELETE", "connections/hemu").status_code == 204
    assert _api(lin, "GET", "connections").json() == {"connections": []}
    assert verbs_of(cast.hemu)[-3:] == ["connection.made", "connection.changed", "connection.removed"]


def test_the_api_sets_the_rules(cast: Cast) -> None:
    lin = cast.lin.client
    assert _api(lin, "GET", "sign-in-rules").json() == {"second_factor_roles": []}
    wanted = {"second_factor_roles": ["auditor", "end_user"]}
    assert _api(lin, "PUT", "sign-in-rules", wanted).json() == wanted
    assert (
        _api(lin, "PUT", "sign-in-rules", {"second_factor_roles": ["emperor"]}).json()["code"]
        == "unknown_role"
    )
    assert _api(lin, "GET", "sign-in-rules").json() == wanted
    assert _api(cast.omar.client, "GET", "sign-in-rules").json() == {"second_factor_roles": []}


def _member(cast: Cast, name: str) -> str:
    rows = _api(cast.lin.client, "GET", "members").json()["members"]
    return next(str(row["id"]) for row in rows if row["username"] == name)


def test_the_api_helps_a_member_back_in(cast: Cast) -> None:
    lin, member = cast.lin.client, _member(cast, "mei")
    with_app(cast.mei.user)
    state = _api(lin, "GET", f"members/{member}/sign-in").json()
    assert state == {"second_factors": ["totp"], "locked_until": None, "belongs_elsewhere": False}
    assert _api(lin, "POST", f"members/{member}/unlock").status_code == 204
    link = _api(lin, "POST", f"members/{member}/password-reset").json()["link"]
    assert visitor().get(link.partition("testserver")[2]).status_code == 200
    assert _api(lin, "DELETE", f"members/{member}/second-factors").status_code == 204
    confirmed = _api(lin, "POST", f"members/{member}/addresses", {"email": "mei@hemu.example"})
    assert confirmed.status_code == 204
    with tenancy.scope(cast.hemu.pk):
        assert MemberAddress.objects.get().email == "mei@hemu.example"
    taken = _api(lin, "POST", f"members/{_member(cast, 'ann')}/addresses", {"email": "mei@hemu.example"})
    assert taken.json()["code"] == "address_taken"
    assert verbs_of(cast.hemu)[-4:] == [
        "sign_in.unlocked",
        "password.reset_issued",
        "second_factor.reset",
        "address.confirmed",
    ]


@pytest.mark.parametrize("name", ["zhou", "ann", "mei"])
def test_the_api_refuses_others(cast: Cast, made: Connection, name: str) -> None:
    client, member = getattr(cast, name).client, _member(cast, "mei")
    for method, path, data in (
        ("GET", "connections", None),
        ("POST", "connections", OIDC | {"slug": "own"}),
        ("PATCH", "connections/hemu", {"enabled": False}),
        ("DELETE", "connections/hemu", None),
        ("GET", "sign-in-rules", None),
        ("PUT", "sign-in-rules", {"second_factor_roles": []}),
        ("GET", f"members/{member}/sign-in", None),
        ("POST", f"members/{member}/unlock", None),
        ("POST", f"members/{member}/password-reset", None),
        ("DELETE", f"members/{member}/second-factors", None),
        ("POST", f"members/{member}/addresses", {"email": "x@hemu.example"}),
    ):
        assert (method, path, _api(client, method, path, data).status_code) == (method, path, 403)
    assert not ResetLink.objects.exists()
    with tenancy.scope(cast.hemu.pk):
        assert Connection.objects.get().enabled
        assert not MemberAddress.objects.exists()


# The console


def test_the_console_connects_and_changes(cast: Cast) -> None:
    form = {
        "slug": "hemu",
        "name": "Hemu sign-on",
        "protocol": "oidc",
        "enabled": "on",
        "listed": "on",
        "domains": "Hemu.example, shop.example",
        "issuer": "https://idp.hemu.example",
        "client_id": "sunmao",
        "client_secret": SECRET,
        "sign_in_url": "",
        "certificate": "",
        "default_role": "",
        "groups_claim": "groups",
        "role_of_group": "cn=editors,dc=hemu = knowledge_editor\nauditors=auditor",
    }
    response = cast.lin.client.post("/console/signin/connection/add/", form)
    assert response.status_code == 302, response.content
    with tenancy.scope(cast.hemu.pk):
        found = Connection.objects.get()
    assert found.domains == ["hemu.example", "shop.example"]
    assert found.role_of_group == {"cn=editors,dc=hemu": "knowledge_editor", "auditors": "auditor"}
    changed = form | {"name": "New name", "client_secret": ""}
    cast.lin.client.post(f"/console/signin/connection/{found.pk}/change/", changed)
    with tenancy.scope(cast.hemu.pk):
        found = Connection.objects.get()
    assert (found.name, found.client_secret) == ("New name", SECRET)
    refused = form | {"role_of_group": "all = owner"}
    page = cast.lin.client.post(f"/console/signin/connection/{found.pk}/change/", refused, follow=True)
    assert "cannot give the ownership" in page.content.decode()
    cast.lin.client.post(f"/console/signin/connection/{found.pk}/delete/", {"post": "yes"})
    assert verbs_of(cast.hemu)[-1] == "connection.removed"


def test_the_console_sets_the_rules(cast: Cast) -> None:
    lin = cast.lin.client
    assert lin.get("/console/signin/policy/").headers["Location"] == "/console/signin/policy/add/"
    lin.post("/console/signin/policy/add/", {"second_factor_roles": ["auditor"]})
    assert _api(lin, "GET", "sign-in-rules").json() == {"second_factor_roles": ["auditor"]}
    change = lin.get("/console/signin/policy/").headers["Location"]
    lin.post(change, {"second_factor_roles": []})
    assert _api(lin, "GET", "sign-in-rules").json() == {"second_factor_roles": []}


def test_the_list_of_members_helps_people_back_in(cast: Cast) -> None:
    with_app(cast.mei.user)
    list_page, chosen = "/console/accounts/membership/", {"_selected_action": [_member(cast, "mei")]}
    pages = {
        action: cast.lin.client.post(list_page, {"action": action, **chosen}, follow=True)
        for action in ("unlock", "reset_password", "remove_second_factors")
    }
    link = pages["reset_password"].content.decode().partition("/reset-password/")[2].partition("/")[0]
    assert visitor().get(f"/reset-password/{link}/").status_code == 200
    assert "mei may try again." in pages["unlock"].content.decode()
    assert "mei has no second factor any more" in pages["remove_second_factors"].content.decode()
    assert verbs_of(cast.hemu)[-3:] == ["sign_in.unlocked", "password.reset_issued", "second_factor.reset"]


@pytest.mark.parametrize("page", ["signin/connection/", "signin/policy/", "signin/invitation/"])
def test_console_pages_open_for_administrators_only(cast: Cast, page: str) -> None:
    assert cast.lin.client.get(f"/console/{page}", follow=True).status_code == 200
    for name in ("zhou", "ann"):
        assert getattr(cast, name).client.get(f"/console/{page}").status_code == 403


def test_pages_that_libraries_bring_are_not_there(cast: Cast) -> None:
    for page in ("mfa/authenticator/", "socialaccount/socialapp/", "account/emailaddress/"):
        assert cast.lin.client.get(f"/console/{page}").status_code == 404


# The command line


def _run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, org="hemu", username="lin", stdout=out, **options)
    return out.getvalue()


def test_commands_invite_list_reset_and_unlock(cast: Cast) -> None:
    link = _run("member", "invite", "--role", "auditor", "--email", "x@hemu.example").strip()
    token = link.rstrip("/").rpartition("/")[2]
    invitation = invitations.find(token)
    assert (link, invitation.role) == (f"/invitations/{token}/", "auditor")
    assert "x@hemu.example" in _run("member", "invitations")
    _run("member", "withdraw", str(invitation.pk))
    assert visitor().get(link).status_code == 410
    listed = json.loads(_run("member", "list", "--json"))["members"]
    assert {row["username"] for row in listed} == {"lin", "zhou", "ann", "mei"}
    reset = _run("member", "reset", "mei", "--url", "https://ask.hemu.example/").strip()
    assert reset.startswith("https://ask.hemu.example/reset-password/")
    assert visitor().get(reset.removeprefix("https://ask.hemu.example")).status_code == 200
    _run("member", "unlock", "mei")
    _run("member", "confirm", "mei", "--email", "mei@hemu.example")
    _run("member", "remove", "mei")
    assert verbs_of(cast.hemu)[-3:] == ["sign_in.unlocked", "address.confirmed", "member.removed"]
    with pytest.raises(CommandError):
        _run("member", "unlock", "omar")


def test_the_operator_resets_those_of_several_organisations_too(cast: Cast) -> None:
    from sunmao.accounts.models import Membership

    with tenancy.scope(cast.qinghe.pk):
        Membership.objects.create(user=cast.mei.user)
    with_app(cast.mei.user)
    _run("member", "reset", "mei", "--second-factor")
    with tenancy.scope(cast.hemu.pk):
        member = Membership.objects.get(user=cast.mei.user)
    state = people.sign_in_of(actor=cast.lin.actor, membership=member)
    assert (state["second_factors"], state["belongs_elsewhere"]) == ([], True)
    assert "/reset-password/" in _run("member", "reset", "mei")


def test_commands_connect_providers_and_set_rules(cast: Cast) -> None:
    given = {name: value for name, value in OIDC.items() if name != "slug"}
    _run("connection", "save", "hemu", "--input", json.dumps(given))
    assert json.loads(_run("connection", "show", "hemu", "--json"))["issuer"] == OIDC["issuer"]
    _run("connection", "save", "hemu", "--input", json.dumps({"enabled": False}))
    assert json.loads(_run("connection", "list", "--json"))["connections"][0]["enabled"] is False
    _run("connection", "rules", "--second-factor", "auditor", "owner")
    assert json.loads(_run("connection", "rules", "--json")) == {"second_factor_roles": ["auditor", "owner"]}
    _run("connection", "remove", "hemu")
    assert json.loads(_run("connection", "list", "--json")) == {"connections": []}


def test_a_link_of_the_command_line_names_no_host_that_it_does_not_know(cast: Cast, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://ask.hemu.example"]
    before = Organisation.objects.count()
    assert _run("member", "invite").startswith("https://ask.hemu.example/invitations/")
    assert Organisation.objects.count() == before
    assert with_password(cast.mei.user).check_password(PASSWORD)
