"""The functions that the rule rows name, one file for each group. Importing them enters them."""

from verticals.contract_review.domain.checks import (
    english,
    english_terms,
    labour,
    labour_money,
    leases,
    liability,
    money,
    penalties,
    sales,
    secrets,
    texts,
    validity,
    wording,
)

__all__ = [
    "english",
    "english_terms",
    "labour",
    "labour_money",
    "leases",
    "liability",
    "money",
    "penalties",
    "sales",
    "secrets",
    "texts",
    "validity",
    "wording",
]
