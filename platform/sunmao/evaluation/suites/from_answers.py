"""A bad answer becomes a case in one click.

What must hold of the next answer is what the reviewer says: the right words, or the documents that must be
cited. Said nothing, the answer must at least be another one: that fails until something changes, and passes
with any change, so the reviewer is asked to say more when they look at the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.answering.models import AnswerRecord
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.vertical import find_task
from sunmao.evaluation.models import Case, Origin, Suite
from sunmao.evaluation.selectors import EDIT
from sunmao.evaluation.suites.editing import NewCase, add_cases, create_suite

LIKENESS = 0.6
"""How like a reviewer's correction an answer must be: ROUGE-L, at least."""
FEEDBACK_SUITE = "from-feedback"


@transaction.atomic
def case_from_answer(
    *,
    actor: Actor,
    record: AnswerRecord,
    suite: Suite | None = None,
    correction: str = "",
    documents: Sequence[str] = (),
) -> Case:
    """A case of `suite`, by default of the task's suite of feedback, which is made when it is missing.

    `correction` is how the answer should read, `documents` are names that must be cited. The question is
    taken as the record has it: without personal data.
    """
    actor.require(EDIT)
    checks = _checks(record, correction.strip(), list(documents))
    with tenancy.scope(actor.organisation_id):
        suite = suite or _of_feedback(actor, record.task)
        if suite.task_name != record.task:
            raise Conflict(_("The suite is of another task than the answer."), code="other_task")
        if suite.cases.filter(record_id=record.pk, died__isnull=True).exists():
            raise Conflict(_("This answer is a case of the suite already."), code="case_exists")
        _vertical, task = find_task(record.task)
        (case,) = add_cases(
            actor=actor,
            suite=suite,
            cases=[
                NewCase(
                    data={task.screened: str(record.question)},
                    checks=checks,
                    slices=[record.language],
                    origin=Origin.CORRECTION if correction.strip() else Origin.FEEDBACK,
                    record_id=record.pk,
                    person_key=record.person_key,
                )
            ],
        )
    return case


def _checks(record: AnswerRecord, correction: str, documents: list[str]) -> list[dict[str, Any]]:
    checks: list[dict[str, Any]] = []
    if correction:
        checks.append({"kind": "similar", "text": correction, "at_least": LIKENESS})
    if documents:
        checks.append({"kind": "citation", "documents": documents})
    return checks or [{"kind": "changed", "text": str(record.text)}]


def _of_feedback(actor: Actor, task_name: str) -> Suite:
    slug = f"{task_name.replace('.', '-').replace('_', '-')}-{FEEDBACK_SUITE}"
    known = Suite.objects.filter(slug=slug).first()
    if known:
        return known
    return create_suite(
        actor=actor,
        slug=slug,
        title=str(_("What people did not like: {task}")).format(task=task_name),
        task_name=task_name,
        limits={"pass_rate": 1.0, "regressions": 0},
    )


__all__ = ["case_from_answer"]
