"""How rows of a draft are written: what a version that was frozen has stays as it was.

An example that was born in the draft is changed where it is; one that an older version has as well ends in
the draft, and its changed copy is born. All of it runs in the caller's transaction, under the set's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, TooLong
from sunmao.core.ids import new_id
from sunmao.jobs.models import ENDED
from sunmao.training.datasets.content import digest_of, group_of
from sunmao.training.datasets.examples import Kind
from sunmao.training.datasets.formats import MOST
from sunmao.training.datasets.models import DataSet, Origin, Removal, Review, Row, Step, Version, VersionState
from sunmao.training.datasets.selectors import rows_of
from sunmao.training.datasets.splitting import DEFAULTS as SPLIT
from sunmao.training.datasets.splitting import part_of

WRITTEN = ["data", "digest", "group", "part", "review", "weak", "masked", "source"]
BATCH = 500


@dataclass(frozen=True, kw_only=True)
class NewExample:
    """`person_key` is that of the person whose words it holds."""

    data: Mapping[str, Any]
    origin: Origin = Origin.WRITTEN
    group: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    person_key: UUID | None = None
    review: Review = Review.WAITING


def draft_of(*, actor: Actor, dataset: DataSet) -> Version:
    """The draft, locked; begun from the newest version when there is none."""
    dataset = DataSet.objects.select_for_update().get(pk=dataset.pk)
    newest = dataset.versions.first()
    if newest and newest.state == VersionState.DRAFT:
        return newest
    settings = {**newest.settings} if newest else {"split": dict(SPLIT), "annotators": 1}
    lineage = {"parent": newest.number} if newest else {}
    number = newest.number + 1 if newest else 1
    made = Version.objects.create(
        dataset=dataset, number=number, settings=settings, lineage=lineage, made_by=actor.id
    )
    if newest:
        audit.record(
            actor=actor, verb="dataset.version_begun", subject=dataset, slug=dataset.slug, version=number
        )
    return made


def locked_draft(version: Version) -> Version:
    """For steps that were asked of a draft: it may have been frozen meanwhile."""
    DataSet.objects.select_for_update().get(pk=version.dataset_id)
    found = Version.objects.select_related("dataset").get(pk=version.pk)
    if found.state != VersionState.DRAFT:
        raise Conflict(_("This version is frozen: it does not change any more."), code="not_a_draft")
    return found


def refuse_while_busy(version: Version) -> None:
    """A step that was asked for finds the draft as it was when it was asked for."""
    running = version.steps.filter(finished_at__isnull=True, job__isnull=False).exclude(job__state__in=ENDED)
    if running.exists():
        raise Conflict(
            _("A step of this data set is under way. Wait for it, or cancel its job."), code="step_under_way"
        )


def put(version: Version, examples: Iterable[NewExample]) -> list[Row]:
    """New rows of a draft; each has its part from the first, by the version's split."""
    kind, split = Kind(version.dataset.kind), version.settings.get("split", SPLIT)
    made = []
    for one in examples:
        group = one.group or group_of(kind, one.data)
        made.append(
            Row(
                dataset_id=version.dataset_id,
                data=dict(one.data),
                digest=digest_of(one.data),
                group=group,
                part=part_of(group, split),
                origin=one.origin,
                source=dict(one.source),
                person_key=one.person_key,
                review=one.review,
                born=version.number,
            )
        )
    if rows_of(version).count() + len(made) > MOST:
        raise TooLong(_("A data set has at most 200,000 examples."), code="too_many_examples")
    return Row.objects.bulk_create(made, batch_size=BATCH)


def rewrite(version: Version, rows: Sequence[Row]) -> list[Row]:
    """Rows that were changed in memory, written as the draft may: in place, or as copies."""
    own = [row for row in rows if row.born == version.number]
    older = [row for row in rows if row.born != version.number]
    if own:
        Row.objects.bulk_create(
            own, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
        )
    if not older:
        return own
    end(version, [row.pk for row in older])
    copies = [_copy(row, version.number) for row in older]
    return own + Row.objects.bulk_create(copies, batch_size=BATCH)


def _copy(row: Row, born: int) -> Row:
    values = {name: getattr(row, name) for name in (*WRITTEN, "origin", "person_key", "dataset_id")}
    return Row(id=new_id(), stem=row.line, born=born, **values)


def change_data(row: Row, kind: Kind, data: Mapping[str, Any], split: Mapping[str, Any]) -> None:
    """In memory: another text is other words to be masked, and may ask something else."""
    if row.group == group_of(kind, row.data):
        row.group = group_of(kind, data)
        row.part = part_of(row.group, split)
    row.data, row.digest, row.masked = dict(data), digest_of(data), False


def end(version: Version, ids: Sequence[UUID]) -> int:
    return Row.objects.filter(pk__in=ids, died__isnull=True).update(died=version.number)


def remove(version: Version, step: Step, removed: Sequence[tuple[Row, str, UUID | None]]) -> int:
    """End rows and say why; those that ended meanwhile are left out."""
    alive = set(
        Row.objects.filter(pk__in=[row.pk for row, _rule, _twin in removed], died__isnull=True).values_list(
            "pk", flat=True
        )
    )
    told = [
        Removal(row=row, step=step, rule=rule, twin=twin) for row, rule, twin in removed if row.pk in alive
    ]
    Removal.objects.bulk_create(told, batch_size=BATCH)
    return end(version, list(alive))


def again(version: Version, rows: Sequence[Row]) -> list[Row]:
    """Rows that had ended, as they were, born anew."""
    return Row.objects.bulk_create([_copy(row, version.number) for row in rows], batch_size=BATCH)


def seal(version: Version) -> str:
    """One number of what a version holds, in its order: content, part, group."""
    digest = hashlib.sha256()
    rows = rows_of(version).order_by("stem", "id").values_list("digest", "part", "group", "review")
    for row in rows.iterator(chunk_size=5_000):
        digest.update("\t".join(row).encode() + b"\n")
    return digest.hexdigest()


__all__ = [
    "NewExample", "again", "change_data", "draft_of", "end", "locked_draft", "put", "remove", "rewrite",
    "seal",
]  # fmt: skip
