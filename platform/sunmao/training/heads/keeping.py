"""Asking for a training, and keeping what it made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EmptyInput, InvalidInput, TooLong
from sunmao.jobs import services as jobs
from sunmao.modelhub import names
from sunmao.modelhub.heads import services
from sunmao.modelhub.heads.errors import UnknownHead
from sunmao.modelhub.heads.examples import Example, checked, digest, read
from sunmao.modelhub.heads.models import HeadVersion
from sunmao.modelhub.heads.selectors import TRAIN
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.models import Version, VersionState
from sunmao.training.datasets.selectors import READ
from sunmao.training.datasets.selectors import examples as rows_of
from sunmao.training.heads.wishes import Wish

if TYPE_CHECKING:
    from sunmao.training.heads.intents import Outcome


def request(
    *,
    actor: Actor,
    name: str,
    train: Iterable[bytes] | None = None,
    test: Iterable[bytes] | None = None,
    dataset_version: UUID | None = None,
    wish: Wish | None = None,
    purpose: str = "",
) -> HeadVersion:
    """Queue a training from files, or from an approved version of a data set of labelled texts.

    What is wrong with the files is told at once and nothing is kept then.
    """
    actor.require(TRAIN)
    names.checked(name)
    wish = (wish or Wish()).checked()
    learnt, tested = _material(actor, train, test, dataset_version)
    checked(learnt)
    with tenancy.scope(actor.organisation_id):
        kept = {"train": _kept(actor, learnt), **({"test": _kept(actor, tested)} if tested else {})}
        with transaction.atomic():
            version = services.begin(
                actor=actor, name=name, purpose=purpose, files=kept, seed=wish.seed,
                wish={"method": wish.method, "encoder": wish.encoder}, data_sha256=digest(learnt),
                dataset_version_id=dataset_version,
            )  # fmt: skip
            job = jobs.enqueue(actor=actor, kind="heads.train", subject_id=version.pk)
            version.job = job
            version.save(update_fields=["job"])
            audit.record(
                actor=actor, verb="head.requested", subject=version, head=name, number=version.number,
                examples=len(learnt), data_sha256=version.data_sha256,
            )  # fmt: skip
    return version


def keep(*, actor: Actor, name: str, outcome: Outcome, purpose: str = "") -> HeadVersion:
    """A head that was trained in this process, as the next version of its name."""
    actor.require(TRAIN)
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        version = services.begin(actor=actor, name=name, purpose=purpose, seed=outcome.figures["seed"])
        return services.finish(
            actor=actor, version=version, classifier=outcome.classifier, figures=outcome.figures,
            curve=outcome.curve,
        )  # fmt: skip


def _material(
    actor: Actor, train: Iterable[bytes] | None, test: Iterable[bytes] | None, version: UUID | None
) -> tuple[Sequence[Example], Sequence[Example]]:
    if version is not None:
        return _of_dataset(actor, version)
    if train is None:
        raise EmptyInput(
            _("Send a file of labelled texts."), code="no_examples", fields={"train": _("is missing")}
        )
    return read(_whole(train)), read(_whole(test)) if test is not None else []


def _of_dataset(actor: Actor, key: UUID) -> tuple[Sequence[Example], Sequence[Example]]:
    actor.require(READ)
    with tenancy.scope(actor.organisation_id):
        version = Version.objects.select_related("dataset").filter(pk=key).first()
        if version is None or version.dataset.kind != Kind.CLASSIFICATION:
            raise UnknownHead(code="unknown_dataset", fields={"dataset_version": str(key)})
        if version.state != VersionState.APPROVED:
            raise InvalidInput(
                _("Only an approved version of a data set is learnt from."),
                code="dataset_not_approved",
                fields={"dataset_version": str(key)},
            )

        def part(name: Part) -> list[Example]:
            return [Example(one.data["text"], one.data["label"]) for one in rows_of(version, name)]

        return part(Part.TRAIN), part(Part.TEST)


def _whole(chunks: Iterable[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > settings.SUNMAO_MAX_UPLOAD:
            raise TooLong(code="file_too_large")
    return bytes(data)


def _kept(actor: Actor, found: Sequence[Example]) -> str:
    lines = (json.dumps({"text": one.text, "label": one.label}, ensure_ascii=False) + "\n" for one in found)
    data = (line.encode() for line in lines)
    limit: Any = 2 * settings.SUNMAO_MAX_UPLOAD
    return files.store(organisation_id=actor.organisation_id, chunks=data, limit=limit).sha256


__all__ = ["keep", "request"]
