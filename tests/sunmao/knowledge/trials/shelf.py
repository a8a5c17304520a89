"""A shelf of a furniture shop, before and after it was revised."""

from __future__ import annotations

import uuid

from sunmao.core import tenancy
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion

POLICY = """# Returns

## Cooling-off

A sofa may be handed back within seven days of delivery, unused and in its wrapping.

## Wear

Scratches that a cat or a dog has made are no defect and are not covered by the warranty.

## Delivery

A sofa is carried to the room of choice; the old one is taken away on request.
"""
REWORDED = POLICY.replace("a cat or a dog has made", "a pet has made")
RENAMED = REWORDED.replace("## Wear", "## Pets")
WITHOUT_PETS = POLICY.replace(
    "Scratches that a cat or a dog has made are no defect and are not covered by the warranty.",
    "Wood darkens in the sun.",
).replace("## Wear", "## Light")
PETS = "Who pays when a cat or a dog scratches?"
SEVEN = "Within how many days of delivery may a sofa be handed back?"
OUTSIDE = "Which quarks does a neutron consist of?"


def newest(base: KnowledgeBase) -> BaseVersion:
    with tenancy.scope(base.organisation_id):
        base.refresh_from_db()
    return BaseVersion(base, base.version)


def passage_of(document: Document, words: str) -> Passage:
    with tenancy.scope(document.organisation_id):
        return Passage.objects.select_related("document").get(
            document=document, died=None, text__contains=words
        )


def ids(passages: list[Passage]) -> list[uuid.UUID]:
    return [one.pk for one in passages]
