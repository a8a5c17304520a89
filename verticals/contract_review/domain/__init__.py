"""The rules of contract review: pure functions over text, rules and dated figures. No Django, no clock.

`review` reviews a contract or a clause; `screen` gives the findings shown beside an answer.
"""

from verticals.contract_review.domain.engine import review
from verticals.contract_review.domain.parameters import Dated, Parameters, shipped
from verticals.contract_review.domain.playbook import DEFAULT, Playbook, Rule, rules
from verticals.contract_review.domain.screening import screen
from verticals.contract_review.domain.shapes import (
    Amount,
    ChecklistItem,
    Citation,
    Clause,
    DateFact,
    Deadline,
    Facts,
    Finding,
    Party,
    Quoted,
    RateFact,
    Replacement,
    Review,
    Span,
    Term,
    Words,
)
from verticals.contract_review.domain.statutes import article_number, articles, numeral

__all__ = [
    "DEFAULT",
    "Amount",
    "ChecklistItem",
    "Citation",
    "Clause",
    "DateFact",
    "Dated",
    "Deadline",
    "Facts",
    "Finding",
    "Parameters",
    "Party",
    "Playbook",
    "Quoted",
    "RateFact",
    "Replacement",
    "Review",
    "Rule",
    "Span",
    "Term",
    "Words",
    "article_number",
    "articles",
    "numeral",
    "review",
    "rules",
    "screen",
    "shipped",
]
