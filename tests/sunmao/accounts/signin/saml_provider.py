"""A SAML identity provider for tests: reads our requests, and signs assertions with real keys."""

from __future__ import annotations

import base64
import uuid
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from defusedxml.ElementTree import fromstring
from django.test import Client
from onelogin.saml2.utils import OneLogin_Saml2_Utils

ENTITY, SIGN_IN = "https://idp.hemu.example/metadata", "https://idp.hemu.example/sso"
EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"

ASSERTION = """
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
    ID="{id}" Version="2.0" IssueInstant="{now}">
  <saml:Issuer>{issuer}</saml:Issuer>
  <saml:Subject>
    <saml:NameID>{subject}</saml:NameID>
    <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
      <saml:SubjectConfirmationData NotOnOrAfter="{end}" Recipient="{recipient}" {answers}/>
    </saml:SubjectConfirmation>
  </saml:Subject>
  <saml:Conditions NotBefore="{now}" NotOnOrAfter="{end}">{audience}</saml:Conditions>
  <saml:AuthnStatement AuthnInstant="{now}" SessionIndex="{session}">
    <saml:AuthnContext>
      <saml:AuthnContextClassRef>{context}</saml:AuthnContextClassRef>
    </saml:AuthnContext>
  </saml:AuthnStatement>
  {attributes}
</saml:Assertion>
""".strip()


def key_and_certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.hemu.example")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=30))
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem, certificate.public_bytes(Encoding.PEM).decode()


@dataclass
class Asked:
    id: str
    acs: str
    audience: str


@dataclass
class SamlProvider:
    key: str
    certificate: str
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def asked(self, client: Client, slug: str, **query: str) -> Asked:
        """Begin at us; gives what our request says."""
        begun = client.get(f"/sso/{slug}/", query)
        assert begun.status_code == 302, begun.content
        assert begun.headers["Location"].startswith(SIGN_IN + "?")
        packed = parse_qs(urlsplit(begun.headers["Location"]).query)["SAMLRequest"][0]
        request = fromstring(zlib.decompress(base64.b64decode(packed), -15))
        issuer = request.find("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer")
        assert issuer is not None
        return Asked(request.attrib["ID"], request.attrib["AssertionConsumerServiceURL"], issuer.text or "")

    def post(self, client: Client, slug: str, response: str) -> Any:
        """What the provider's page makes the browser do."""
        posted = {"SAMLResponse": base64.b64encode(response.encode()).decode()}
        received = client.post(f"/sso/{slug}/acs/", posted)
        assert received.headers["Location"] == f"/sso/{slug}/acs/finish/", received.content
        return client.get(received.headers["Location"])

    def agree(self, client: Client, slug: str, **change: Any) -> Any:
        return self.post(client, slug, self.response(self.asked(client, slug), **change))

    def response(
        self,
        asked: Asked,
        *,
        shift: float = 0,
        audience: str | None = None,
        recipient: str | None = None,
        issuer: str = ENTITY,
        answers: str | None = None,
        assertion_answers: str | None = None,
        subject: str = "mei-1",
        key: str | None = None,
        certificate: str | None = None,
        sign: bool = True,
        context: str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        assertion_id: str = "",
    ) -> str:
        moment = datetime.now(UTC) + timedelta(seconds=shift)
        answered = asked.id if answers is None else answers
        inner = answered if assertion_answers is None else assertion_answers
        meant_for = asked.audience if audience is None else audience
        told = "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in self.attributes.items()
        )
        audiences = f"<saml:Audience>{meant_for}</saml:Audience>"
        assertion = ASSERTION.format(
            id=assertion_id or _id(),
            session=_id(),
            now=_time(moment),
            end=_time(moment + timedelta(minutes=5)),
            issuer=issuer,
            subject=escape(subject),
            recipient=recipient or asked.acs,
            answers=f'InResponseTo="{inner}"' if inner else "",
            audience=f"<saml:AudienceRestriction>{audiences}</saml:AudienceRestriction>" if meant_for else "",
            context=context,
            attributes=f"<saml:AttributeStatement>{told}</saml:AttributeStatement>" if told else "",
        )
        if sign:
            assertion = self.signed(assertion, key, certificate)
        return _envelope(asked.acs, answered, issuer, moment, assertion)

    def signed(self, xml: str, key: str | None = None, certificate: str | None = None) -> str:
        made = OneLogin_Saml2_Utils.add_sign(xml, key or self.key, certificate or self.certificate)
        text = made.decode() if isinstance(made, bytes) else str(made)
        return text.partition("?>")[2] if text.startswith("<?xml") else text


def _envelope(acs: str, answers: str, issuer: str, moment: datetime, assertion: str) -> str:
    in_answer = f' InResponseTo="{answers}"' if answers else ""
    return f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
        xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{_id()}" Version="2.0"
        IssueInstant="{_time(moment)}" Destination="{acs}"{in_answer}><saml:Issuer>{issuer}</saml:Issuer>
        <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
        {assertion}</samlp:Response>"""


def _id() -> str:
    return f"_{uuid.uuid4().hex}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
