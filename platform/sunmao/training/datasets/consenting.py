"""Whether a conversation may be trained on is its owner's to say, and to take back."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from sunmao.answering.models import AnswerRecord, Conversation
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.training.datasets.models import Annotation, Consent, Origin, Row, Version, VersionState
from sunmao.training.datasets.selectors import rows_of


def own(*, actor: Actor, reference: object) -> Conversation:
    """A conversation of the actor's, of whichever business line. In the actor's scope."""
    keys = persons.keys_of(actor.subject)
    found = Conversation.objects.filter(owner_id=actor.id, person_key__in=keys, pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_conversation")
    return found


def is_given(conversation: UUID | None) -> bool:
    """In the scope of its owner's organisation."""
    return conversation is not None and Consent.objects.filter(conversation=conversation).exists()


@transaction.atomic
def give(*, actor: Actor, conversation: Conversation) -> Consent:
    """`conversation` is one that the actor owns (`own`)."""
    actor.require("answering.task.run")
    with tenancy.scope(actor.organisation_id):
        consent, made = Consent.objects.get_or_create(
            conversation=conversation.pk, defaults={"person_key": conversation.person_key}
        )
        if made:
            audit.record(actor=actor, verb="training_consent.given", subject=conversation)
    return consent


@transaction.atomic
def withdraw(*, actor: Actor, conversation: Conversation) -> int:
    """What was taken from it leaves every version, and what was trained on those is marked."""
    actor.require("answering.task.run")
    with tenancy.scope(actor.organisation_id):
        if not Consent.objects.filter(conversation=conversation.pk).delete()[0]:
            return 0
        count = forget(_taken_from(conversation))
        audit.record(actor=actor, verb="training_consent.withdrawn", subject=conversation, examples=count)
    return count


def _taken_from(conversation: Conversation) -> QuerySet[Row]:
    """Its turns, its corrections, and what a model or a judge made of its questions."""
    records = AnswerRecord.objects.filter(exchange__conversation=conversation)
    corrected = Q(
        origin=Origin.CORRECTION, source__record__in=[str(pk) for pk in records.values_list("pk", flat=True)]
    )
    taken = Row.objects.filter(Q(source__conversation=str(conversation.pk)) | corrected)
    asked = [str(pk) for pk in taken.values_list("pk", flat=True)]
    made = Q(origin__in=(Origin.TRACE, Origin.JUDGE), source__question__in=asked)
    return Row.objects.filter(Q(pk__in=taken.values("pk")) | made)


def forget(rows: QuerySet[Row]) -> int:
    """Rows go from all versions at once. A version that anything may have been trained on says that it lost
    some; nothing else of it changes."""
    found = list(rows.values_list("pk", "dataset_id"))
    if not found:
        return 0
    ids = [pk for pk, _dataset in found]
    for version in Version.objects.filter(dataset_id__in={dataset for _pk, dataset in found}):
        lost = rows_of(version).filter(pk__in=ids).count()
        if lost and version.state != VersionState.DRAFT:
            version.must_retrain = True
            version.lineage = {**version.lineage, "forgotten": version.lineage.get("forgotten", 0) + lost}
            version.save(update_fields=["must_retrain", "lineage"])
    _forget_annotations(ids)
    return Row.objects.filter(pk__in=ids).delete()[1].get("datasets.Row", 0)


def _forget_annotations(ids: list[UUID]) -> None:
    """Those of a stem hold the same words as its rows."""
    stems = Row.objects.filter(pk__in=ids).values_list("stem", flat=True)
    Annotation.objects.filter(stem__in=list(stems)).delete()


__all__ = ["forget", "give", "is_given", "own", "withdraw"]
