"""Saving what a question must find, and letting go of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto.fields import BlindIndexField
from sunmao.core.errors import EmptyInput, NotFound
from sunmao.knowledge.learning.confirming import text_hash
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.knowledge.trials.models import Case, Expectation
from sunmao.knowledge.trials.selectors import WRITE
from sunmao.knowledge.trials.trying import checked


@transaction.atomic
def save_case(*, actor: Actor, base: KnowledgeBase, question: str, passages: Sequence[Passage]) -> Case:
    """The question must find these passages from now on; of a question that is a case, also these."""
    actor.require(WRITE, base=base.slug)
    asked = checked(question)
    if not passages:
        raise EmptyInput(fields={"passage_ids": _("is empty")})
    if any(passage.base_id != base.pk for passage in passages):
        raise NotFound(code="unknown_passage")
    with tenancy.scope(actor.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        case = case_of(base=base, question=asked) or Case.objects.create(base=base, question=asked)
        known = set(case.expectations.values_list("passage_id", flat=True))
        fresh = [one for one in dict.fromkeys(passages) if one.pk not in known]
        Expectation.objects.bulk_create(_expected(case, one) for one in fresh)
        if fresh:
            audit.record(
                actor=actor,
                verb="trial_case.saved",
                subject=case,
                base=base.slug,
                passages=[str(one.pk) for one in fresh],
            )
    return case


def remove_case(*, actor: Actor, case: Case) -> None:
    actor.require(WRITE, base=case.base.slug)
    with tenancy.scope(actor.organisation_id):
        if not Case.objects.filter(pk=case.pk).delete()[0]:
            raise NotFound(code="unknown_case")
        audit.record(actor=actor, verb="trial_case.removed", subject=case, base=case.base.slug)


def case_of(*, base: KnowledgeBase, question: str) -> Case | None:
    field = Case._meta.get_field("asked")
    assert isinstance(field, BlindIndexField)  # noqa: S101
    return Case.objects.filter(base=base, asked__in=field.search(question)).first()


def _expected(case: Case, passage: Passage) -> Expectation:
    return Expectation(
        case=case,
        document_id=passage.document_id,
        passage=passage,
        label=passage.label,
        text_hash=text_hash(passage.text),
    )


__all__ = ["case_of", "remove_case", "save_case"]
