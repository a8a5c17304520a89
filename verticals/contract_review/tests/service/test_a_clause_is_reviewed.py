from __future__ import annotations

from typing import Any

from verticals.contract_review.models import ReviewState
from verticals.contract_review.tests.service.conftest import findings_of


def test_a_pasted_clause_becomes_findings_that_await_a_person(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    assert review.state == ReviewState.AWAITING_HUMAN
    print(review.verdict, [(f.rule, f.severity, f.content["title"]) for f in findings_of(review)])
