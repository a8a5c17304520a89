"""Two releases at once: for a share of the askers, or in the shadow of the one that serves."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.releases.models import Release, ReleaseState, Split, SplitMode
from sunmao.releases.promoting import PROMOTE, ready
from sunmao.releases.refusing import NotReady
from sunmao.releases.selectors import open_split, serving


@transaction.atomic
def start_split(*, actor: Actor, release: Release, mode: str, share: int) -> Split:
    """`share` is a percentage. Whoever meets the second release must be as safe as with the first: the gate
    and the people must have passed it, but for a shadow, which nobody sees. Somebody must go on meeting the
    first one, or there is nothing to compare with and the release was promoted unsaid."""
    actor.require(PROMOTE)
    if mode not in SplitMode.values:
        raise InvalidInput(fields={"mode": _("must be ab, canary or shadow")})
    most = 100 if mode == SplitMode.SHADOW else 99
    if isinstance(share, bool) or not isinstance(share, int) or not 1 <= share <= most:
        raise InvalidInput(
            fields={"share": format_lazy(_("must be a whole number from 1 to {most}"), most=most)}
        )
    with tenancy.scope(actor.organisation_id):
        release = Release.objects.select_for_update().get(pk=release.pk)
        if mode != SplitMode.SHADOW:
            ready(release)
        elif release.state in (ReleaseState.SERVING, ReleaseState.RETIRED):
            raise NotReady(code="no_candidate")
        control = serving(vertical=release.vertical, task=release.task)
        if control is None:
            raise Conflict(_("No release serves this task yet."), code="no_release")
        if open_split(vertical=release.vertical, task=release.task):
            raise Conflict(
                _("Another release is being tried for this task. End that first."), code="split_open"
            )
        split = Split.objects.create(
            vertical=release.vertical,
            task=release.task,
            mode=mode,
            release=release,
            control=control,
            share=share,
        )
        audit.record(
            actor=actor,
            verb="split.started",
            subject=split,
            task=release.task_name,
            number=release.number,
            mode=mode,
            share=share,
        )
    return split


@transaction.atomic
def end_split(*, actor: Actor, split: Split, reason: str = "") -> Split:
    actor.require(PROMOTE)
    with tenancy.scope(actor.organisation_id):
        split = Split.objects.select_for_update().select_related("release").get(pk=split.pk)
        if split.ended_at is not None:
            raise Conflict(_("This split has ended."), code="split_ended")
        Split.objects.filter(pk=split.pk).update(ended_at=Now(), ending=reason[:500] or "ended")
        split.refresh_from_db()
        audit.record(
            actor=actor,
            verb="split.ended",
            subject=split,
            task=split.release.task_name,
            number=split.release.number,
            reason=reason[:500],
        )
    return split


def meets(*, split: UUID, subject: str, share: int) -> bool:
    """Whether this asker belongs to the share: by chance over askers, and always the same for one of them."""
    digest = hashlib.sha256(f"{split}:{subject}".encode()).digest()
    return int.from_bytes(digest[:8]) % 10_000 < share * 100


__all__ = ["end_split", "meets", "start_split"]
