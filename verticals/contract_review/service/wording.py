"""The words for codes: verdicts, effects, notes, fields. In the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message

VERDICTS: Mapping[str, Message] = {
    "compliant": _("Compliant"),
    "non_compliant": _("Not compliant"),
}
EFFECTS: Mapping[str, Message] = {
    "void": _("Void"),
    "partly_void": _("Partly void"),
    "revocable": _("Revocable"),
    "adjustable": _("May be cut on request"),
    "not_incorporated": _("Not part of the contract"),
    "unenforceable_excess": _("Excess not enforceable"),
    "default_rule": _("Statute fills the gap"),
    "regulatory": _("Regulatory exposure"),
    "commercial": _("Commercial risk"),
}
EFFECT_HELP: Mapping[str, Message] = {
    "void": _("This term has no legal force; the rest of the contract stands."),
    "partly_void": _("Only what goes beyond the limit has no force."),
    "revocable": _("It stands until a court revokes it."),
    "adjustable": _("It is valid, but a court or tribunal can cut it when asked to."),
    "not_incorporated": _(
        "A standard term that was not pointed out may not have become part of the contract."
    ),
    "unenforceable_excess": _("Courts do not support what goes beyond the limit."),
    "default_rule": _("The contract is silent; a statutory rule applies, which may not suit you."),
    "regulatory": _("The contract may stand, but the company is exposed to an authority."),
    "commercial": _("Lawful, but bad for the side that is ours."),
}
NOTES: Mapping[str, Message] = {
    "snippet": _(
        "Only a part of a contract was given: what a whole contract should contain was not checked."
    ),
    "side_not_in_text": _("The side that you chose does not occur in this text."),
    "minimum_wage_missing": _("Local minimum wages are not entered: pay was not compared with them."),
    "institutions_missing": _(
        "No list of arbitration institutions is entered: their names were not checked."
    ),
    "lpr_older_than_a_quarter": _("The loan prime rate that was used is more than a quarter old."),
}
ROLES: Mapping[str, Message] = {
    "": "",
    "buyer": _("Buyer"),
    "seller": _("Seller"),
    "landlord": _("Lessor"),
    "tenant": _("Lessee"),
    "employer": _("Employer"),
    "employee": _("Employee"),
    "client": _("Client"),
    "provider": _("Provider"),
    "discloser": _("Discloser"),
    "recipient": _("Recipient"),
    "lender": _("Lender"),
    "borrower": _("Borrower"),
    "guarantor": _("Guarantor"),
}
THRESHOLDS: Mapping[str, Message] = {
    "amount": _("Amount"),
    "annual_percent": _("Percent a year"),
    "day_hours": _("Hours a day"),
    "days": _("Days"),
    "high_daily": _("High above (daily)"),
    "hours": _("Hours"),
    "increase_percent": _("Increase in percent"),
    "large_days": _("Large enterprise, days"),
    "least_days": _("At least, days"),
    "least_months": _("At least, months"),
    "limit_percent": _("Limit in percent"),
    "month_overtime": _("Overtime a month, hours"),
    "months": _("Months"),
    "most_days": _("At most, days"),
    "most_months": _("At most, months"),
    "notice_days": _("Notice, days"),
    "percent": _("Percent"),
    "probation_days": _("On probation, days"),
    "public_days": _("Public body, days"),
    "raised_daily": _("Medium above (daily)"),
    "ratio": _("Times as much"),
    "share_percent": _("Share in percent"),
    "usual_daily": _("Usual up to (daily)"),
    "week_hours": _("Hours a week"),
    "years": _("Years"),
}
SOURCES: Mapping[str, Message] = {
    "rule": _("Rule"),
    "learnt": _("Rule, by likeness"),
    "model": _("Model"),
    "both": _("Rule and model"),
}
STATES: Mapping[str, Message] = {
    "satisfied": _("In the contract"),
    "violated": _("Contradicted"),
    "absent": _("Not in the contract"),
}
STRICTNESS: Mapping[str, Message] = {
    "normal": _("Normal: risks from low up"),
    "strict": _("Strict: notes as well"),
    "lenient": _("Lenient: medium and above"),
}
PARAMETERS: Mapping[str, Message] = {
    "lpr_1y": _("Loan prime rate, one year (%)"),
    "minimum_wage": _("Local minimum wage (monthly)"),
    "average_wage": _("Local average wage (monthly)"),
}
FOCUSES: Mapping[str, Message] = {
    "confidentiality": _("Confidentiality"),
    "data": _("Personal data"),
    "disputes": _("Disputes"),
    "fairness": _("Fairness"),
    "ip": _("Intellectual property"),
    "labour": _("Employment"),
    "liability": _("Liability"),
    "notices": _("Notices"),
    "parties": _("Parties"),
    "payment": _("Payment"),
    "performance": _("Performance"),
    "security": _("Security"),
    "term": _("Term"),
    "termination": _("Termination"),
    "transfer": _("Transfer"),
    "validity": _("Validity"),
}
KINDS: Mapping[str, Message] = {
    "ambiguity": _("Ambiguity"),
    "unfairness": _("Unfairness"),
    "other": _("Other risk"),
}


def told(words: Mapping[str, Message], code: str) -> str:
    """The words for a code; of one that this version does not know the code itself."""
    return str(words.get(code, code))


def reader() -> str:
    """`zh` or `en`: the language of whoever reads."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


__all__ = [
    "EFFECTS",
    "EFFECT_HELP",
    "FOCUSES",
    "KINDS",
    "NOTES",
    "PARAMETERS",
    "SOURCES",
    "STATES",
    "STRICTNESS",
    "VERDICTS",
    "reader",
    "told",
]
