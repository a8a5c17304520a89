"""The kinds of personal data that are told apart."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message

Kind = Literal[
    "id_card",
    "passport",
    "us_ssn",
    "mobile",
    "landline",
    "bank_card",
    "iban",
    "company_code",
    "plate",
    "email",
    "ip_address",
    "web_address",
    "messenger",
    "medical_record",
    "insurance_number",
    "address",
    "person",
    "titled_person",
    "identifier",
]

NAMES: dict[Kind, Message] = {
    "id_card": _("resident identity number"),
    "passport": _("passport or travel permit"),
    "us_ssn": _("US social security number"),
    "mobile": _("mobile number"),
    "landline": _("landline number"),
    "bank_card": _("bank or credit card"),
    "iban": _("international bank account"),
    "company_code": _("unified social credit code"),
    "plate": _("number plate"),
    "email": _("e-mail address"),
    "ip_address": _("network address"),
    "web_address": _("web address"),
    "messenger": _("messenger account"),
    "medical_record": _("medical record number"),
    "insurance_number": _("insurance number"),
    "address": _("postal address"),
    "person": _("name of a person"),
    "titled_person": _("surname with a title"),
    "identifier": _("identifier known from the record"),
}
KINDS: tuple[Kind, ...] = tuple(NAMES)

# Numbers with a shape of their own: what can be found surely. Names and addresses are found by their context.
STRUCTURED: frozenset[Kind] = frozenset(KINDS) - {"address", "person", "titled_person", "identifier"}

# Numbers that name one person to an authority, a bank or a clinic.
IDENTITY: frozenset[Kind] = frozenset(
    {"id_card", "passport", "us_ssn", "bank_card", "iban", "medical_record", "insurance_number"}
)

__all__ = ["IDENTITY", "KINDS", "NAMES", "STRUCTURED", "Kind"]
