"""The wider span that an answer should read around a passage that was found by a few of its sentences."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Substr

from sunmao.knowledge.models import Passage, Quarantine


def texts_around(passages: Sequence[Passage]) -> dict[uuid.UUID, str]:
    """By passage the text of its parent, cut from the revision. One in which something is held back or was
    taken out by a person is not read: the passage stands alone then."""
    wider = [passage.pk for passage in passages if passage.parent_start is not None]
    if not wider:
        return {}
    unread = Passage.objects.filter(
        revision=OuterRef("revision"),
        quarantine__in=[Quarantine.HELD, Quarantine.REMOVED],
        start__lt=OuterRef("parent_end"),
        end__gt=OuterRef("parent_start"),
    )
    found = Passage.objects.filter(~Exists(unread), pk__in=wider).annotate(
        around=Substr("revision__text", F("parent_start") + 1, F("parent_end") - F("parent_start"))
    )
    return dict(found.values_list("pk", "around"))


__all__ = ["texts_around"]
