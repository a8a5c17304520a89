"""Confirming an answer keeps what a model wrote, and nothing that only says the passage again."""

from __future__ import annotations

import pytest

from apps.console.answers import _said
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.core import tenancy
from sunmao.core.ids import new_id

TEXT = "Nobody but you [1]; pets are your own affair [12]."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("case", "engine", "outcome", "said"),
    [
        ("a model", "transformers", Outcome.ANSWERED, "Nobody but you ; pets are your own affair ."),
        ("an extract", "extractive", Outcome.ANSWERED, ""),
        ("a model that was stopped", "transformers", Outcome.STOPPED, ""),
        ("withheld", "transformers", Outcome.WITHHELD, ""),
    ],
)
def test_what_is_kept_of_it(case: str, engine: str, outcome: Outcome, said: str) -> None:
    with tenancy.scope(new_id()):
        assert _said(AnswerRecord(engine=engine, outcome=outcome, text=TEXT)) == said, case
