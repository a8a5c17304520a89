"""Going back: a new version of a base whose contents are those of an earlier one.

Nothing is lost: the versions in between stay and can be gone back to. Nothing is read or encoded again:
passages that come back are copied with their vectors. Uploads that are on their way when it happens come
after it, as versions of their own, unless their document leaves the base.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.ids import new_id
from sunmao.jobs import services as jobs
from sunmao.knowledge.learning import synonyms
from sunmao.knowledge.learning.confirming import restore
from sunmao.knowledge.learning.models import Ranking, RankingState
from sunmao.knowledge.models import ChangeKind, Document, Edition, KnowledgeBase, Passage, Revision
from sunmao.knowledge.pins import existing_version
from sunmao.knowledge.reuse import personal_policy
from sunmao.knowledge.versions.copying import alive_at
from sunmao.knowledge.versions.editions import Settled, newest_applying, settle, standing
from sunmao.knowledge.versions.history import advance, author_of
from sunmao.knowledge.versions.windows import Standing

ROLL_BACK = "knowledge.base.rollback"


class NameTaken(Conflict):
    code = "name_taken"
    default_message = _(
        "A document that would come back has the name of one that is still being read. Wait for that, or "
        "remove it. Nothing was changed."
    )


class PolicyChanged(Conflict):
    code = "policy_changed"
    default_message = _(
        "What would come back was read under other policies on personal data. Upload these documents again "
        "instead. Nothing was changed."
    )


@dataclass(frozen=True)
class RolledBack:
    """`version` is the base's version now; it is a new one when anything had to change."""

    version: int
    restored: int
    changed: bool
    documents: int = 0
    added: int = 0
    removed: int = 0


def roll_back(*, actor: Actor, base: KnowledgeBase, to: int) -> RolledBack:
    """Make the contents of version `to` those of a new version: its documents, their dates, the confirmed
    questions, the synonyms and the ranking. When they are those of the newest version, nothing happens.

    Raises `unknown_version`, `name_taken` when a document that would come back cannot have its name, and
    `policy_changed` when its text was protected by other rules than today's.
    """
    actor.require(ROLL_BACK, base=base.slug)
    with tenancy.scope(actor.organisation_id):
        locked = KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        existing_version(locked, to)
        version, settled = locked.version + 1, Settled()
        documents = _different(locked, to)
        _check_policies(locked, documents, to)
        for document in documents:
            made = settle(
                base=locked, document=document, wanted=standing(document, at=to), version=version, like=to
            )
            settled.ended += made.ended
            settled.copies |= made.copies
        _list(locked, documents, version)
        questions = restore(base=locked, to=to, copies=settled.copies, version=version)
        words = synonyms.restore(base=locked, to=to, version=version)
        ranked = _restore_ranking(locked, to, version)
        if not (documents or questions or words or ranked):
            return RolledBack(version=locked.version, restored=to, changed=False)
        done = RolledBack(version, to, True, len(documents), len(settled.copies), settled.ended)
        advance(
            base=locked,
            kind=ChangeKind.ROLLED_BACK,
            by=author_of(actor),
            restored=to,
            added=done.added,
            removed=done.removed,
            changed=done.documents,
            questions=questions,
        )
        audit.record(actor=actor, verb="base.rolled_back", subject=locked, base=locked.slug, **asdict(done))
    return done


def _check_policies(base: KnowledgeBase, documents: Sequence[Document], to: int) -> None:
    """Text that today's policies would have protected otherwise must not come back as it was."""
    wanted = Edition.objects.filter(alive_at(to), base=base, document__in=documents, applies=True)
    living = Edition.objects.filter(base=base, died=None, applies=True).values("revision")
    today = personal_policy(base.slug)
    coming = wanted.exclude(revision__in=living).select_related("document")
    other = coming.filter(revision__reading__has_key="personal").exclude(revision__reading__personal=today)
    if names := sorted({edition.document.name for edition in other}):
        raise PolicyChanged(fields={"documents": ", ".join(names)})


def _different(base: KnowledgeBase, to: int) -> list[Document]:
    """The documents that stand or read otherwise at version `to` than in the newest one."""
    then, now = alive_at(to), Q(died=None)
    ids = _changed(
        Edition.objects.filter(base=base),
        then,
        now,
        ("revision_id", "effective_from", "effective_until", "applies", "applies_from", "applies_until"),
    ) | _changed(
        Passage.objects.filter(base_id=base.pk),
        then,
        now,
        ("revision_id", "ordinal", "applies_from", "applies_until"),
    )
    return list(Document.objects.filter(pk__in=ids).select_related("job").order_by("pk"))


def _changed(rows: QuerySet[Any], then: Q, now: Q, fields: Collection[str]) -> set[uuid.UUID]:
    """Of rows that live at only one of both times, the documents where the two sets are not the same."""
    gone = set(rows.filter(then).exclude(now).values_list("document_id", *fields))
    come = set(rows.filter(now).exclude(then).values_list("document_id", *fields))
    return {row[0] for row in gone ^ come}


def _list(base: KnowledgeBase, documents: Sequence[Document], version: int) -> None:
    """Show the documents that came back and no longer those that left; a reading of these ends."""
    wanted = {document.pk: standing(document) for document in documents}
    current = {pk: newest_applying(standings) for pk, standings in wanted.items()}
    here = [document for document in documents if current[document.pk]]
    for document in documents:
        if not current[document.pk]:
            if document.job and not document.job.has_ended:
                jobs.supersede(job=document.job)
            left = Document.objects.filter(pk=document.pk, left_in=None)
            left.update(left_in=version, current=None)
    names = [document.name for document in here]
    others = Document.objects.filter(base=base, name__in=names, deleted_at=None, left_in=None)
    if others.exclude(pk__in=[document.pk for document in here]).exists():
        raise NameTaken
    for document in here:
        Document.objects.filter(pk=document.pk).update(
            left_in=None, deleted_at=None, current=current[document.pk]
        )
        _tell_dates(wanted[document.pk])


def _tell_dates(standings: Iterable[Standing]) -> None:
    for one in standings:
        Revision.objects.filter(pk=one.revision_id).update(
            effective_from=one.since, effective_until=one.until
        )


def _restore_ranking(base: KnowledgeBase, to: int, version: int) -> bool:
    """The order that was trained and served version `to` serves again, or none if none did."""
    of_base = Ranking.objects.filter(base=base)
    then = of_base.filter(alive_at(to)).exclude(state=RankingState.REFUSED).order_by("-number").first()
    now = of_base.filter(state=RankingState.ACTIVE).first()
    if (then and then.model) == (now and now.model):
        return False
    if now:
        of_base.filter(pk=now.pk).update(state=RankingState.RETIRED, died=version)
    if then:
        then.pk, then._state.adding = new_id(), True
        then.number = (of_base.aggregate(last=Max("number"))["last"] or 0) + 1
        then.state, then.born, then.died = RankingState.ACTIVE, version, None
        then.save()
    return True


__all__ = ["ROLL_BACK", "NameTaken", "PolicyChanged", "RolledBack", "roll_back"]
