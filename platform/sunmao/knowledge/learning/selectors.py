"""Reads. What is confirmed in a base that the actor may not see does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from sunmao.accounts.models import User
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.knowledge.learning.models import ConfirmedQuestion, Ranking, Synonyms
from sunmao.knowledge.learning.synonyms import MANAGE
from sunmao.knowledge.models import Passage
from sunmao.knowledge.policies import bases_visible_to

READ, CONFIRM, TRAIN = "learning.question.read", "learning.question.confirm", "learning.ranking.train"


def questions_visible_to(actor: Actor, permission: str = READ) -> QuerySet[ConfirmedQuestion]:
    """The living ones, newest first, with what a list shows of each."""
    actor.require(permission)
    return ConfirmedQuestion.objects.filter(
        base__in=bases_visible_to(actor, permission), died=None, document__deleted_at=None
    ).select_related("base", "document", "passage")


def visible_question(*, actor: Actor, question_id: object, permission: str = READ) -> ConfirmedQuestion:
    found = questions_visible_to(actor, permission).filter(pk=as_id(question_id)).first()
    if found is None:
        raise NotFound(code="unknown_question")
    return found


def resolve_question(*, actor: Actor, reference: object, **asked: str) -> ConfirmedQuestion:
    return visible_question(actor=actor, question_id=reference, **asked)


def names_of(questions: Iterable[ConfirmedQuestion]) -> dict[str, str]:
    """Who confirmed them, by subject."""
    return named(one.confirmed_by for one in questions)


def named(subjects: Iterable[str]) -> dict[str, str]:
    """By subject: as people are called today. Somebody who was erased has no name."""
    ids = {
        subject: as_id(subject.partition(":")[2]) for subject in set(subjects) if subject.startswith("user:")
    }
    users = {user.pk: str(user) for user in User.objects.filter(pk__in=ids.values())}
    return {subject: users[pk] for subject, pk in ids.items() if pk in users}


def synonyms_visible_to(actor: Actor, permission: str = MANAGE) -> QuerySet[Synonyms]:
    """The groups that the newest versions know, newest first."""
    actor.require(permission)
    bases = bases_visible_to(actor, permission)
    return Synonyms.objects.filter(base__in=bases, died=None).select_related("base")


def resolve_synonyms(*, actor: Actor, reference: object, permission: str = MANAGE) -> Synonyms:
    found = synonyms_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_synonyms")
    return found


def rankings_visible_to(actor: Actor) -> QuerySet[Ranking]:
    """Every ranking that was trained, also those that were not better; their models are not read."""
    actor.require(TRAIN)
    shown = Ranking.objects.filter(base__in=bases_visible_to(actor, TRAIN))
    return shown.select_related("base").defer("model")


def confirmable(actor: Actor, passage_ids: Sequence[object]) -> list[Passage]:
    """Those of the passages that still serve, in bases that the actor may teach, in the order given."""
    living = Passage.objects.filter(
        base_id__in=bases_visible_to(actor, CONFIRM).values("pk"),
        pk__in=[as_id(one) for one in passage_ids],
        died=None,
        document__deleted_at=None,
    )
    found = {str(one.pk): one for one in living.select_related("document__base")}
    return [found[str(one)] for one in passage_ids if str(one) in found]
