"""Verbs on heads: what is in use, and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.modelhub import names
from sunmao.modelhub.heads.classifier import Classifier, to_bytes
from sunmao.modelhub.heads.errors import HeadConflict
from sunmao.modelhub.heads.models import Head, HeadState, HeadVersion
from sunmao.modelhub.heads.selectors import ACTIVATE

MOST_BYTES = 512 * 2**20


def begin(*, actor: Actor, name: str, purpose: str = "", **fields: Any) -> HeadVersion:
    """The next version of a head, still to be trained; in the caller's transaction."""
    purpose = names.text(purpose, field="purpose", longest=500)
    head, _made = Head.objects.get_or_create(slug=names.checked(name))
    Head.objects.select_for_update().get(pk=head.pk)
    if purpose and purpose != head.purpose:
        Head.objects.filter(pk=head.pk).update(purpose=purpose)
    waiting = HeadVersion.objects.filter(head=head, state=HeadState.TRAINING).select_related("job")
    if any(one.job is not None and not one.job.has_ended for one in waiting):
        raise HeadConflict(code="training_under_way", fields={"head": name})
    last = HeadVersion.objects.filter(head=head).aggregate(last=Max("number"))["last"] or 0
    return HeadVersion.objects.create(head=head, number=last + 1, **fields)


def finish(
    *,
    actor: Actor,
    version: HeadVersion,
    classifier: Classifier,
    figures: Mapping[str, Any],
    curve: list[dict[str, float]],
) -> HeadVersion:
    """What the training made, in the caller's transaction; it answers once somebody puts it to use."""
    data = to_bytes(classifier)
    kept = files.store(organisation_id=version.organisation_id, chunks=[data], limit=MOST_BYTES)
    version.files, version.sha256, version.size = {"numbers": kept.sha256}, kept.sha256, kept.size
    version.state, version.method, version.labels = (
        HeadState.READY,
        classifier.method,
        list(classifier.labels),
    )
    version.encoder, version.encoder_identity = classifier.encoder, classifier.encoder_identity
    version.threshold, version.curve = classifier.threshold, curve
    version.figures, version.data_sha256 = dict(figures), str(figures.get("data_sha256", ""))
    version.save()
    audit.record(
        actor=actor, verb="head.trained", subject=version, head=version.head.slug, number=version.number,
        method=version.method, accuracy=figures.get("accuracy"), data_sha256=version.data_sha256,
    )  # fmt: skip
    return version


def activate(*, actor: Actor, version: HeadVersion) -> HeadVersion:
    """From now on this version is asked. Raises `HeadConflict` unless its training has succeeded."""
    actor.require(ACTIVATE)
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        _put_to_use(version, actor=actor, verb="head.activated")
    return version


def roll_back(*, actor: Actor, head: Head) -> HeadVersion:
    """Back to the version that was in use before the present one. Raises `HeadConflict` without one."""
    actor.require(ACTIVATE)
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        Head.objects.select_for_update().get(pk=head.pk)
        known = HeadVersion.objects.filter(head=head).exclude(activated_at=None)
        before = known.filter(state=HeadState.READY).order_by("-activated_at").first()
        if before is None:
            raise HeadConflict(code="no_head_before", fields={"head": head.slug})
        present = known.filter(state=HeadState.ACTIVE).first()
        _put_to_use(before, actor=actor, verb="head.rolled_back")
        if present is not None:
            HeadVersion.objects.filter(pk=present.pk).update(activated_at=None)
    return before


def retire(*, actor: Actor, version: HeadVersion) -> HeadVersion:
    """It is asked no more, and never put to use again."""
    actor.require(ACTIVATE)
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        locked = HeadVersion.objects.select_for_update().get(pk=version.pk)
        if locked.state not in (HeadState.READY, HeadState.ACTIVE):
            raise HeadConflict(fields={"head_version": str(version)})
        HeadVersion.objects.filter(pk=version.pk).update(state=HeadState.RETIRED)
        audit.record(
            actor=actor, verb="head.retired", subject=version, head=version.head.slug, number=version.number
        )
    version.refresh_from_db()
    return version


def _put_to_use(version: HeadVersion, *, actor: Actor, verb: str) -> None:
    Head.objects.select_for_update().get(pk=version.head_id)
    version.refresh_from_db()
    if version.state not in (HeadState.READY, HeadState.ACTIVE):
        raise HeadConflict(fields={"head_version": str(version)})
    HeadVersion.objects.filter(head_id=version.head_id, state=HeadState.ACTIVE).update(state=HeadState.READY)
    version.state, version.activated_at = HeadState.ACTIVE, timezone.now()
    version.save(update_fields=["state", "activated_at"])
    audit.record(actor=actor, verb=verb, subject=version, head=version.head.slug, number=version.number)


__all__ = ["activate", "begin", "finish", "retire", "roll_back"]
