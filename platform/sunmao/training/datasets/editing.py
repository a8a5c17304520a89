"""Verbs on data sets and their examples, up to the word that they may be trained on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.hands import hands_of
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, Message, NotFound
from sunmao.core.texts import storable
from sunmao.core.vertical import config_of
from sunmao.training.datasets import figures, leaking
from sunmao.training.datasets.content import checked
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.keeping import (
    NewExample,
    again,
    change_data,
    draft_of,
    end,
    locked_draft,
    put,
    refuse_while_busy,
    rewrite,
    seal,
)
from sunmao.training.datasets.models import DataSet, Origin, Review, Row, Version, VersionState
from sunmao.training.datasets.selectors import APPROVE, EDIT, rows_of

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
MOST_AT_ONCE = 1_000
NEED_A_PERSON = (Origin.CONVERSATION, Origin.CORRECTION)
"""What users said or brought about: nobody trains on it before an annotator accepted it."""


@transaction.atomic
def create(
    *, actor: Actor, slug: str, title: str, kind: str, purpose: str = "", vertical: str = ""
) -> DataSet:
    """With an empty draft."""
    actor.require(EDIT)
    named, told = slug.strip().lower(), " ".join(title.split())[:200]
    wrong: dict[str, Message] = {}
    if not _SLUG.fullmatch(named):
        wrong["slug"] = _("must be letters, digits and hyphens")
    if not told or not storable(told):
        wrong["title"] = _("is empty")
    if kind not in Kind.values:
        wrong["kind"] = _("is no kind of data set")
    if not storable(purpose):
        wrong["purpose"] = _("has characters that cannot be kept")
    if wrong:
        raise InvalidInput(fields=wrong)
    if vertical:
        config_of(vertical)
    with tenancy.scope(actor.organisation_id):
        if DataSet.objects.filter(slug=named).exists():
            raise Conflict(_("There is a data set of this name already."), code="dataset_exists")
        made = DataSet.objects.create(
            slug=named, title=told, kind=kind, purpose=purpose[:500], vertical=vertical
        )
        draft_of(actor=actor, dataset=made)
        audit.record(actor=actor, verb="dataset.created", subject=made, slug=named, kind=kind)
    return made


@transaction.atomic
def change(
    *,
    actor: Actor,
    dataset: DataSet,
    title: str | None = None,
    purpose: str | None = None,
    annotators: int | None = None,
) -> DataSet:
    """What is None stays. `annotators` says how many people look at each example of the draft: one or two."""
    actor.require(EDIT)
    if annotators not in (None, 1, 2):
        raise InvalidInput(fields={"annotators": _("must be 1 or 2")})
    if not storable(f"{title or ''}{purpose or ''}"):
        raise InvalidInput(fields={"title": _("has characters that cannot be kept")})
    with tenancy.scope(actor.organisation_id):
        dataset = DataSet.objects.select_for_update().get(pk=dataset.pk)
        dataset.title = " ".join((title or "").split())[:200] or dataset.title
        dataset.purpose = dataset.purpose if purpose is None else purpose[:500]
        dataset.save(update_fields=["title", "purpose"])
        if annotators is not None:
            version = draft_of(actor=actor, dataset=dataset)
            version.settings = {**version.settings, "annotators": annotators}
            version.save(update_fields=["settings"])
        audit.record(
            actor=actor, verb="dataset.changed", subject=dataset, slug=dataset.slug, annotators=annotators
        )
    return dataset


@transaction.atomic
def add(
    *,
    actor: Actor,
    dataset: DataSet,
    examples: Sequence[Mapping[str, Any]],
    origin: Origin = Origin.WRITTEN,
    source: Mapping[str, Any] | None = None,
) -> list[Row]:
    """All of them, or none with the number of each that is wrong."""
    actor.require(EDIT)
    kind = Kind(dataset.kind)
    if not 0 < len(examples) <= MOST_AT_ONCE:
        raise InvalidInput(fields={"examples": _("must be a list of 1 to 1,000 examples")})
    good, wrong = [], {}
    for number, one in enumerate(examples, 1):
        told = checked(kind, one)
        if isinstance(told, dict):
            good.append(NewExample(data=told, origin=origin, source=source or {}))
        else:
            wrong[f"example {number}"] = told
    if wrong:
        raise InvalidInput(
            _("Some examples are none of this kind. Nothing was kept."),
            code="invalid_examples",
            fields=dict(list(wrong.items())[:50]),
        )
    return add_new(actor=actor, dataset=dataset, examples=good)


@transaction.atomic
def add_new(*, actor: Actor, dataset: DataSet, examples: Sequence[NewExample]) -> list[Row]:
    """Examples that were checked: what other verbs found or made."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        version = draft_of(actor=actor, dataset=dataset)
        rows = put(version, examples)
        audit.record(
            actor=actor,
            verb="dataset.examples_added",
            subject=dataset,
            slug=dataset.slug,
            version=version.number,
            count=len(rows),
            origins=sorted({str(row.origin) for row in rows}),
        )
    return rows


@transaction.atomic
def change_row(*, actor: Actor, row: Row, data: Mapping[str, Any]) -> Row:
    """Another text for an example of the newest version."""
    actor.require(EDIT)
    kind = Kind(row.dataset.kind)
    told = checked(kind, data)
    if not isinstance(told, dict):
        raise InvalidInput(fields={"data": told}, code="invalid_examples")
    with tenancy.scope(actor.organisation_id):
        version = draft_of(actor=actor, dataset=row.dataset)
        row = _alive(row)
        change_data(row, kind, told, version.settings["split"])
        row.review = Review.EDITED
        (made,) = rewrite(version, [row])
        _note(actor, "dataset.example_changed", row.dataset, version, made)
    return made


@transaction.atomic
def end_row(*, actor: Actor, row: Row) -> None:
    """Later versions are without it; those of before keep it."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        version = draft_of(actor=actor, dataset=row.dataset)
        end(version, [_alive(row).pk])
        _note(actor, "dataset.example_ended", row.dataset, version, row)


def _alive(row: Row) -> Row:
    found = Row.objects.select_related("dataset").filter(pk=row.pk, died__isnull=True).first()
    if found is None:
        raise NotFound(code="unknown_example")
    return found


def _note(actor: Actor, verb: str, dataset: DataSet, version: Version, row: Row) -> None:
    audit.record(actor=actor, verb=verb, subject=row, slug=dataset.slug, version=version.number)


@transaction.atomic
def restore(*, actor: Actor, version: Version) -> Version:
    """The draft holds again what this version held: what came since ends, what left comes back."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        draft = draft_of(actor=actor, dataset=version.dataset)
        wanted = {row.line: row for row in rows_of(version)}
        now = {row.line: row for row in rows_of(draft)}
        same = {line for line, row in now.items() if line in wanted and wanted[line].pk == row.pk}
        end(draft, [row.pk for line, row in now.items() if line not in same])
        again(draft, [row for line, row in wanted.items() if line not in same])
        draft.settings, draft.figures = {**version.settings}, {}
        draft.lineage = {**draft.lineage, "restored": version.number}
        draft.save(update_fields=["settings", "figures", "lineage"])
        audit.record(
            actor=actor,
            verb="dataset.restored",
            subject=version.dataset,
            slug=version.dataset.slug,
            version=draft.number,
            restored=version.number,
        )
    return draft


@transaction.atomic
def freeze(*, actor: Actor, version: Version, note: str = "") -> Version:
    """From now on it does not change. Refused while it is not fit to be trained on, with the reason."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        version = locked_draft(version)
        refuse_while_busy(version)
        sealed = seal(version)
        _fit(version, sealed)
        version.figures = {**figures.of(version), "leaks": version.figures["leaks"]}
        version.sha256, version.state, version.note = sealed, VersionState.FROZEN, note[:500]
        version.lineage = {**version.lineage, **lineage_of(version)}
        version.frozen_by, version.frozen_at = actor.id, Now()
        version.save()
        version.refresh_from_db()
        audit.record(
            actor=actor,
            verb="dataset.frozen",
            subject=version,
            slug=version.dataset.slug,
            version=version.number,
            examples=version.figures["examples"],
            sha256=sealed,
        )
    return version


def _fit(version: Version, sealed: str) -> None:
    rows = rows_of(version)
    if not rows.exists():
        raise Conflict(_("The data set has no examples."), code="no_examples")
    if not rows.filter(part=Part.TRAIN).exists():
        raise Conflict(_("The split left no examples to train on."), code="no_training_part")
    needs = Q(origin__in=NEED_A_PERSON) | Q(source__has_key="suspicion")
    if rows.filter(needs, review=Review.WAITING).exists():
        raise Conflict(
            _("Examples from conversations and corrections, and suspicious ones, wait for an annotator."),
            code="unreviewed_examples",
        )
    if rows.filter(masked=False).exists():
        raise Conflict(
            _("Personal data was not looked for since the last change. Mask the data set."),
            code="unmasked_examples",
        )
    if version.dataset.kind in (Kind.CLASSIFICATION, Kind.JUDGED):
        _classes(version)
    leaking.refuse_leaks(version, sealed)


def _classes(version: Version) -> None:
    name = "label" if version.dataset.kind == Kind.CLASSIFICATION else "good"
    found = {row.data[name] for row in rows_of(version).filter(part=Part.TRAIN).iterator(chunk_size=500)}
    if "" in found:
        raise Conflict(_("Some examples have no label yet."), code="unlabelled_examples")
    if len(found) < 2:
        raise Conflict(_("All examples have the same label: there is nothing to learn."), code="single_class")


def lineage_of(version: Version) -> dict[str, Any]:
    """Where its examples came from, and what was done to them."""
    origins = Counter(rows_of(version).values_list("origin", flat=True))
    return {
        "origins": dict(sorted(origins.items())),
        "steps": [
            {"kind": one.kind, "settings": one.settings, "found": _told(one.found)}
            for one in version.steps.filter(finished_at__isnull=False)
        ],
    }


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ("pairs", "functions")}


def approve(*, actor: Actor, version: Version, note: str = "") -> Version:
    """It may be trained on. The word of a person other than the one who froze it."""
    return _decide(actor, version, VersionState.APPROVED, note)


def refuse(*, actor: Actor, version: Version, note: str = "") -> Version:
    return _decide(actor, version, VersionState.REFUSED, note)


@transaction.atomic
def _decide(actor: Actor, version: Version, verdict: VersionState, note: str) -> Version:
    actor.require(APPROVE)
    if actor.kind != "user" or actor.id is None:
        raise Conflict(_("Only a person can approve or refuse a data set."), code="not_a_person")
    with tenancy.scope(actor.organisation_id):
        DataSet.objects.select_for_update().get(pk=version.dataset_id)
        version = Version.objects.select_related("dataset").get(pk=version.pk)
        if version.state != VersionState.FROZEN:
            raise Conflict(_("This version does not wait for approval."), code="not_frozen")
        if verdict == VersionState.APPROVED:
            if version.frozen_by in hands_of(actor):
                raise Conflict(
                    _("Whoever froze a version cannot approve it: somebody else must look."),
                    code="own_version",
                )
            if version.must_retrain or seal(version) != version.sha256:
                raise Conflict(
                    _("Examples left this version since it was frozen. Freeze the next one."),
                    code="version_changed",
                )
        version.state, version.decided_by, version.decided_at = verdict, actor.id, Now()
        version.note = note[:500] or version.note
        version.save(update_fields=["state", "decided_by", "decided_at", "note"])
        version.refresh_from_db()
        audit.record(
            actor=actor,
            verb=f"dataset.{verdict}",
            subject=version,
            slug=version.dataset.slug,
            version=version.number,
            note=note[:500],
        )
    return version


@transaction.atomic
def retire(*, actor: Actor, version: Version) -> Version:
    """No training begins on it any more; what was trained on it still names it."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        changed = Version.objects.filter(
            pk=version.pk, state__in=[VersionState.APPROVED, VersionState.REFUSED, VersionState.FROZEN]
        ).update(state=VersionState.RETIRED)
        if not changed:
            raise Conflict(_("A draft cannot be retired, and it is enough once."), code="not_frozen")
        version.refresh_from_db()
        audit.record(
            actor=actor,
            verb="dataset.retired",
            subject=version,
            slug=version.dataset.slug,
            version=version.number,
        )
    return version


__all__ = [
    "add", "add_new", "approve", "change", "change_row", "create", "end_row", "freeze", "lineage_of",
    "refuse", "restore", "retire",
]  # fmt: skip
