"""What a reviewer's confirmations would do, through the same verbs and the same job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.config.evaluation.base import Loaded
from apps.config.evaluation.material import Question
from sunmao.core import tenancy
from sunmao.jobs.models import Job
from sunmao.knowledge import ranking_training
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.models import Passage


@dataclass(frozen=True)
class Learned:
    questions: int
    ranking: Mapping[str, Any] | None


def learn(loaded: Loaded, taught: Sequence[Question], *, with_answers: bool = True) -> Learned:
    """`with_answers`: what their files tell as the answer is confirmed with the questions."""
    actor = loaded.people.system
    with tenancy.scope(actor.organisation_id):
        rows = Passage.objects.in_bulk(
            [loaded.passages[key] for one in taught for key in one.relevant & loaded.passages.keys()]
        )
        pairs = [
            (one.text, rows[loaded.passages[key]])
            for one in taught
            for key in sorted(one.relevant & loaded.passages.keys())
        ]
    if not pairs:
        return Learned(0, None)
    answers = {one.text: one.answers[0] for one in taught if one.answers} if with_answers else {}
    confirming.import_pairs(actor=actor, base=loaded.base, pairs=pairs, answers=answers)
    count = len({question for question, _ in pairs})
    if count < ranking_training.FEWEST:
        return Learned(count, None)
    job = ranking_training.request(actor=actor, base=loaded.base)
    with tenancy.scope(actor.organisation_id):
        return Learned(count, Job.objects.get(pk=job.pk).result)
