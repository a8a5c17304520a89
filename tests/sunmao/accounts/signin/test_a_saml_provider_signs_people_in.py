"""SAML against a provider with real keys: the whole way, and everything that must not count."""

from __future__ import annotations

import re
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from sunmao.accounts.models import Membership
from sunmao.accounts.selectors import role_slugs_of
from sunmao.accounts.signin import connections, people, rules
from sunmao.accounts.signin.models import Connection
from sunmao.audit.models import Entry
from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput
from tests.fixtures import Cast, state_of, verbs_of
from tests.sunmao.accounts.signin.people import is_inside, visitor
from tests.sunmao.accounts.signin.saml_provider import (
    EMAIL,
    ENTITY,
    SIGN_IN,
    Asked,
    SamlProvider,
    key_and_certificate,
)

KEY, CERTIFICATE = key_and_certificate()
OTHER_KEY, OTHER_CERTIFICATE = key_and_certificate()


@pytest.fixture
def provider() -> SamlProvider:
    return SamlProvider(KEY, CERTIFICATE, {EMAIL: ["mei@hemu.example"]})


@pytest.fixture
def hemu(cast: Cast) -> Cast:
    values = {
        "slug": "hemu-saml",
        "name": "Hemu sign-on",
        "protocol": "saml",
        "issuer": ENTITY,
        "sign_in_url": SIGN_IN,
        "certificate": CERTIFICATE,
        "trusts_email": True,
    }
    connections.save_connection(actor=cast.lin.actor, values=values)
    with tenancy.scope(cast.hemu.pk):
        member = Membership.objects.get(user=cast.mei.user)
    people.confirm_address(actor=cast.lin.actor, membership=member, email="mei@hemu.example")
    return cast


def _reason(cast: Cast) -> str:
    with tenancy.scope(cast.hemu.pk):
        entry = Entry.objects.order_by("-at", "-id").first()
    assert entry is not None
    assert entry.verb == "sign_in.failed"
    return str(entry.detail["reason"])


def _change(cast: Cast, **values: Any) -> None:
    with tenancy.scope(cast.hemu.pk):
        found = Connection.objects.get(slug="hemu-saml")
    connections.save_connection(actor=cast.lin.actor, values=values, connection=found)


def test_a_member_comes_in(hemu: Cast, provider: SamlProvider) -> None:
    client = visitor()
    response = provider.agree(client, "hemu-saml")
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert is_inside(client)
    assert client.session["_auth_user_id"] == str(hemu.mei.user.pk)
    assert verbs_of(hemu.hemu)[-2:] == ["identity.linked", "sign_in.succeeded"]


def test_one_comes_to_where_one_wanted_to_go(hemu: Cast, provider: SamlProvider) -> None:
    client = visitor()
    asked = provider.asked(client, "hemu-saml", next="/customer-service/")
    response = provider.post(client, "hemu-saml", provider.response(asked))
    assert response.headers["Location"] == "/customer-service/"


@pytest.mark.parametrize(
    ("case", "change", "reason"),
    [
        ("signed by somebody else", {"key": OTHER_KEY, "certificate": OTHER_CERTIFICATE}, "wrong_signature"),
        ("signed by nobody", {"sign": False}, "not_signed"),
        ("for somebody else", {"audience": "https://other.example/metadata"}, "wrong_audience"),
        ("for nobody in particular", {"audience": ""}, "wrong_audience"),
        ("to be delivered elsewhere", {"recipient": "https://other.example/acs"}, "wrong_confirmation"),
        ("of another issuer", {"issuer": "https://other.example"}, "wrong_issuer"),
        ("in answer to nothing", {"answers": ""}, "wrong_state"),
        ("in answer to another request", {"answers": "_another"}, "wrong_state"),
        ("that does not say to what it answers", {"assertion_answers": ""}, "unsolicited"),
        ("whose envelope was exchanged", {"assertion_answers": "_another"}, "wrong_confirmation"),
        ("of ten minutes ago", {"shift": -600}, "expired"),
        ("of ten minutes from now", {"shift": 600}, "too_early"),
    ],
)
def test_an_assertion_does_not_count(
    hemu: Cast, provider: SamlProvider, case: str, change: dict[str, Any], reason: str
) -> None:
    client = visitor()
    assert provider.agree(client, "hemu-saml", **change).status_code == 403
    assert _reason(hemu) == reason
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("case", "shift"), [("a minute ahead", 60), ("a minute behind", -60)])
def test_clocks_may_differ_a_little(hemu: Cast, provider: SamlProvider, case: str, shift: float) -> None:
    assert provider.agree(visitor(), "hemu-saml", shift=shift).status_code == 302


def test_an_assertion_counts_once_in_its_own_session(hemu: Cast, provider: SamlProvider) -> None:
    client = visitor()
    response = provider.response(provider.asked(client, "hemu-saml"))
    assert provider.post(client, "hemu-saml", response).status_code == 302
    client.post("/sign-out/")
    assert provider.post(client, "hemu-saml", response).status_code == 403
    assert _reason(hemu) == "wrong_state"


def test_nor_does_it_count_in_another_browser(hemu: Cast, provider: SamlProvider) -> None:
    response = provider.response(provider.asked(visitor(), "hemu-saml"))
    thief = visitor()
    assert provider.post(thief, "hemu-saml", response).status_code == 403
    assert not is_inside(thief)


def test_the_same_assertion_in_answer_to_a_new_request_does_not_count(
    hemu: Cast, provider: SamlProvider
) -> None:
    assert provider.agree(visitor(), "hemu-saml", assertion_id="_the-same").status_code == 302
    assert provider.agree(visitor(), "hemu-saml", assertion_id="_the-same").status_code == 403
    assert _reason(hemu) == "replayed"


def test_what_was_changed_after_signing_does_not_count(hemu: Cast, provider: SamlProvider) -> None:
    client = visitor()
    response = provider.response(provider.asked(client, "hemu-saml"))
    forged = response.replace("mei@hemu.example", "lin@hemu.example")
    assert forged != response
    assert provider.post(client, "hemu-saml", forged).status_code == 403
    assert _reason(hemu) == "wrong_signature"


def test_a_second_unsigned_assertion_does_not_count(hemu: Cast, provider: SamlProvider) -> None:
    """Signature wrapping: the signed assertion of one person beside a forged one of another."""
    client = visitor()
    asked = provider.asked(client, "hemu-saml")
    signed = provider.response(asked)
    forged = provider.response(asked, sign=False, subject="lin-1")
    evil = re.search(r"<saml:Assertion.*</saml:Assertion>", forged, re.DOTALL)
    assert evil
    for place in ("<saml:Assertion", "</samlp:Response>"):
        wrapped = signed.replace(place, evil[0] + place, 1)
        before = state_of(hemu.qinghe)
        assert provider.post(client, "hemu-saml", wrapped).status_code == 403
        assert "_auth_user_id" not in client.session
        assert state_of(hemu.qinghe) == before


@pytest.mark.parametrize(
    ("case", "sent"),
    [
        ("nothing", ""),
        ("no XML", "hello"),
        ("another document", "<html/>"),
        ("entities", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ],
)
def test_whatever_is_sent_is_refused_calmly(hemu: Cast, provider: SamlProvider, case: str, sent: str) -> None:
    client = visitor()
    assert provider.post(client, "hemu-saml", sent).status_code == 403
    assert not is_inside(client)


def test_what_is_too_long_is_not_kept(hemu: Cast) -> None:
    posted = {"SAMLResponse": "A" * (256 * 1024 + 1)}
    assert visitor().post("/sso/hemu-saml/acs/", posted).status_code == 413


def test_an_address_counts_only_where_the_organisation_trusts_the_provider(
    hemu: Cast, provider: SamlProvider
) -> None:
    _change(hemu, trusts_email=False)
    assert provider.agree(visitor(), "hemu-saml").status_code == 403
    assert _reason(hemu) == "unknown_person"


def test_both_certificates_count_while_the_provider_changes_its_key(
    hemu: Cast, provider: SamlProvider
) -> None:
    _change(hemu, certificate=CERTIFICATE + OTHER_CERTIFICATE)
    renewed = SamlProvider(OTHER_KEY, OTHER_CERTIFICATE, provider.attributes)
    assert provider.agree(visitor(), "hemu-saml").status_code == 302
    assert renewed.agree(visitor(), "hemu-saml").status_code == 302


def test_groups_become_roles(hemu: Cast, provider: SamlProvider) -> None:
    _change(
        hemu, just_in_time=True, groups_claim="memberOf", role_of_group={"cn=editors": "knowledge_editor"}
    )
    provider.attributes = {"memberOf": ["cn=others", "cn=editors"], EMAIL: ["new@hemu.example"]}
    client = visitor()
    provider.agree(client, "hemu-saml", subject="new-1")
    with tenancy.scope(hemu.hemu.pk):
        member = Membership.objects.select_related("user").get(user=client.session["_auth_user_id"])
        assert role_slugs_of(member) == {"knowledge_editor"}
    assert member.user.username == "new@hemu-saml"


@pytest.mark.parametrize(
    ("context", "inside"),
    [
        ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", False),
        ("https://refeds.org/profile/mfa", True),
    ],
)
def test_a_second_factor_counts_when_the_assertion_names_it(
    hemu: Cast, provider: SamlProvider, context: str, inside: bool
) -> None:
    rules.require_second_factor(actor=hemu.lin.actor, roles=["end_user"])
    client = visitor()
    provider.agree(client, "hemu-saml", context=context)
    assert is_inside(client) == inside


def test_metadata_say_what_the_provider_must_know(hemu: Cast) -> None:
    response = visitor().get("/sso/hemu-saml/metadata/")
    assert response.headers["Content-Type"] == "application/samlmetadata+xml"
    metadata = fromstring(response.content)
    assert metadata.attrib["entityID"] == "http://testserver/sso/hemu-saml/metadata/"
    service = next(metadata.iter("{urn:oasis:names:tc:SAML:2.0:metadata}AssertionConsumerService"))
    assert service.attrib["Location"] == "http://testserver/sso/hemu-saml/acs/"


def test_a_certificate_must_be_one(hemu: Cast) -> None:
    before = state_of(hemu.hemu)
    for text in ("", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"):
        with pytest.raises(InvalidInput) as caught:
            _change(hemu, certificate=text)
        assert list(caught.value.fields) == ["certificate"]
    assert state_of(hemu.hemu) == before


def test_an_asked_request_is_our_own(hemu: Cast, provider: SamlProvider) -> None:
    asked = provider.asked(visitor(), "hemu-saml")
    assert isinstance(asked, Asked)
    assert asked.acs == "http://testserver/sso/hemu-saml/acs/"
    assert asked.audience == "http://testserver/sso/hemu-saml/metadata/"
