"""Reading data sets."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from sunmao.training.datasets.examples import Example, Kind, Part
from sunmao.training.datasets.models import Row, Version


def rows_of(version: Version) -> QuerySet[Row]:
    """The examples of a version, in their order."""
    alive = Q(died__isnull=True) | Q(died__gt=version.number)
    return Row.objects.filter(alive, dataset_id=version.dataset_id, born__lte=version.number)


def examples(version: Version, part: Part) -> Iterator[Example]:
    """What a training reads. The caller stands in the organisation's scope."""
    kind = Kind(version.dataset.kind)
    for row in rows_of(version).filter(part=part).iterator(chunk_size=500):
        yield Example(id=row.pk, kind=kind, part=Part(row.part), data=row.data, group=row.group)


__all__ = ["examples", "rows_of"]
