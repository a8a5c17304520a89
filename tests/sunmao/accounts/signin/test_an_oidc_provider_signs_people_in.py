"""OpenID Connect against a real provider on this machine, and everything that must not count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from sunmao.accounts.models import Membership, User
from sunmao.accounts.selectors import role_slugs_of
from sunmao.accounts.signin import connections, people, rules
from sunmao.accounts.signin.models import Connection, Identity
from sunmao.audit.models import Entry
from sunmao.core import tenancy
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.accounts.signin.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, running
from tests.sunmao.accounts.signin.people import is_inside, sign_in, visitor, with_app, with_password

MEI = {"sub": "mei-1", "email": "mei@hemu.example", "email_verified": True, "name": "Mei"}


@pytest.fixture(scope="module")
def server() -> Iterator[OidcProvider]:
    with running() as made:
        yield made


@pytest.fixture
def provider(server: OidcProvider, settings: Any) -> OidcProvider:
    settings.SUNMAO_SSO_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    fresh = OidcProvider(server.address, key=server.key)
    server.__dict__.update(fresh.__dict__)
    return server


def _connect(cast: Cast, provider: OidcProvider, **more: Any) -> Connection:
    values = {
        "slug": "hemu",
        "name": "Hemu sign-on",
        "protocol": "oidc",
        "issuer": provider.address,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **more,
    }
    return connections.save_connection(actor=cast.lin.actor, values=values)


@pytest.fixture
def hemu(cast: Cast, provider: OidcProvider) -> Cast:
    """Hemu's people sign in through the provider; the shop knows Mei's address."""
    _connect(cast, provider)
    with tenancy.scope(cast.hemu.pk):
        member = Membership.objects.get(user=cast.mei.user)
    people.confirm_address(actor=cast.lin.actor, membership=member, email="Mei@Hemu.example")
    return cast


def _reason(cast: Cast) -> str:
    with tenancy.scope(cast.hemu.pk):
        entry = Entry.objects.order_by("-at", "-id").first()
    assert entry is not None
    assert entry.verb == "sign_in.failed"
    return str(entry.detail["reason"])


def test_a_member_is_found_by_the_address_that_the_organisation_knows(
    hemu: Cast, provider: OidcProvider
) -> None:
    client = visitor()
    response = provider.agree(client, "hemu", claims=MEI)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert is_inside(client)
    assert client.session["_auth_user_id"] == str(hemu.mei.user.pk)
    assert verbs_of(hemu.hemu)[-2:] == ["identity.linked", "sign_in.succeeded"]


def test_the_next_time_by_the_subject_whatever_the_address_is(hemu: Cast, provider: OidcProvider) -> None:
    provider.agree(visitor(), "hemu", claims=MEI)
    client = visitor()
    provider.agree(client, "hemu", claims={"sub": "mei-1", "email": "changed@hemu.example"})
    assert client.session["_auth_user_id"] == str(hemu.mei.user.pk)
    with tenancy.scope(hemu.hemu.pk):
        assert Identity.objects.count() == 1


def test_one_comes_to_where_one_wanted_to_go(hemu: Cast, provider: OidcProvider) -> None:
    response = provider.agree(visitor(), "hemu", claims=MEI, next="/customer-service/")
    assert response.headers["Location"] == "/customer-service/"


def test_but_not_to_another_site(hemu: Cast, provider: OidcProvider) -> None:
    response = provider.agree(visitor(), "hemu", claims=MEI, next="https://evil.example/")
    assert response.headers["Location"] == "/"


def test_the_session_gets_a_new_key(hemu: Cast, provider: OidcProvider) -> None:
    client = visitor()
    way_back = provider.way_back(client, "hemu", claims=MEI)
    before = client.session.session_key
    client.get(way_back)
    assert client.session.session_key not in (None, before)


# What must not count


def _refused(cast: Cast, provider: OidcProvider, **claims: Any) -> str:
    """The reason, after nothing but the entry about it was written."""
    client = visitor()
    response = provider.agree(client, "hemu", claims=MEI | claims)
    assert response.status_code == 403
    assert "_auth_user_id" not in client.session
    return _reason(cast)


def _stranger() -> Any:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize(
    ("case", "change", "reason"),
    [
        ("signed by somebody else", {"sign_with": _stranger()}, "wrong_signature"),
        ("signed by nobody", {"algorithm": "none", "sign_with": ""}, "invalid_token"),
        (
            "signed with the client's secret",
            {"algorithm": "HS256", "sign_with": CLIENT_SECRET},
            "invalid_token",
        ),
        ("with an unknown key", {"header": {"kid": "two"}}, "invalid_token"),
        ("for somebody else", {"token": {"aud": "another application"}}, "wrong_audience"),
        ("for several without saying which", {"token": {"aud": [CLIENT_ID, "other"]}}, "invalid_token"),
        ("for another party", {"token": {"aud": [CLIENT_ID], "azp": "other"}}, "invalid_token"),
        ("of another issuer", {"token": {"iss": "https://other.example"}}, "wrong_issuer"),
        ("of another sign-in", {"token": {"nonce": "of another sign-in"}}, "wrong_nonce"),
        ("without a nonce", {"token": {"nonce": None}}, "invalid_token"),
        ("without an end", {"token": {"exp": None}}, "invalid_token"),
        ("without a beginning", {"token": {"iat": None}}, "invalid_token"),
        ("with another person's details", {"user_info": {"sub": "lin-1"}}, "wrong_subject"),
        ("made ten minutes ago", {"shift": -600}, "expired"),
        ("made in ten minutes", {"shift": 600}, "too_early"),
    ],
)
def test_a_token_does_not_count(
    hemu: Cast, provider: OidcProvider, case: str, change: dict[str, Any], reason: str
) -> None:
    provider.__dict__.update(change)
    assert _refused(hemu, provider) == reason


@pytest.mark.parametrize(("case", "shift"), [("a minute ahead", 60), ("six minutes behind", -360)])
def test_clocks_may_differ_a_little(hemu: Cast, provider: OidcProvider, case: str, shift: float) -> None:
    provider.shift = shift  # a token lives for five minutes
    assert provider.agree(visitor(), "hemu", claims=MEI).status_code == 302


def test_a_state_works_once(hemu: Cast, provider: OidcProvider) -> None:
    client = visitor()
    way_back = provider.way_back(client, "hemu", claims=MEI)
    assert client.get(way_back).status_code == 302
    client.post("/sign-out/")
    assert client.get(way_back).status_code == 403
    assert not is_inside(client)


def test_a_state_belongs_to_one_browser(hemu: Cast, provider: OidcProvider) -> None:
    """Otherwise somebody could be signed in as somebody else without noticing."""
    way_back = provider.way_back(visitor(), "hemu", claims=MEI)
    victim = visitor()
    assert victim.get(way_back).status_code == 403
    assert _reason(hemu) == "wrong_state"
    assert "_auth_user_id" not in victim.session


def test_a_state_belongs_to_one_provider(hemu: Cast, provider: OidcProvider) -> None:
    _connect(hemu, provider, slug="hemu-two", name="Another")
    client = visitor()
    way_back = provider.way_back(client, "hemu", claims=MEI)
    assert client.get(way_back.replace("/sso/hemu/", "/sso/hemu-two/")).status_code == 403


def test_a_token_counts_once(hemu: Cast, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider, or somebody in between, that serves the same token twice."""
    client = visitor()
    first = provider.way_back(client, "hemu", claims=MEI)
    kept = provider.id_token(next(iter(provider.codes.values())))
    monkeypatch.setattr(provider, "id_token", lambda known: kept)
    assert client.get(first).status_code == 302
    again = visitor()
    assert provider.agree(again, "hemu", claims=MEI).status_code == 403
    assert _reason(hemu) == "replayed"
    assert not is_inside(again)


def test_who_cancels_is_told_so(hemu: Cast, provider: OidcProvider) -> None:
    client = visitor()
    way_back = provider.way_back(client, "hemu", claims=MEI)
    state = way_back.partition("state=")[2]
    page = client.get(f"/sso/hemu/callback/?error=access_denied&state={state}")
    assert page.status_code == 403
    assert "You cancelled the sign-in" in page.content.decode()


@pytest.mark.parametrize(
    ("case", "discovery", "reason"),
    [
        ("is another issuer's", {"issuer": "https://other.example"}, "wrong_issuer"),
        ("names no keys", {"jwks_uri": None}, "incomplete_discovery"),
    ],
)
def test_a_discovery_document_does_not_count(
    hemu: Cast, provider: OidcProvider, case: str, discovery: dict[str, Any], reason: str
) -> None:
    provider.discovery = discovery
    assert visitor().get("/sso/hemu/").status_code == 403
    assert _reason(hemu) == reason


def test_a_provider_that_is_away_is_told(hemu: Cast, provider: OidcProvider) -> None:
    with tenancy.scope(hemu.hemu.pk):
        Connection.objects.update(issuer="http://127.0.0.1:9")
    assert visitor().get("/sso/hemu/").status_code == 403
    assert _reason(hemu) == "provider_unreachable"


def test_what_only_this_machine_reaches_is_not_asked(
    hemu: Cast, provider: OidcProvider, settings: Any
) -> None:
    settings.SUNMAO_SSO_PRIVATE_NETWORKS = []
    assert visitor().get("/sso/hemu/").status_code == 403
    assert _reason(hemu) == "provider_unreachable"
    assert provider.asked == []


# Whose account it is


def test_an_address_that_nobody_verified_finds_nobody(hemu: Cast, provider: OidcProvider) -> None:
    assert _refused(hemu, provider, email_verified=False) == "unknown_person"


def test_an_address_outside_the_providers_domains_finds_nobody(hemu: Cast, provider: OidcProvider) -> None:
    _change(hemu, domains=["elsewhere.example"])
    assert _refused(hemu, provider) == "unknown_person"


def test_an_address_is_not_taken_over_by_another_subject(hemu: Cast, provider: OidcProvider) -> None:
    provider.agree(visitor(), "hemu", claims=MEI)
    assert _refused(hemu, provider, sub="somebody-else") == "address_of_another_subject"


def test_a_person_of_another_organisation_is_not_taken_over(hemu: Cast, provider: OidcProvider) -> None:
    """Omar of the clinic has this address there; what the shop's provider says about it opens nothing."""
    User.objects.filter(pk=hemu.omar.user.pk).update(email="omar@qinghe.example")
    with tenancy.scope(hemu.qinghe.pk):
        omar = Membership.objects.get(user=hemu.omar.user)
    people.confirm_address(actor=hemu.omar.actor, membership=omar, email="omar@qinghe.example")
    before = state_of(hemu.qinghe)
    told = {"sub": "omar-1", "email": "omar@qinghe.example"}
    assert _refused(hemu, provider, **told) == "unknown_person"
    _change(hemu, just_in_time=True, default_role="end_user")
    client = visitor()
    provider.agree(client, "hemu", claims=MEI | told)
    assert client.session["_auth_user_id"] != str(hemu.omar.user.pk)
    assert client.get("/account/organisation/").context["choices"] == [(hemu.hemu.pk, "Hemu Home")]
    assert state_of(hemu.qinghe) == before


def test_an_account_that_was_made_before_its_owner_came_is_not_given_to_them(
    hemu: Cast, provider: OidcProvider
) -> None:
    """Pre-hijacking: the clinic's administrator makes an account with the address of a person of the shop."""
    planted = User.objects.create(username="planted", email="newcomer@hemu.example")
    with_password(planted)
    with tenancy.scope(hemu.qinghe.pk):
        Membership.objects.create(user=planted)
        member = Membership.objects.get(user=planted)
    people.confirm_address(actor=hemu.omar.actor, membership=member, email="newcomer@hemu.example")
    _change(hemu, just_in_time=True, default_role="end_user")
    client = visitor()
    provider.agree(client, "hemu", claims=MEI | {"sub": "new-1", "email": "newcomer@hemu.example"})
    assert is_inside(client)
    assert client.session["_auth_user_id"] != str(planted.pk)
    with tenancy.scope(hemu.hemu.pk):
        assert not Membership.objects.filter(user=planted).exists()


def _mei_of_two(hemu: Cast) -> None:
    """Mei works for the clinic, too."""
    with tenancy.scope(hemu.qinghe.pk):
        Membership.objects.create(user=hemu.mei.user)


def test_such_a_session_speaks_for_the_providers_organisation_alone(
    hemu: Cast, provider: OidcProvider
) -> None:
    _mei_of_two(hemu)
    client = visitor()
    provider.agree(client, "hemu", claims=MEI)
    assert client.get("/account/organisation/").context["choices"] == [(hemu.hemu.pk, "Hemu Home")]
    chosen = client.post("/account/organisation/", {"organisation": str(hemu.qinghe.pk)})
    assert chosen.status_code == 404
    assert client.get("/").context["request"].actor.organisation_id == hemu.hemu.pk


def test_nor_when_the_choice_is_put_into_the_session(hemu: Cast, provider: OidcProvider) -> None:
    _mei_of_two(hemu)
    client = visitor()
    provider.agree(client, "hemu", claims=MEI)
    session = client.session
    session["organisation"] = str(hemu.qinghe.pk)
    session.save()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("path", ["/account/app/", "/account/passkey/", "/account/password/"])
def test_such_a_session_may_not_plant_credentials(hemu: Cast, provider: OidcProvider, path: str) -> None:
    """Whoever runs the provider could open one, and would keep the account with them."""
    client = visitor()
    provider.agree(client, "hemu", claims=MEI)
    before = state_of(hemu.hemu)
    for response in (client.get(path), client.post(path, {"code": "1", "name": "x"})):
        assert response.status_code == 403
        assert "kept_by_provider" in response.content.decode()
    assert state_of(hemu.hemu) == before
    assert not User.objects.get(pk=hemu.mei.user.pk).has_usable_password()


def test_nor_accept_an_invitation_elsewhere(hemu: Cast, provider: OidcProvider) -> None:
    from sunmao.accounts.signin import invitations

    issued = invitations.invite(actor=hemu.omar.actor, role="end_user")
    client = visitor()
    provider.agree(client, "hemu", claims=MEI)
    before = state_of(hemu.qinghe)
    assert client.post(f"/invitations/{issued.token}/").status_code == 403
    assert state_of(hemu.qinghe) == before


def test_who_has_a_second_factor_here_is_asked_for_it(hemu: Cast, provider: OidcProvider) -> None:
    with_app(hemu.mei.user)
    client = visitor()
    assert provider.agree(client, "hemu", claims=MEI).headers["Location"] == "/sign-in/second-step/"
    assert not is_inside(client)


def test_who_left_the_organisation_stays_out(hemu: Cast, provider: OidcProvider) -> None:
    provider.agree(visitor(), "hemu", claims=MEI)
    _change(hemu, just_in_time=True, default_role="end_user")
    with tenancy.scope(hemu.hemu.pk):
        Membership.objects.filter(user=hemu.mei.user).delete()
    assert _refused(hemu, provider) == "no_member_any_more"


def test_a_closed_account_stays_closed(hemu: Cast, provider: OidcProvider) -> None:
    User.objects.filter(pk=hemu.mei.user.pk).update(is_active=False)
    assert _refused(hemu, provider) == "account_closed"


# New members and their roles


def _change(cast: Cast, **values: Any) -> None:
    with tenancy.scope(cast.hemu.pk):
        found = Connection.objects.get(slug="hemu")
    connections.save_connection(actor=cast.lin.actor, values=values, connection=found)


def _roles(cast: Cast, client: Client) -> set[str]:
    with tenancy.scope(cast.hemu.pk):
        member = Membership.objects.get(user=client.session["_auth_user_id"])
        return set(role_slugs_of(member))


def test_nobody_is_made_unless_the_organisation_wants_it(hemu: Cast, provider: OidcProvider) -> None:
    count = User.objects.count()
    assert _refused(hemu, provider, sub="new-1", email="new@hemu.example") == "unknown_person"
    assert User.objects.count() == count


def test_a_new_member_gets_the_default_role(hemu: Cast, provider: OidcProvider) -> None:
    _change(hemu, just_in_time=True, default_role="end_user")
    client = visitor()
    provider.agree(client, "hemu", claims={"sub": "new-1", "preferred_username": "王小明", "name": "王小明"})
    assert is_inside(client)
    assert _roles(hemu, client) == {"end_user"}
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert (user.username, user.has_usable_password()) == ("王小明@hemu", False)


def test_a_name_that_exists_is_nobodys_door(hemu: Cast, provider: OidcProvider) -> None:
    User.objects.create(username="lin@hemu")
    _change(hemu, just_in_time=True, default_role="end_user")
    client = visitor()
    provider.agree(client, "hemu", claims={"sub": "new-1", "preferred_username": "lin"})
    assert User.objects.get(pk=client.session["_auth_user_id"]).username == "lin@hemu.2"


def test_groups_become_roles_and_follow(hemu: Cast, provider: OidcProvider) -> None:
    groups = {"editors": "knowledge_editor", "auditors": "auditor"}
    _change(hemu, just_in_time=True, groups_claim="groups", role_of_group=groups)
    new = {"sub": "new-1", "preferred_username": "new"}
    assert _refused(hemu, provider, **new, email="", groups=["others"]) == "no_role"
    client = visitor()
    provider.agree(client, "hemu", claims=new | {"groups": ["editors", "others"]})
    assert _roles(hemu, client) == {"knowledge_editor"}
    client = visitor()
    provider.agree(client, "hemu", claims=new | {"groups": ["auditors"]})
    assert _roles(hemu, client) == {"auditor"}


def test_roles_that_people_gave_stay(hemu: Cast, provider: OidcProvider) -> None:
    _change(hemu, groups_claim="groups", role_of_group={"editors": "knowledge_editor"})
    client = visitor()
    provider.agree(client, "hemu", claims=MEI | {"groups": ["editors"]})
    assert _roles(hemu, client) == {"end_user", "knowledge_editor"}
    provider.agree(visitor(), "hemu", claims=MEI)
    assert _roles(hemu, client) == {"end_user"}


# A second factor that the provider asked for


@pytest.mark.parametrize(
    ("case", "connection", "claims", "inside"),
    [
        ("nothing is known about it", {}, {}, False),
        ("the token says so", {}, {"amr": ["pwd", "mfa"]}, True),
        ("the token names one method", {}, {"amr": ["pwd"]}, False),
        ("the organisation says so", {"provides_second_factor": True}, {}, True),
    ],
)
def test_a_second_factor_counts_when(
    hemu: Cast,
    provider: OidcProvider,
    case: str,
    connection: dict[str, Any],
    claims: dict[str, Any],
    inside: bool,
) -> None:
    rules.require_second_factor(actor=hemu.lin.actor, roles=["end_user"])
    _change(hemu, **connection)
    client = visitor()
    provider.agree(client, "hemu", claims=MEI | claims)
    assert is_inside(client) == inside


# Switching it off


def test_a_provider_that_is_switched_off_opens_nothing_and_ends_its_sessions(
    hemu: Cast, provider: OidcProvider
) -> None:
    with_password(hemu.mei.user)
    by_provider, by_password = visitor(), visitor()
    sign_in(by_password, "mei")
    provider.agree(by_provider, "hemu", claims=MEI)
    _change(hemu, enabled=False)
    assert not is_inside(by_provider)
    assert is_inside(by_password)
    assert visitor().get("/sso/hemu/").status_code == 404
    assert "Hemu sign-on" not in visitor().get("/sign-in/").content.decode()
